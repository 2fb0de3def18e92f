/**
 * Sobol's sequence: points that fill the unit cube evenly, here with a random linear scrambling and a digital shift, which
 * keep it even (Matoušek 1998, "On the L2-discrepancy for anchored boxes"). The direction numbers are the first of
 * new-joe-kuo-6.21201 (Joe and Kuo 2008, "Constructing Sobol sequences with better two-dimensional projections";
 * copyright 2008 Frances Y. Kuo and Stephen Joe, BSD licence). Points come in the order of Gray code, as SciPy's do.
 */
import { FastStream } from '../core/random.ts';

const BITS = 32;
const TWO_32 = 2 ** 32;

/** Dimensions from the second on: primitive polynomial, all its coefficients as bits, and initial numbers m. */
const DIRECTIONS: readonly (readonly [polynomial: number, initial: readonly number[]])[] = [
  [3, [1]],
  [7, [1, 3]],
  [11, [1, 3, 1]],
  [13, [1, 1, 1]],
  [19, [1, 1, 3, 3]],
  [25, [1, 3, 5, 13]],
  [37, [1, 1, 5, 5, 17]],
  [41, [1, 1, 5, 5, 5]],
  [47, [1, 1, 7, 11, 19]],
  [55, [1, 1, 5, 1, 1]],
  [59, [1, 1, 1, 3, 11]],
  [61, [1, 3, 5, 5, 31]],
  [67, [1, 3, 3, 9, 7, 49]],
  [91, [1, 1, 1, 15, 21, 21]],
  [97, [1, 3, 1, 13, 27, 49]],
  [103, [1, 1, 1, 15, 7, 5]],
  [109, [1, 3, 1, 15, 13, 25]],
  [115, [1, 1, 5, 5, 19, 61]],
  [131, [1, 3, 7, 11, 23, 15, 103]],
  [137, [1, 3, 7, 13, 13, 15, 69]],
  [143, [1, 1, 3, 13, 7, 35, 63]],
  [145, [1, 3, 5, 9, 1, 25, 53]],
  [157, [1, 3, 1, 13, 9, 35, 107]],
  [167, [1, 3, 1, 5, 27, 61, 31]],
  [171, [1, 1, 5, 11, 19, 41, 61]],
  [185, [1, 3, 5, 3, 3, 13, 69]],
  [191, [1, 1, 7, 13, 1, 19, 1]],
  [193, [1, 3, 7, 5, 13, 19, 59]],
  [203, [1, 1, 3, 9, 25, 29, 41]],
  [211, [1, 3, 5, 13, 23, 1, 55]],
  [213, [1, 3, 7, 3, 13, 59, 17]],
];

export const MOST_DIMENSIONS = DIRECTIONS.length + 1;

/**
 * The sequence in `dimensions`, 1 to MOST_DIMENSIONS: its point of an index below 2^32, each coordinate in [0, 1).
 * @param seed of the scrambling, which differs between dimensions and does not depend on how many there are; null for none
 */
export function sobol(dimensions: number, seed: number | null): (index: number) => number[] {
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > MOST_DIMENSIONS)
    throw new RangeError(`sobol: expected 1 to ${MOST_DIMENSIONS} dimensions, got ${dimensions}`);
  const axes = Array.from({ length: dimensions }, (_, d) =>
    seed === null ? plain(d) : scrambled(plain(d), new FastStream(seed, `sobol ${d}`)),
  );
  return (index) => axes.map((axis) => coordinate(axis, index));
}

/** One dimension: its binary fraction of index 0 XOR the directions v of the bits of the index in Gray code. */
interface Axis {
  readonly directions: Uint32Array;
  readonly shift: number;
  /** Added to the fraction, in units of its last bit. */
  readonly offset: number;
}

function coordinate({ directions, shift, offset }: Axis, index: number): number {
  let fraction = shift;
  for (let gray = (index ^ (index >>> 1)) >>> 0, k = 0; gray !== 0; gray >>>= 1, k++)
    if (gray & 1) fraction ^= directions[k]!;
  return ((fraction >>> 0) + offset) / TWO_32;
}

function plain(dimension: number): Axis {
  const directions = new Uint32Array(BITS);
  if (dimension === 0) for (let k = 0; k < BITS; k++) directions[k] = 1 << (BITS - 1 - k);
  else {
    const [polynomial, initial] = DIRECTIONS[dimension - 1]!;
    const degree = initial.length;
    for (let k = 0; k < BITS; k++) {
      if (k < degree) {
        directions[k] = initial[k]! << (BITS - 1 - k);
        continue;
      }
      let v = directions[k - degree]! ^ (directions[k - degree]! >>> degree);
      for (let i = 1; i < degree; i++) if ((polynomial >>> (degree - i)) & 1) v ^= directions[k - i]!;
      directions[k] = v;
    }
  }
  return { directions, shift: 0, offset: 0 };
}

/** Each bit plus a random choice of those above it, then flipped or not; the middle of what the last bit leaves open. */
function scrambled({ directions }: Axis, stream: FastStream): Axis {
  const rows = Uint32Array.from({ length: BITS }, (_, row) => {
    const own = 1 << (BITS - 1 - row);
    const above = ~(0xffffffff >>> row);
    return (stream.uint32() & above) | own;
  });
  return {
    directions: directions.map((v) => rows.reduce((bits, row) => (bits << 1) | parity(row & v), 0)),
    shift: stream.uint32(),
    offset: 0.5,
  };
}

function parity(word: number): number {
  let bits = word ^ (word >>> 16);
  bits ^= bits >>> 8;
  bits ^= bits >>> 4;
  bits ^= bits >>> 2;
  return (bits ^ (bits >>> 1)) & 1;
}
