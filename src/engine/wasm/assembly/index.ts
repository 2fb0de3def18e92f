// Runs a tape: the list of kernel calls that program.ts wrote into memory. Barriers cut it into sections, and a section's
// work falls into shares: rows by sample shards, elements by ranges; small sums are done in every share alike. Which
// thread does a share is open: whoever is free claims the next one. A thread that wakes up late, or whose processor is
// taken away for a while, so delays nobody but the share that it holds, and the numbers are those of the shares.
// Opcodes and argument orders are those of ../tape.ts, the control words those of ../memory.ts.

import {
  adam, addSquares, binary, clip, copyRows, fill, reduceShards, repeat, rootOfLanes, rowSum, rowwise, seedDelta, sumDown,
  sumInLanes, sumOfRows, track, unary,
} from './arithmetic';
import { matmul, packBackward, packForward, weightGradient } from './matmul';
import { normalize, normalizeInput, normalizeParameters } from './normalize';

const SHARDS: i32 = 8;

// Control words (../memory.ts).
const CLAIM: usize = 64, FINISHED: usize = 128, TAPE: usize = 192, SECTION: usize = 196, SHARES: usize = 200, NEXT: usize = 204,
  ABORTED: usize = 256, ASLEEP: usize = 320;

/** The part of CLAIM that counts shares; what is above it counts sections. */
const SHARE_MASK: i32 = 15;

/** Looks at a word so often before sleeping; a look takes some nanoseconds. */
const SPINS: i32 = 20000;
/** One sleep until a share is finished, in nanoseconds: nobody wakes the sleeper, so that no wake-up can be lost. */
const NAP: i64 = 50_000;
const NAP_MS: f64 = 0.05;
/**
 * How long a thread may keep the others waiting before it is declared dead: ten seconds plus twenty times what the run
 * has taken so far. Large networks and starved processors slow the calling thread's own shares down as well.
 */
const PATIENCE_MS: f64 = 10_000;
const PATIENCE: f64 = 20;
/** One sleep of a worker, in nanoseconds, unless it is woken. */
const REST: i64 = 2_000_000;

/** The host's clock, in milliseconds. For patience alone: no result depends on it. */
@external("env", "now")
declare function now(): f64;

/** Shares of all sections so far, over all runs: FINISHED when a section is done. */
let opened: i32 = 0;

/** Claims the next share of the open section and does it; false where none is left. */
function help(claim: i32): bool {
  const share = claim & SHARE_MASK;
  const shares = atomic.load<i32>(SHARES);
  if (share >= shares) return false;
  // All of these hold still while CLAIM does: the main thread closes a section before it writes those of the next.
  const tape = <usize>atomic.load<i32>(TAPE), section = <usize>atomic.load<i32>(SECTION);
  if (atomic.cmpxchg<i32>(CLAIM, claim, claim + 1) != claim) return true; // somebody else was faster
  atomic.store<i32>(NEXT, <i32>run(tape, section, share, shares));
  atomic.add<i32>(FINISHED, 1);
  return true;
}

/** Waits until every share that was opened is finished; false where a thread does not come back. `began`: when the run did. */
function awaitShares(began: f64): bool {
  for (let spin = 0; spin < SPINS; spin++) if (atomic.load<i32>(FINISHED) == opened) return true;
  // Counted in naps, not read from the clock: a process that was stopped for a while must not blame its threads.
  const naps = <i64>((PATIENCE_MS + PATIENCE * (now() - began)) / NAP_MS);
  for (let nap: i64 = 0; nap < naps; nap++) {
    const seen = atomic.load<i32>(FINISHED);
    if (seen == opened) return true;
    if (atomic.load<i32>(ABORTED)) return false;
    atomic.wait<i32>(FINISHED, seen, NAP);
  }
  atomic.store<i32>(ABORTED, 1);
  return false;
}

/** The main thread's call: runs a tape together with whoever else is awake. 1 where a worker did not come back. */
export function start(tape: usize, shares: i32): i32 {
  let section = tape + 4;
  if (shares == 1) {
    while (section) section = run(tape, section, 0, 1);
    return 0;
  }
  const began = now();
  while (section) {
    const closed = atomic.load<i32>(CLAIM) | SHARE_MASK; // more shares than any section has
    atomic.store<i32>(CLAIM, closed);
    atomic.store<i32>(TAPE, <i32>tape);
    atomic.store<i32>(SECTION, <i32>section);
    atomic.store<i32>(SHARES, shares);
    opened += shares;
    atomic.store<i32>(CLAIM, closed + 1); // the next section, no share of it claimed
    if (atomic.load<i32>(ASLEEP)) atomic.notify(CLAIM, shares);
    while (help(atomic.load<i32>(CLAIM))) continue;
    if (!awaitShares(began)) return 1;
    section = <usize>atomic.load<i32>(NEXT);
  }
  return 0;
}

