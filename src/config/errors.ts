/**
 * Faults of a configuration. Each is one line `<where>: <key>: expected <what>, got <value>`; <where> is
 * `file:line:column`, `--set key=value` or a flag. The command line prints them and exits with code 2.
 */
import { UserError } from '../core/user-error.ts';

/** All faults of a configuration at once (`faults`, one line each), sorted by place. */
export class ConfigError extends UserError {}

/** Where a value was given. */
export interface Origin {
  /** The place as messages show it. */
  readonly where: string;
  /** Files from 0 up, then SET_LAYER, then FLAG_LAYER. Higher layers win. */
  readonly layer: number;
  /** Place within the layer. */
  readonly order: number;
}

/** The layer of --set. */
export const SET_LAYER = 1e6;

/** The layer of flags such as --seed, and of keys that a program gives. */
export const FLAG_LAYER = SET_LAYER + 1;

/** Whether a file gave it. */
export function inFile({ layer }: Origin): boolean {
  return layer < SET_LAYER;
}

/** Collects faults and throws them together. */
export class FaultList {
  readonly #found: { origin: Origin; line: string }[] = [];

  /** Adds one line: `<where>: <message>`. */
  add(origin: Origin, message: string): void {
    this.#found.push({ origin, line: `${origin.where}: ${message}` });
  }

  /** @throws ConfigError with all faults so far, sorted; does nothing without any */
  throwIfAny(): void {
    if (this.#found.length === 0) return;
    const sorted = this.#found.toSorted(
      ({ origin: a }, { origin: b }) => a.layer - b.layer || a.order - b.order,
    );
    throw new ConfigError(sorted.map((fault) => fault.line));
  }
}

/** A value as a message shows it: on one line, strings in quotes, cut at 60 characters. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

/** A message with `; <hint>` at its end if there is a hint. */
export function hinted(message: string, hint: string): string {
  return hint === '' ? message : `${message}; ${hint}`;
}
