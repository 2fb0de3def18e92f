import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/user-error.ts';
import { prefixed, within } from '../../src/core/within.ts';

describe('an error within a call', () => {
  const fault = new UserError(['tau: bad', 'gamma: bad'], { exitCode: 1 });
  const expected = { faults: ['run: tau: bad', 'run: gamma: bad'], exitCode: 1, cause: fault };

  it('has its name before every fault, and keeps its exit code', () => {
    expect(prefixed('run', fault)).toMatchObject(expected);
    expect(() =>
      within('run', () => {
        throw fault;
      }),
    ).toThrow(expect.objectContaining(expected));
  });

  it('stays as it is if it is no UserError', () => {
    const bug = new TypeError('oops');
    expect(prefixed('run', bug)).toBe(bug);
  });
});