/** A worker's call: does shares until the engine ends. */
export function work(): void {
  for (;;) {
    let claim = atomic.load<i32>(CLAIM);
    if (help(claim)) continue;
    let spin = 0;
    while (spin < SPINS && atomic.load<i32>(CLAIM) == claim) spin++;
    if (spin < SPINS) continue;
    if (atomic.load<i32>(ABORTED)) return;
    // Asleep before it looks at CLAIM for the last time: a section that is opened in between is seen, or wakes it.
    atomic.add<i32>(ASLEEP, 1);
    atomic.wait<i32>(CLAIM, claim, REST);
    atomic.sub<i32>(ASLEEP, 1);
  }
}

@inline
function shardStart(shard: i32, batch: i32): i32 {
  return shard * batch / SHARDS;
}

@inline
function arg(at: usize, index: i32): i32 {
  return load<i32>(at + <usize>index * 4);
}

@inline
function real(at: usize, index: i32): f32 {
  return load<f32>(at + <usize>index * 4);
}

/** First element of a share's range of n, a multiple of 4. */
function rangeStart(n: i32, share: i32, shares: i32): i32 {
  return share == shares ? n : (<i32>(<i64>n * share / shares)) & ~3;
}

/** Does one share of a section; returns the address of the next section, 0 at the end of the tape. */
function run(tape: usize, section: usize, share: i32, shares: i32): usize {
  const batch = arg(tape, 0);
  const firstShard = share * SHARDS / shares, endShard = (share + 1) * SHARDS / shares;
  const first = shardStart(firstShard, batch), end = shardStart(endShard, batch);
  let at = section;
  for (;;) {
    const op = arg(at, 0);
    const words = arg(at, 1);
    const a = at + 8;
    at = a + <usize>words * 4;
    switch (op) {
      case 0:
        return 0;
      case 1:
        return at;
      case 2: { // packForward, and 3 packBackward: w ldw outputs k out perShare
        packForward(arg(a, 0), arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4) + share * arg(a, 5));
        break;
      }
      case 3: {
        packBackward(arg(a, 0), arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4) + share * arg(a, 5));
        break;
      }
      case 4: {
        // matmul: n a lda k b perShare columns c ldc init ldi shared finish bias biasPerShare ldb y ldy activation slope
        const n = arg(a, 0);
        matmul(
          first * n, end * n, n,
          arg(a, 1), arg(a, 2), arg(a, 3),
          arg(a, 4) + share * arg(a, 5), arg(a, 6),
          arg(a, 7), arg(a, 8), arg(a, 9), arg(a, 10), arg(a, 11) != 0,
          arg(a, 12), arg(a, 13) + share * arg(a, 14), arg(a, 15), arg(a, 16), arg(a, 17),
          arg(a, 18), real(a, 19),
        );
        break;
      }
      case 5: { // weightGradient: n d ldd outputs x ldx panels g perShard ldg
        const n = arg(a, 0);
        for (let s = firstShard; s < endShard; s++)
          weightGradient(
            shardStart(s, batch) * n, shardStart(s + 1, batch) * n,
            arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6),
            arg(a, 7) + s * arg(a, 8), arg(a, 9),
          );
        break;
      }
      case 6: { // sumDown: n offset step d ldd g perShard vectors
        const n = arg(a, 0);
        for (let s = firstShard; s < endShard; s++)
          sumDown(
            shardStart(s, batch) * n + arg(a, 1), shardStart(s + 1, batch) * n, arg(a, 2),
            arg(a, 3), arg(a, 4), arg(a, 5) + s * arg(a, 6), arg(a, 7),
          );
        break;
      }
      case 7: { // sumOfRows: n src dst ld vectors
        sumOfRows(first, end, arg(a, 0), arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4));
        break;
      }
      case 8: { // reduceShards: rows width src perShard srcRow srcColumn dst dstRow
        const rows = arg(a, 0);
        reduceShards(
          rows * share / shares, rows * (share + 1) / shares, arg(a, 1), SHARDS,
          arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6), arg(a, 7),
        );
        break;
      }
      case 9: { // biasOfIds: rows bias w ldw out perShare outputs ldo, then the id of each row
        const rows = arg(a, 0), outputs = arg(a, 6);
        const bias: usize = arg(a, 1), w: usize = arg(a, 2), ldw = arg(a, 3), ldo = arg(a, 7);
        const out: usize = arg(a, 4) + share * arg(a, 5);
        for (let i = 0; i < rows; i++)
          for (let o = 0; o < outputs; o++)
            store<f32>(
              out + <usize>(i * ldo + o * 4),
              load<f32>(bias + <usize>o * 4) + load<f32>(w + <usize>(o * ldw) + <usize>arg(a, 8 + i) * 4),
            );
        break;
      }
      case 10: { // copyRows: n src srcSample srcRow dst dstSample dstRow width
        copyRows(first, end, arg(a, 0), arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6), arg(a, 7));
        break;
      }
      case 11: { // seedDelta: n width upstream y dst ld activation slope
        const n = arg(a, 0);
        seedDelta(first * n, end * n, arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6), real(a, 7));
        break;
      }
      case 12: { // unary: split count operation by x out
        unary(arg(a, 2), real(a, 3), low(a, share, shares, first), high(a, share, shares, end), arg(a, 4), arg(a, 5));
        break;
      }
      case 19: { // clip: split count low high x out
        clip(
          real(a, 2), real(a, 3), low(a, share, shares, first), high(a, share, shares, end), arg(a, 4), arg(a, 5),
        );
        break;
      }
      case 13: { // binary: split count operation x strideX y strideY out
        binary(
          arg(a, 2), low(a, share, shares, first), high(a, share, shares, end),
          arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6), arg(a, 7),
        );
        break;
      }
      case 14: { // fill: split count x out
        fill(low(a, share, shares, first), high(a, share, shares, end), arg(a, 2), arg(a, 3));
        break;
      }
      case 15: { // sum: n x out
        sumInLanes(arg(a, 0), arg(a, 1), arg(a, 2));
        break;
      }
      case 16: { // norm: out lanes perShare blocks, then (x, n) for each
        const lanes: usize = arg(a, 1) + share * arg(a, 2);
        memory.fill(lanes, 0, 32);
        for (let i = 0; i < arg(a, 3); i++) addSquares(arg(a, 4 + 2 * i), arg(a, 5 + 2 * i), lanes);
        rootOfLanes(lanes, arg(a, 0));
        break;
      }
      case 17: { // adam: n p m v g stepSize correction beta1 rest1 beta2 rest2 epsilon decay
        const n = arg(a, 0);
        adam(
          rangeStart(n, share, shares), rangeStart(n, share + 1, shares),
          arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6),
          real(a, 7), real(a, 8), real(a, 9), real(a, 10), real(a, 11), real(a, 12),
        );
        break;
      }
      case 18: { // track: n target online tau
        const n = arg(a, 0);
        track(rangeStart(n, share, shares), rangeStart(n, share + 1, shares), arg(a, 1), arg(a, 2), arg(a, 3));
        break;
      }
      case 20: { // rowwise: n width oneHot x out
        const n = arg(a, 0);
        rowwise(first * n, end * n, arg(a, 1), arg(a, 2) != 0, arg(a, 3), arg(a, 4));
        break;
      }
      case 21: { // rowSum: n width x out
        const n = arg(a, 0);
        rowSum(first * n, end * n, arg(a, 1), arg(a, 2), arg(a, 3));
        break;
      }
      case 22: { // repeat: n width x out
        const n = arg(a, 0);
        repeat(first * n, end * n, arg(a, 1), arg(a, 2), arg(a, 3));
        break;
      }
      case 23: { // normalize: n width x gain shift rates out epsilon
        const n = arg(a, 0);
        normalize(first * n, end * n, arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6), real(a, 7));
        break;
      }
      case 24: { // normalizeInput: n width upstream x gain rates out
        const n = arg(a, 0);
        normalizeInput(first * n, end * n, arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6));
        break;
      }
      case 25: { // normalizeParameters: n width upstream x rates g perShard half
        const n = arg(a, 0);
        for (let s = firstShard; s < endShard; s++)
          normalizeParameters(
            shardStart(s, batch) * n, shardStart(s + 1, batch) * n,
            arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5) + s * arg(a, 6), arg(a, 7),
          );
        break;
      }
      default:
        unreachable();
    }
  }
  return 0;
}

