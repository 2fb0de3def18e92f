/**
 * EnvironmentError: a fault the user of an environment can fix (an option, an action, a call out of order). Its message
 * is one printable line, `<where>: expected <what>, got <value>`. EnvironmentFailure: the environment itself failed.
 */
import { UserError } from '../core/user-error.ts';

export class EnvironmentError extends UserError {
  constructor(where: string, expected: string, got: unknown, hint = '') {
    super(faultLine(where, expected, got, hint));
  }
}

/** An environment that fails at run time; the configuration is not at fault (exit code 1). */
export class EnvironmentFailure extends UserError {
  constructor(message: string, options: ErrorOptions = {}) {
    super(message, { ...options, exitCode: 1 });
  }
}

/** `<where>: expected <expected>, got <got>; <hint>` */
export function faultLine(where: string, expected: string, got: unknown, hint = ''): string {
  return `${where}: expected ${expected}, got ${shown(got)}${hint === '' ? '' : `; ${hint}`}`;
}

/** A value for a message: short, on one line. */
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
