/**
 * The two random number generators. Pcg64 reproduces NumPy's Generator(PCG64(SeedSequence(seed))) draw for draw, so
 * that environments get the same numbers from a seed as in MPE2. FastStream is a fast 32-bit generator for everything
 * else: exploration noise, replay indices, weights. Both give the same bits on every machine, and their state fits in
 * a few words of a checkpoint.
 */
import { exp, log } from './math.ts';
import { UserError } from './user-error.ts';

/** The upper 32 bits of the 64-bit product of two unsigned 32-bit integers. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const first = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) >>> 0;
  const second = (Math.imul(aLow, bHigh) + (first & 0xffff)) >>> 0;
  return (Math.imul(aHigh, bHigh) + (first >>> 16) + (second >>> 16)) >>> 0;
}

/** NumPy's SeedSequence (O'Neill's seed_seq design): mixes any number of entropy words into `count` 32-bit words. */
export function seedWords(entropy: readonly number[], count: number): Uint32Array {
  let factor = 0x43b0d7e5;
  const hash = (word: number): number => {
    const value = word ^ factor;
    factor = Math.imul(factor, 0x931e8875);
    const product = Math.imul(value, factor);
    return product ^ (product >>> 16);
  };
  const mix = (a: number, b: number): number => {
    const sum = Math.imul(0xca01f9dd, a) - Math.imul(0x4973f715, b);
    return sum ^ (sum >>> 16);
  };
  const pool = Int32Array.from([0, 1, 2, 3], (i) => hash(entropy[i] ?? 0));
  for (let from = 0; from < 4; from++)
    for (let to = 0; to < 4; to++) if (to !== from) pool[to] = mix(pool[to]!, hash(pool[from]!));
  for (const word of entropy.slice(4)) for (let to = 0; to < 4; to++) pool[to] = mix(pool[to]!, hash(word));

  const out = new Uint32Array(count);
  let outFactor = 0x8b51f9dd;
  for (let i = 0; i < count; i++) {
    const value = pool[i & 3]! ^ outFactor;
    outFactor = Math.imul(outFactor, 0x58f38ded);
    const product = Math.imul(value, outFactor);
    out[i] = product ^ (product >>> 16);
  }
  return out;
}

/** A seed as 32-bit words, low word first; a single word if it fits, as in NumPy. */
function wordsOf(seed: number): number[] {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`seed: expected an integer from 0 to 2^53 - 1, got ${seed}`);
  const high = Math.floor(seed / 2 ** 32);
  return high === 0 ? [seed] : [seed >>> 0, high];
}

function checkRange(n: number): void {
  if (!Number.isInteger(n) || n < 1 || n > 0xffffffff)
    throw new RangeError(`random integer: expected a range of 1 to 2^32 - 1 values, got ${n}`);
}

const TWO_32 = 2 ** 32;

/** x / 2^32, rounded to an integer. */
function upper(x: number): number {
  return Math.floor(x / TWO_32 + 0.5);
}

// PCG64's multiplier 0x2360ED051FC65DA44385DF649FCCF645, low word first.
const M0 = 0x9fccf645;
const M1 = 0x4385df64;
const M2 = 0x1fc65da4;
const M3 = 0x2360ed05;

/** NumPy's default generator: PCG64 (XSL-RR, 128-bit state; O'Neill 2014) in 32-bit limbs. */
export class Pcg64 {
  /** Words of a saved state: state and increment (low word first), whether a half is buffered, and that half. */
  static readonly STATE_WORDS = 10;
  readonly #words = new Uint32Array(Pcg64.STATE_WORDS);
  /** The last 64-bit output, low half first. */
  readonly #out = new Uint32Array(2);

