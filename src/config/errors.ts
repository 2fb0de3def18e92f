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

/** Most faults that a message lists. */
const MOST_FAULTS = 50;

interface Fault {
  /** undefined: nobody gave the key. */
  readonly origin: Origin | undefined;
  readonly message: string;
  readonly hint: () => string;
}

/** Collects faults and throws them together. */
export class FaultList {
  readonly #found: Fault[] = [];

  /** Adds one line: `<where>: <message>`. A hint, '' for none, is made only if the line is shown. */
  add(origin: Origin | undefined, message: string, hint = (): string => ''): void {
    this.#found.push({ origin, message, hint });
  }

  /** @throws ConfigError with the faults so far, sorted, the first 50 in full; does nothing without any */
  throwIfAny(): void {
    if (this.#found.length === 0) return;
    const place = ({ origin }: Fault): Origin => origin ?? { where: '', layer: -1, order: 0 };
    const lines = this.#found
      .toSorted((a, b) => place(a).layer - place(b).layer || place(a).order - place(b).order)
      .slice(0, MOST_FAULTS)
      .map(({ origin, message, hint }) => (origin ? `${origin.where}: ` : '') + hinted(message, hint()));
    const more = this.#found.length - lines.length;
    throw new ConfigError(more === 0 ? lines : [...lines, `... and ${more} more`]);
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
