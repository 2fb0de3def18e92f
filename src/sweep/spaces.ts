/** Draws the samples of a sweep file: values of keys, the same for the same seed. */
import { exp, log } from '../core/math.ts';
import { FastStream } from '../core/random.ts';
import { UserError } from '../core/user-error.ts';
import { MOST_DIMENSIONS, sobol } from './sobol.ts';
import type { Samples, Space } from './trial.ts';

/**
 * `count` settings, keys in the order of the file. A greater count, or keys added at the end, leave the others as they are.
 * @throws UserError if there are more keys than Sobol's sequence has dimensions here
 */
export function drawSamples({ count, method, seed, keys }: Samples): Record<string, unknown>[] {
  const spaces = Object.entries(keys);
  const point = method === 'sobol' ? sobolPoints(spaces.length, seed) : randomPoints(Object.keys(keys), seed);
  return Array.from({ length: count }, (_, index) => {
    const shares = point(index);
    return Object.fromEntries(spaces.map(([key, space], k) => [key, valueAt(space, shares[k]!)]));
  });
}

/** Coordinates in [0, 1), one for each key, by index; called in order. */
type Points = (index: number) => readonly number[];

function sobolPoints(dimensions: number, seed: number): Points {
  if (dimensions > MOST_DIMENSIONS)
    throw new UserError(
      `samples.keys: expected at most ${MOST_DIMENSIONS} keys with method sobol, got ${dimensions}; use method random`,
    );
  return sobol(dimensions, seed);
}

function randomPoints(keys: readonly string[], seed: number): Points {
  const streams = keys.map((key) => new FastStream(seed, `samples ${key}`));
  return () => streams.map((stream) => stream.double());
}

/** The value below which a share, in [0, 1), of a space lies. */
function valueAt({ log: scale, range, integers, choice }: Space, share: number): unknown {
  if (choice) return choice[Math.floor(share * choice.length)];
  if (integers) return integers[0] + Math.floor(share * (integers[1] - integers[0] + 1));
  if (range) return rounded(range[0] + share * (range[1] - range[0]), range);
  if (scale) {
    const [low, high] = scale.map(log) as [number, number];
    return rounded(exp(low + share * (high - low)), scale);
  }
  throw new RangeError('space: expected log, range, integers or choice, got none');
}

/** Digits that a rounded number keeps. */
const DIGITS = 4;

/**
 * x within its ends, short enough for names and files: four digits, or as many more as x is greater than the width,
 * so that at least a thousand numbers are left.
 */
function rounded(x: number, [low, high]: readonly [number, number]): number {
  const digits = DIGITS + Math.max(0, exponentOf(x) - exponentOf(high - low));
  return Math.min(Math.max(Number(x.toPrecision(digits)), low), high);
}

/** The power of ten of the first digit. */
function exponentOf(x: number): number {
  return Number(x.toExponential().split('e')[1]);
}
