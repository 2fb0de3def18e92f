/** The message of the EnvironmentError that `act` throws, or 'no error'. */
import { expect } from 'vitest';
import { EnvironmentError } from '../../src/envs/errors.ts';

export function fault(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(EnvironmentError);
    return (error as Error).message;
  }
  return 'no error';
}
