/**
 * Base class of errors that the user can fix: a wrong option, a bad configuration, a damaged checkpoint. The CLI
 * prints `faults`, one per line and without a stack trace, and exits with `exitCode`. Bugs and machine failures are
 * plain errors.
 */
import { oneLine } from './one-line.ts';

export class UserError extends Error {
  /** One printable line each: `<where>: expected <what>, got <value>; <what to do>`. */
  readonly faults: readonly string[];
  /** Exit code of the process; 2, the default, means a faulty command line, configuration or checkpoint. */
  readonly exitCode: number;

  constructor(faults: string | readonly string[], options?: ErrorOptions & { readonly exitCode?: number }) {
    const lines = [faults].flat().map(oneLine);
    super(lines.join('\n'), options);
    this.name = new.target.name;
    this.faults = lines;
    this.exitCode = options?.exitCode ?? 2;
  }
}
