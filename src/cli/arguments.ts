/** Readers of command line values. A wrong value is one line and exit code 2, as every user's fault. */
import { UserError } from '../core/user-error.ts';

/** A reader of whole numbers from `min` for the option `flag`. */
export function wholeNumber(flag: string, min: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= min) return value;
    throw new UserError(
      `${flag}: expected a whole number of at least ${min}, got ${text === '' ? 'nothing' : text}`,
    );
  };
}

/** Collects a repeatable option, which has no default: help would show the empty list. */
export function append(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}