// How an element-wise call is split: 0 every share does all `count` elements; 1 by samples, `count` elements each;
// 2 by ranges of `count` elements.

function low(a: usize, share: i32, shares: i32, firstSample: i32): i32 {
  const split = arg(a, 0), count = arg(a, 1);
  return split == 0 ? 0 : split == 1 ? firstSample * count : rangeStart(count, share, shares);
}

function high(a: usize, share: i32, shares: i32, endSample: i32): i32 {
  const split = arg(a, 0), count = arg(a, 1);
  return split == 0 ? count : split == 1 ? endSample * count : rangeStart(count, share + 1, shares);
}

/** Twelve independent products and sums of four numbers a round: what the processor can do at most. Returns a number that depends on all. */
export function peak(rounds: i32): f32 {
  const x = f32x4.splat(0.999), y = f32x4.splat(1e-3);
  let a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
  for (let n = 0; n < rounds; n++) {
    a = f32x4.add(f32x4.mul(a, x), y); b = f32x4.add(f32x4.mul(b, x), y); c = f32x4.add(f32x4.mul(c, x), y);
    d = f32x4.add(f32x4.mul(d, x), y); e = f32x4.add(f32x4.mul(e, x), y); f = f32x4.add(f32x4.mul(f, x), y);
    g = f32x4.add(f32x4.mul(g, x), y); h = f32x4.add(f32x4.mul(h, x), y); i = f32x4.add(f32x4.mul(i, x), y);
    j = f32x4.add(f32x4.mul(j, x), y); k = f32x4.add(f32x4.mul(k, x), y); l = f32x4.add(f32x4.mul(l, x), y);
  }
  const ab = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  const ef = f32x4.add(f32x4.add(e, f), f32x4.add(g, h));
  const ij = f32x4.add(f32x4.add(i, j), f32x4.add(k, l));
  return f32x4.extract_lane(f32x4.add(ab, f32x4.add(ef, ij)), 0);
}
