/** Parsers for command line values, with hints. Invalid values give one line and exit code 2. */
import type { Command } from 'commander';
import { UserError } from '../core/user-error.ts';

/** A parser of whole numbers from `min` to `max` for option `flag`. */
export function wholeNumber(flag: string, min: number, max = Infinity): (text: string) => number {
  const range = max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`;
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    throw new UserError(`${flag}: expected a whole number ${range}, got ${text === '' ? 'nothing' : text}`);
  };
}

/** Where a new run goes. */
export const NAME = [
  '--name <name>',
  'name of the run and its folder; must be new (default: from agent, env_id and seed)',
] as const;
export const MODEL_DIR = [
  '--model-dir <dir>',
  'parent folder of the run directory (default: model_dir from the configuration, or runs)',
] as const;

/** Collects a repeatable option. Without a default, as help would show an empty list. */
export function append(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** An option that a command lacks. */
export class UnknownOption extends Error {
  /** Commander's message, with a hint if the option names a key, e.g. `--batch-size=32`. */
  async text(): Promise<string> {
    // Loaded here, since no other command line needs the table of keys this early.
    const { isKeyName } = await import('../config/keys.ts');
    const [, option, value] = /'--([\w-]+)(?:=([^']*))?'/.exec(this.message) ?? [];
    const key = option?.replaceAll('-', '_') ?? '';
    if (!isKeyName(key)) return this.message;
    return `error: unknown option '--${option!}'\n(to set the key: --set ${key}=${value ?? '...'})\n`;
  }
}

/** Makes a command throw UnknownOption. Returns the command. */
export function hintAtKeys(command: Command): Command {
  return command.configureOutput({
    outputError: (message, write) => {
      if (message.startsWith('error: unknown option ')) throw new UnknownOption(message);
      write(message);
    },
  });
}
