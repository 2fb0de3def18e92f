/** Prefixes UserErrors of a call with its name. */
import { UserError } from './user-error.ts';

/** Runs `act`; prefixes every fault of a UserError with `<where>: `. */
export function within<T>(where: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const faults = error.faults.map((fault) => `${where}: ${fault}`);
    throw new UserError(faults, { exitCode: error.exitCode, cause: error });
  }
}