  /** @param seed an integer from 0 to 2^53 - 1; anything else is a RangeError */
  constructor(seed: number) {
    const q = seedWords(wordsOf(seed), 8);
    const w = this.#words;
    // inc = 2 * (q2 q3) + 1, with 64-bit q and the upper one first.
    const inc = [q[6]!, q[7]!, q[4]!, q[5]!];
    for (let i = 0; i < 4; i++) w[4 + i] = (inc[i]! << 1) | (i === 0 ? 1 : inc[i - 1]! >>> 31);
    this.#advance(); // from state 0
    const start = [q[2]!, q[3]!, q[0]!, q[1]!];
    let carry = 0;
    for (let i = 0; i < 4; i++) {
      const sum = w[i]! + start[i]! + carry;
      w[i] = sum;
      carry = sum >= TWO_32 ? 1 : 0;
    }
    this.#advance();
  }

  /**
   * state = state * M + inc modulo 2^128, by columns of 32 bits. The low words of the products are exact integers; the
   * high words are the float64 products minus the low words. A sum of three is off by less than 2^-17 in units of the
   * high word, so rounding is exact.
   */
  #advance(): void {
    const w = this.#words;
    const s0 = w[0]!;
    const s1 = w[1]!;
    const s2 = w[2]!;
    const s3 = w[3]!;
    const low0 = Math.imul(s0, M0) >>> 0;
    let sum = low0 + w[4]!;
    w[0] = sum;
    const low1 = (Math.imul(s0, M1) >>> 0) + (Math.imul(s1, M0) >>> 0);
    sum = Math.floor(sum / TWO_32) + upper(s0 * M0 - low0) + low1 + w[5]!;
    w[1] = sum;
    const low2 = (Math.imul(s0, M2) >>> 0) + (Math.imul(s1, M1) >>> 0) + (Math.imul(s2, M0) >>> 0);
    sum = Math.floor(sum / TWO_32) + upper(s0 * M1 + s1 * M0 - low1) + low2 + w[6]!;
    w[2] = sum;
    // The top word is only needed modulo 2^32.
    const low3 = Math.imul(s0, M3) + Math.imul(s1, M2) + Math.imul(s2, M1) + Math.imul(s3, M0);
    w[3] = Math.floor(sum / TWO_32) + upper(s0 * M2 + s1 * M1 + s2 * M0 - low2) + low3 + w[7]!;
  }

  /** Advances and writes rotr64(upper half ^ lower half, top 6 bits of the state) to #out. */
  #next64(): void {
    this.#advance();
    const w = this.#words;
    const rotation = w[3]! >>> 26;
    // A rotation by 32 or more first swaps the halves. Branch-free, because the branch would be unpredictable.
    const lower = w[0]! ^ w[2]!;
    const higher = w[1]! ^ w[3]!;
    const changed = (lower ^ higher) & -(rotation >> 5);
    const low = lower ^ changed;
    const high = higher ^ changed;
    const r = rotation & 31;
    const out = this.#out;
    // Shifts by 1 and then 31 - r: for r = 0, a single shift by 32 would be a shift by 0.
    out[0] = (low >>> r) | ((high << 1) << (31 - r));
    out[1] = (high >>> r) | ((low << 1) << (31 - r));
  }

  /** Half of a 64-bit output: the low half first; the high half is buffered for the next call. */
  #next32(): number {
    const w = this.#words;
    if (w[8] === 1) {
      w[8] = 0;
      return w[9]!;
    }
    this.#next64();
    w[8] = 1;
    w[9] = this.#out[1]!;
    return this.#out[0]!;
  }

  /** A double in [0, 1) with 53 random bits. */
  double(): number {
    this.#next64();
    return (this.#out[1]! * 2097152 + (this.#out[0]! >>> 11)) / 9007199254740992;
  }

  /** low + (high - low) * double() */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.double();
  }

  /** A uniform integer in 0 .. n-1, n up to 2^32 - 1 (Lemire 2019). n = 1 draws nothing. */
  integers(n: number): number {
    checkRange(n);
    if (n === 1) return 0;
    const threshold = (TWO_32 - n) % n;
    for (;;) {
      const word = this.#next32();
      if (Math.imul(word, n) >>> 0 >= threshold) return mulHigh(word, n);
    }
  }

  /** The complete state, STATE_WORDS words. */
  getState(): Uint32Array {
    return this.#words.slice();
  }

  /** Restores a state from getState(). Throws RangeError if its length is wrong, UserError if no seed leads to it. */
  setState(state: Uint32Array): void {
    checkState('Pcg64', state, Pcg64.STATE_WORDS);
    this.#words.set(state);
    this.#checkIncrement();
  }

  /** Writes the words of getState() to `out` from `at`, without allocating. */
  writeState(out: Float64Array, at: number): void {
    for (let k = 0; k < Pcg64.STATE_WORDS; k++) out[at + k] = this.#words[k]!;
  }

  /** Restores a state written by writeState(). Throws UserError if no seed leads to it. */
  readState(from: Float64Array, at: number): void {
    for (let k = 0; k < Pcg64.STATE_WORDS; k++) this.#words[k] = from[at + k]!;
    this.#checkIncrement();
  }

  /** With an even increment the sequence may stand still, and draws that reject numbers would never end. */
  #checkIncrement(): void {
    const increment = this.#words[4]!;
    if (increment % 2 === 0)
      throw new UserError(`random state: expected an odd increment, got one that ends in ${increment}`);
  }

  /** An independent generator with the same state. */
  copy(): Pcg64 {
    const twin = new Pcg64(0);
    twin.setState(this.#words);
    return twin;
  }
}

