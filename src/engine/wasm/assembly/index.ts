// Runs a tape: the list of kernel calls that plan.ts wrote into memory. Every thread runs the whole tape and does its
// share of each call: rows by sample shards, elements by ranges; small sums are done by every thread alike.
// Opcodes and argument orders are those of ../tape.ts, the control words those of ../memory.ts.

import {
  adam, addSquares, binary, clip, copyRows, fill, reduceShards, repeat, rootOfLanes, rowSum, rowwise, seedDelta, sumDown,
  sumInLanes, sumOfRows, track, unary,
} from './arithmetic';
import { matmul, packBackward, packForward, weightGradient } from './matmul';
import { normalize, normalizeInput, normalizeParameters } from './normalize';

const SHARDS: i32 = 8;

// Control words, each on a cache line of its own (../memory.ts).
const GENERATION: usize = 64, ARRIVED: usize = 128, TAPE: usize = 192, ABORTED: usize = 256;

/** Barriers passed so far by this thread, over all runs. */
let phase: i32 = 0;

/** Looks at a word so often before sleeping; a look takes some nanoseconds. */
const SPINS: i32 = 20000;
/** One sleep, in nanoseconds: nobody wakes a sleeper at a barrier, so that no wake-up can be lost. */
const NAP: i64 = 50_000;
/** Naps before a thread that does not come is given up: ten seconds at least. */
const NAPS: i32 = 200_000;

/** Waits until all threads are here; false where one did not come. */
function barrier(threads: i32): bool {
  if (threads == 1) return true;
  phase += threads;
  atomic.add<i32>(ARRIVED, 1);
  for (let spin = 0; spin < SPINS; spin++) if (atomic.load<i32>(ARRIVED) - phase >= 0) return true;
  for (let nap = 0; nap < NAPS; nap++) {
    const seen = atomic.load<i32>(ARRIVED);
    if (seen - phase >= 0) return true;
    if (atomic.load<i32>(ABORTED)) return false;
    atomic.wait<i32>(ARRIVED, seen, NAP);
  }
  atomic.store<i32>(ABORTED, 1);
  return false;
}

/** Waits for a generation other than the last one; -1 where the engine ends. */
export function awaitWork(last: i32): i32 {
  for (let spin = 0; spin < SPINS; spin++) if (atomic.load<i32>(GENERATION) != last) return atomic.load<i32>(GENERATION);
  while (atomic.load<i32>(GENERATION) == last) {
    if (atomic.load<i32>(ABORTED)) return -1;
    atomic.wait<i32>(GENERATION, last, 2_000_000);
  }
  return atomic.load<i32>(GENERATION);
}

/** The main thread's call: lets the workers go and does its own share. 1 where a worker did not come. */
export function start(tape: usize, threads: i32): i32 {
  if (threads > 1) {
    atomic.store<i32>(TAPE, <i32>tape);
    atomic.add<i32>(GENERATION, 1);
    atomic.notify(GENERATION, threads - 1);
  }
  return run(tape, 0, threads);
}

