import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/user-error.ts';
import { failureOf, fileFault, writing } from '../../src/run/file-fault.ts';

const RUN = { run: 'runs/a b', newest: 'runs/a b/checkpoints/step-000000010' };

function systemError(code: string, description: string): Error {
  return Object.assign(new Error(`${code}: ${description}, write`), { code, path: 'runs/a b/metrics.csv' });
}

describe('a run that cannot be written', () => {
  it.each([
    ['ENOSPC', 'no space left on device', 'no space left on the device (ENOSPC)', 'free some space'],
    ['ENAMETOOLONG', 'name too long', 'a name that is too long (ENAMETOOLONG)', 'shorten it'],
    ['ESTALE', 'stale file handle', 'ESTALE: stale file handle', 'see that it can be written'],
    ['ETIMEDOUT', 'connection timed out', 'ETIMEDOUT: connection timed out', 'see that it can be written'],
    ['EBUSY', 'resource busy or locked', 'EBUSY: resource busy or locked', 'see that it can be written'],
    ['EINVAL', 'invalid argument', 'EINVAL: invalid argument', 'see that it can be written'],
  ])('by %s tells the file, the last good checkpoint and what to do', (code, description, got, advice) => {
    const failure = failureOf(systemError(code, description));
    expect(fileFault(failure, RUN)).toEqual(
      new UserError(
        `runs/a b/metrics.csv: expected to write it, got ${got}; the last good checkpoint is ${RUN.newest}; ` +
          `${advice}, then resume with: npx maddpg train --resume 'runs/a b'`,
        { exitCode: 1 },
      ),
    );
    expect(fileFault(failure, { ...RUN, newest: null }).message).toBe(
      `runs/a b/metrics.csv: expected to write it, got ${got}; there is no checkpoint yet; ${advice}, then start again`,
    );
  });

  it('by no file at fault is told as it is', () => {
    const bug = Object.assign(new TypeError('x must be a string'), { code: 'ERR_INVALID_ARG_TYPE' });
    expect(fileFault(failureOf(bug), RUN)).toEqual(new Error('x must be a string'));
  });
});

describe('writing()', () => {
  const thrownBy = (error: Error): unknown => {
    try {
      writing(RUN, () => {
        throw error;
      });
    } catch (thrown) {
      return thrown;
    }
    return 'nothing';
  };

  it('returns what was done', () => {
    expect(writing(RUN, () => 3)).toBe(3);
  });

  it('tells faults of files, and leaves bugs and what was told already as they are', () => {
    const full = systemError('ENOSPC', 'no space left on device');
    expect(thrownBy(full)).toEqual(fileFault(failureOf(full), RUN));
    const bug = Object.assign(new TypeError('x must be a string'), { code: 'ERR_INVALID_ARG_TYPE' });
    expect(thrownBy(bug)).toBe(bug);
    const told = new UserError('checkpoints/latest: expected a name, got none');
    expect(thrownBy(told)).toBe(told);
  });
});