function checkState(name: string, state: Uint32Array, words: number): void {
  if (state.length !== words)
    throw new RangeError(`${name}.setState: expected ${words} words, got ${state.length}`);
}

// Ziggurat for the normal density (Marsaglia and Tsang 2000, with Doornik's 2005 correction): 128 layers of equal area;
// the lowest includes the tail beyond TAIL. EDGES[i] is the right edge of layer i.
const LAYERS = 128;
const TAIL = 3.442619855899;
const AREA = 9.91256303526217e-3;
const EDGES = new Float64Array(LAYERS + 1);
const INSIDE = new Float64Array(LAYERS); // shares below this need no test against the curve
EDGES[0] = AREA / exp(-0.5 * TAIL * TAIL);
EDGES[1] = TAIL;
for (let i = 2; i < LAYERS; i++) {
  const edge = EDGES[i - 1]!;
  EDGES[i] = Math.sqrt(-2 * log(AREA / edge + exp(-0.5 * edge * edge)));
}
for (let i = 0; i < LAYERS; i++) INSIDE[i] = EDGES[i + 1]! / EDGES[i]!;

/** 32 random bits as a number in (-1, 1). */
function shareOf(bits: number): number {
  return ((bits | 0) + 0.5) / 2147483648;
}

/** The output of xoshiro128**, from the second word of its state. */
function scrambled(s1: number): number {
  const times5 = Math.imul(s1, 5);
  return Math.imul((times5 << 7) | (times5 >>> 25), 9);
}

/** A source of uniform integers in [0, n). */
export interface IndexStream {
  below(n: number): number;
}

/**
 * xoshiro128** (Blackman and Vigna 2018): 32 bits per draw, period 2^128 - 1. Each (seed, purpose) pair is a separate
 * stream, so that extra draws in one part of the program do not affect another.
 */
export class FastStream {
  /** Words of a saved state. */
  static readonly STATE_WORDS = 4;
  readonly #words: Uint32Array;

