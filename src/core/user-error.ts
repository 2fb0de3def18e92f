/**
 * The base class of every fault that the user can put right: a wrong option, a bad configuration, a damaged
 * checkpoint. The command line prints `faults`, one a line and without a stack trace, and leaves with
 * `exitCode`. Not for defects of the program or of the machine: those stay plain errors.
 */
export class UserError extends Error {
  /** One complete line each: `<where>: expected <what>, got <value>`, and what to do about it. */
  readonly faults: readonly string[];
  /** The process's exit code: 2 = the command line, the configuration or the checkpoint is at fault. */
  readonly exitCode: number;

  constructor(faults: string | readonly string[], options?: ErrorOptions & { readonly exitCode?: number }) {
    const lines = typeof faults === 'string' ? [faults] : faults;
    super(lines.join('\n'), options);
    this.name = new.target.name;
    this.faults = lines;
    this.exitCode = options?.exitCode ?? 2;
  }
}
