/**
 * EnvironmentError: a fault that the user of an environment can mend (an option, an action, a call out of
 * turn). Its message is one line, `<where>: expected <what>, got <value>`, and is meant to be printed as it is.
 * EnvironmentFailure is the environment's own fault, while it runs.
 */
import { UserError } from '../core/user-error.ts';

export class EnvironmentError extends UserError {
  constructor(where: string, expected: string, got: unknown, hint = '') {
    super(faultLine(where, expected, got, hint));
  }
}

/** An environment that breaks down while it is used: nothing in the configuration is at fault (exit code 1). */
export class EnvironmentFailure extends UserError {
  constructor(message: string, options: ErrorOptions = {}) {
    super(message, { ...options, exitCode: 1 });
  }
}

/** The line of a fault: `<where>: expected <expected>, got <got>; <hint>`. */
export function faultLine(where: string, expected: string, got: unknown, hint = ''): string {
  return `${where}: expected ${expected}, got ${shown(got)}${hint === '' ? '' : `; ${hint}`}`;
}

/** A value as a message shows it: short, on one line. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (ArrayBuffer.isView(value) || Array.isArray(value)) {
    const length = 'length' in value ? `${value.length} values` : `${value.byteLength} bytes`;
    return `${value.constructor.name} of ${length}`;
  }
  if (typeof value === 'string') return value.length <= 80 ? value : `${value.slice(0, 80)}...`;
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  return `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}
