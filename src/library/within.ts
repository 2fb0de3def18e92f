/** Says in every message of a fault which call of a program it belongs to. */
import { UserError } from '../core/user-error.ts';

/** Runs `act`; the faults that it throws begin with `where`. */
export function within<T>(where: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const faults = error.faults.map((fault) => `${where}: ${fault}`);
    throw new UserError(faults, { exitCode: error.exitCode, cause: error });
  }
}