/** A worker's call for one generation. */
export function join(thread: i32, threads: i32): i32 {
  return run(<usize>atomic.load<i32>(TAPE), thread, threads);
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

/** First element of a thread's range of n, a multiple of 4. */
function rangeStart(n: i32, thread: i32, threads: i32): i32 {
  return thread == threads ? n : (<i32>(<i64>n * thread / threads)) & ~3;
}

function run(tape: usize, thread: i32, threads: i32): i32 {
  const batch = arg(tape, 0);
  const firstShard = thread * SHARDS / threads, endShard = (thread + 1) * SHARDS / threads;
  const first = shardStart(firstShard, batch), end = shardStart(endShard, batch);
  let at = tape + 4;
  for (;;) {
    const op = arg(at, 0);
    const words = arg(at, 1);
    const a = at + 8;
    at = a + <usize>words * 4;
    switch (op) {
      case 0:
        return barrier(threads) ? 0 : 1;
      case 1:
        if (!barrier(threads)) return 1;
        break;
      case 2: { // packForward, and 3 packBackward: w ldw outputs k out perThread
        packForward(arg(a, 0), arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4) + thread * arg(a, 5));
        break;
      }
      case 3: {
        packBackward(arg(a, 0), arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4) + thread * arg(a, 5));
        break;
      }
      case 4: {
        // matmul: n a lda k b perThread columns c ldc init ldi shared finish bias biasPerThread ldb y ldy activation slope
        const n = arg(a, 0);
        matmul(
          first * n, end * n, n,
          arg(a, 1), arg(a, 2), arg(a, 3),
          arg(a, 4) + thread * arg(a, 5), arg(a, 6),
          arg(a, 7), arg(a, 8), arg(a, 9), arg(a, 10), arg(a, 11) != 0,
          arg(a, 12), arg(a, 13) + thread * arg(a, 14), arg(a, 15), arg(a, 16), arg(a, 17),
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
          rows * thread / threads, rows * (thread + 1) / threads, arg(a, 1), SHARDS,
          arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6), arg(a, 7),
        );
        break;
      }
      case 9: { // biasOfIds: rows bias w ldw out perThread outputs ldo, then the id of each row
        const rows = arg(a, 0), outputs = arg(a, 6);
        const bias: usize = arg(a, 1), w: usize = arg(a, 2), ldw = arg(a, 3), ldo = arg(a, 7);
        const out: usize = arg(a, 4) + thread * arg(a, 5);
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
        unary(arg(a, 2), real(a, 3), low(a, thread, threads, first), high(a, thread, threads, end), arg(a, 4), arg(a, 5));
        break;
      }
      case 19: { // clip: split count low high x out
        clip(
          real(a, 2), real(a, 3), low(a, thread, threads, first), high(a, thread, threads, end), arg(a, 4), arg(a, 5),
        );
        break;
      }
      case 13: { // binary: split count operation x strideX y strideY out
        binary(
          arg(a, 2), low(a, thread, threads, first), high(a, thread, threads, end),
          arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6), arg(a, 7),
        );
        break;
      }
      case 14: { // fill: split count x out
        fill(low(a, thread, threads, first), high(a, thread, threads, end), arg(a, 2), arg(a, 3));
        break;
      }
      case 15: { // sum: n x out
        sumInLanes(arg(a, 0), arg(a, 1), arg(a, 2));
        break;
      }
      case 16: { // norm: out lanes perThread blocks, then (x, n) for each
        const lanes: usize = arg(a, 1) + thread * arg(a, 2);
        memory.fill(lanes, 0, 32);
        for (let i = 0; i < arg(a, 3); i++) addSquares(arg(a, 4 + 2 * i), arg(a, 5 + 2 * i), lanes);
        rootOfLanes(lanes, arg(a, 0));
        break;
      }
      case 17: { // adam: n p m v g stepSize correction beta1 rest1 beta2 rest2 epsilon decay
        const n = arg(a, 0);
        adam(
          rangeStart(n, thread, threads), rangeStart(n, thread + 1, threads),
          arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6),
          real(a, 7), real(a, 8), real(a, 9), real(a, 10), real(a, 11), real(a, 12),
        );
        break;
      }
      case 18: { // track: n target online tau
        const n = arg(a, 0);
        track(rangeStart(n, thread, threads), rangeStart(n, thread + 1, threads), arg(a, 1), arg(a, 2), arg(a, 3));
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
        return 2;
    }
  }
  return 2;
}

// How an element-wise call is split: 0 every thread does all `count` elements; 1 by samples, `count` elements each;
// 2 by ranges of `count` elements.

function low(a: usize, thread: i32, threads: i32, firstSample: i32): i32 {
  const split = arg(a, 0), count = arg(a, 1);
  return split == 0 ? 0 : split == 1 ? firstSample * count : rangeStart(count, thread, threads);
}

function high(a: usize, thread: i32, threads: i32, endSample: i32): i32 {
  const split = arg(a, 0), count = arg(a, 1);
  return split == 0 ? count : split == 1 ? endSample * count : rangeStart(count, thread + 1, threads);
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
