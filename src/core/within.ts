/** Prefixes UserErrors of a call with its name. */
import { UserError } from './user-error.ts';

/** Runs `act`; prefixes every fault of a UserError with `<where>: `. */
export function within<T>(where: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw prefixed(where, error);
  }
}

/** What to throw instead of an error: a UserError with every fault prefixed with `<where>: `, another as it is. */
export function prefixed(where: string, error: unknown): unknown {
  if (!(error instanceof UserError)) return error;
  const faults = error.faults.map((fault) => `${where}: ${fault}`);
  return new UserError(faults, { exitCode: error.exitCode, cause: error });
}
