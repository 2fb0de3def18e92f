/**
 * What is wrong with a configuration, for the person who wrote it. Every fault is one line
 * `<where>: <key>: expected <what>, got <value>`; <where> is `file:line:column`, `--set key=value` or a
 * flag. Collected by load.ts, printed by the command line (exit code 2), never with a stack trace.
 */
import { UserError } from '../core/user-error.ts';

/** All faults of a configuration at once (`faults`, one line each), in the order in which they stand in it. */
export class ConfigError extends UserError {}

/** Where a value was given. `order` sorts faults: by place in the file, then --set by --set, then flags. */
export interface Origin {
  readonly where: string;
  readonly order: number;
}

/** Collects faults and throws them together. */
export class FaultList {
  readonly #found: { order: number; line: string }[] = [];

  /** Adds one line: `<where>: <message>`. */
  add(origin: Origin, message: string): void {
    this.#found.push({ order: origin.order, line: `${origin.where}: ${message}` });
  }

  /** @throws ConfigError with every fault so far, in order; does nothing where there is none */
  throwIfAny(): void {
    if (this.#found.length === 0) return;
    throw new ConfigError(this.#found.toSorted((a, b) => a.order - b.order).map((fault) => fault.line));
  }
}

/** A value as a message shows it: strings in quotes, everything on one line, long ones cut. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
