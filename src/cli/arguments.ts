/** Parsers for command line values, with hints. Invalid values give one line and exit code 2. */
import type { Command } from 'commander';
import { isKeyName } from '../config/keys.ts';
import { UserError } from '../core/user-error.ts';

/** A parser of whole numbers >= `min` for option `flag`. */
export function wholeNumber(flag: string, min: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= min) return value;
    throw new UserError(
      `${flag}: expected a whole number of at least ${min}, got ${text === '' ? 'nothing' : text}`,
    );
  };
}

/** Collects a repeatable option. Without a default, as help would show an empty list. */
export function append(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** Adds a hint to the message about an unknown option that names a key, e.g. `--batch-size=32`. Returns the command. */
export function hintAtKeys(command: Command): Command {
  return command.configureOutput({
    outputError: (message, write) => {
      const [, option, value] = /unknown option '--([\w-]+)(?:=([^']*))?'/.exec(message) ?? [];
      const key = option?.replaceAll('-', '_') ?? '';
      if (!isKeyName(key)) write(message);
      else write(`error: unknown option '--${option!}'\n(to set the key: --set ${key}=${value ?? '...'})\n`);
    },
  });
}
