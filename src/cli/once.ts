/** Options that take one value, given twice: commander would silently take the last. */
import type { Command } from 'commander';
import { UserError } from '../core/user-error.ts';
import { append } from './arguments.ts';

/** Makes a command and its subcommands refuse a second value of any option but the repeatable ones. */
export function oneValueEach(command: Command): void {
  for (const option of command.options) {
    if (option.isBoolean() || option.variadic || option.parseArg === append) continue;
    let given: string | undefined;
    command.on(`option:${option.name()}`, (value: string) => {
      if (given !== undefined)
        throw new UserError(`${option.long!}: expected one value, got ${given} and ${value}; leave one out`);
      given = value;
    });
  }
  for (const subcommand of command.commands) oneValueEach(subcommand);
}
