/** How far answers to the checks of cases.ts are from the exact ones. */
import * as fs from 'node:fs';
import { ROWS, type Check } from './cases.ts';

const floats = (file: string): Float32Array => new Float32Array(new Uint8Array(fs.readFileSync(file)).buffer);
const doubles = (file: string): Float64Array =>
  new Float64Array(new Uint8Array(fs.readFileSync(file)).buffer);

export interface Errors {
  /** Of a choice, by how much its score is less than the largest. */
  readonly absolute: number;
  /** Of the size of what was summed up (exact.ts), at least 1. */
  readonly relative: number;
}

/** The largest errors of a runtime, or of `ours`. */
export function largestErrors(checks: readonly Check[], runtime: string): Errors {
  const errors = checks.flatMap((check) => [...errorsOf(check, runtime), ...stateErrorsOf(check, runtime)]);
  const largest = (of: (error: Errors) => number): number =>
    // NaN would be lost in comparisons.
    errors.reduce((most, error) => (of(error) <= most ? most : of(error)), 0);
  return { absolute: largest(({ absolute }) => absolute), relative: largest(({ relative }) => relative) };
}

/** Errors of the states of recurrent actors behind the last step, of the sizes that these have. */
function stateErrorsOf({ stem, state }: Check, runtime: string): Errors[] {
  if (state === 0 || runtime === 'ours') return [];
  const states = floats(`${stem}.${runtime}.state`);
  return Array.from(doubles(`${stem}.exact.state`), (s, k) => {
    const absolute = Math.abs(s - states[k]!);
    return { absolute, relative: absolute / Math.max(1, Math.abs(s)) };
  });
}

function errorsOf({ kind, width, stem, mask }: Check, runtime: string): Errors[] {
  const exact = doubles(`${stem}.exact`);
  const sizes = doubles(`${stem}.sizes`);
  const answers = floats(`${stem}.${runtime}`);
  const choices = kind === 'discrete' && runtime !== 'ours';
  const expected = choices ? 2 * ROWS : exact.length;
  if (answers.length !== expected)
    throw new Error(`${stem}.${runtime}: expected ${expected} numbers, got ${answers.length}`);
  const errorOf = (absolute: number, size: number): Errors => ({
    ...{ absolute, relative: absolute / Math.max(1, size) },
  });
  if (!choices) return Array.from(exact, (y, k) => errorOf(Math.abs(y - answers[k]!), sizes[k]!));
  const allowed = floats(mask!);
  return Array.from(answers, (choice, k) => {
    const from = Math.floor(k / 2) * width;
    const scores = exact.subarray(from, from + width);
    const choosable = k % 2 === 0 ? scores : scores.map((y, c) => (allowed[from + c] ? y : -Infinity));
    return errorOf(Math.max(...choosable) - choosable[choice]!, sizes[from + choice]!);
  });
}