  /**
   * @param seed an integer from 0 to 2^53 - 1; anything else is a RangeError
   * @param purpose any text that identifies the stream: 'noise', 'replay', ...
   */
  constructor(seed: number, purpose: string) {
    const [low = 0, high = 0] = wordsOf(seed);
    const text = Array.from(purpose, (character) => character.codePointAt(0)!);
    this.#words = seedWords([low, high, text.length, ...text], FastStream.STATE_WORDS);
    if (this.#words.every((word) => word === 0)) this.#words[0] = 1; // the zero state would repeat forever
  }

  /** A uniform integer in 0 .. 2^32 - 1. */
  uint32(): number {
    const w = this.#words;
    const s1 = w[1]!;
    const result = scrambled(s1);
    const s2 = w[2]! ^ w[0]!;
    const s3 = w[3]! ^ s1;
    w[1] = s1 ^ s2;
    w[0] = w[0]! ^ s3;
    w[2] = s2 ^ (s1 << 9);
    w[3] = (s3 << 11) | (s3 >>> 21);
    return result >>> 0;
  }

  /** A double in [0, 1) with 53 random bits, from two draws. */
  double(): number {
    const high = this.uint32() >>> 5;
    return (high * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
  }

  /** A uniform integer in 0 .. n-1, unbiased, n up to 2^32 - 1 (Lemire 2019). */
  below(n: number): number {
    checkRange(n);
    for (;;) {
      const word = this.uint32();
      const fraction = Math.imul(word, n) >>> 0;
      // The division is only needed in the rare case that the fraction is below n.
      if (fraction >= n || fraction >= (TWO_32 - n) % n) return mulHigh(word, n);
    }
  }

  /** A standard normal draw. */
  normal(): number {
    const layer = this.uint32() & (LAYERS - 1);
    const share = shareOf(this.uint32());
    return Math.abs(share) < INSIDE[layer]! ? share * EDGES[layer]! : this.#nearEdge(layer, share);
  }

  /** The normal draw that begins with a layer and a share of it that need the test against the curve. */
  #nearEdge(layer: number, share: number): number {
    if (layer === 0) return this.#tail(share < 0);
    const edge = EDGES[layer]!;
    const x = share * edge;
    const upper = EDGES[layer + 1]!;
    const low = exp(-0.5 * (edge * edge - x * x));
    const high = exp(-0.5 * (upper * upper - x * x));
    return high + this.double() * (low - high) < 1 ? x : this.normal();
  }

  /** A normal draw beyond TAIL (Marsaglia 1964). */
  #tail(negative: boolean): number {
    for (;;) {
      const x = log(1 - this.double()) / TAIL;
      const y = log(1 - this.double());
      if (-2 * y >= x * x) return negative ? x - TAIL : TAIL - x;
    }
  }

  /** A standard Gumbel draw, -log(-log(u)). */
  gumbel(): number {
    for (;;) {
      const u = this.double();
      if (u > 0) return -log(-log(u));
    }
  }

  /** Fills `out` with normal draws with mean 0 and standard deviation `std`: normal() with its state in local variables. */
  fillNormal(out: Float32Array | Float64Array, std: number): void {
    const w = this.#words;
    for (let i = 0; i < out.length;) {
      let s0 = w[0]! | 0;
      let s1 = w[1]! | 0;
      let s2 = w[2]! | 0;
      let s3 = w[3]! | 0;
      let layer = 0;
      let share = 0;
      let inside = true;
      while (inside && i < out.length) {
        // Twice uint32(): the low bits of the first draw are the layer.
        layer = scrambled(s1) & (LAYERS - 1);
        let shifted = s1 << 9;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= shifted;
        s3 = (s3 << 11) | (s3 >>> 21);
        share = shareOf(scrambled(s1));
        shifted = s1 << 9;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= shifted;
        s3 = (s3 << 11) | (s3 >>> 21);
        inside = Math.abs(share) < INSIDE[layer]!;
        if (inside) out[i++] = std * (share * EDGES[layer]!);
      }
      w[0] = s0;
      w[1] = s1;
      w[2] = s2;
      w[3] = s3;
      if (!inside) out[i++] = std * this.#nearEdge(layer, share);
    }
  }

  /** The complete state, STATE_WORDS words. */
  getState(): Uint32Array {
    return this.#words.slice();
  }

  /** Restores a state from getState(). Throws RangeError if its length is wrong. */
  setState(state: Uint32Array): void {
    checkState('FastStream', state, FastStream.STATE_WORDS);
    this.#words.set(state);
  }

  /** An independent stream with the same state. */
  copy(): FastStream {
    const twin = new FastStream(0, '');
    twin.setState(this.#words);
    return twin;
  }
}
