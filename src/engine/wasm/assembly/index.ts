// Executes a tape: the kernel calls that program.ts wrote to memory. Barriers cut the tape into sections, and the
// work of a section is divided into shares: rows by sample shards, elements by ranges; small sums are repeated in
// every share. Free threads claim shares dynamically, so a thread that wakes up late or is preempted delays only the
// share it holds. Results depend on the shares, not on which thread computes them. Builds without the feature `threads`
// (asconfig.json) run every section alone, without atomics.

import { ABORTED, ASLEEP, CLAIM, FINISHED, NEXT, SECTION, SHARES, TAPE } from '../codes/control-words';
import * as OP from '../codes/opcodes';
import * as SPLIT from '../codes/split';
import {
  adam, addSquares, binary, clip, copyRows, fill, reduceShards, repeat, rootOfLanes, rowSum, rowwise, seedDelta, sumDown,
  sumInLanes, sumOfRows, softUpdate, unary,
} from './arithmetic';
import { matmul, packBackward, packForward, weightGradient } from './matmul';
import { multiplyAdd } from './multiply-add';
import { normalize, normalizeInput, normalizeParameters } from './normalize';
import { gru, gruBackward, lstm, lstmBackward } from './recurrent';

export { once as multiplyAdd } from './multiply-add';

/** As in ../../sums.ts. */
const SHARDS: i32 = 8;

/** The bits of CLAIM that count shares; the bits above count sections. */
const SHARE_MASK: i32 = 15;

/** Spin iterations before sleeping (a few ns each). */
const SPINS: i32 = 20000;
/** The main thread's sleep between polls of FINISHED, in ns. It is never notified, so no wake-up can be lost. */
const NAP: i64 = 50_000;
const NAP_MS: f64 = 0.05;
/**
 * A thread may keep the others waiting for 10 s plus twenty times what the run has taken so far before it is declared
 * dead: large networks and starved processors slow down the calling thread's own shares too.
 */
const PATIENCE_MS: f64 = 10_000;
const PATIENCE: f64 = 20;
/** A worker's sleep in ns, unless notified. */
const REST: i64 = 2_000_000;

/** The host's clock, in milliseconds. For patience only: no result depends on it. */
@external("env", "now")
declare function now(): f64;

/** Total shares opened over all runs: the value of FINISHED once the section is done. */
let opened: i32 = 0;

/** Claims and runs the next share of the open section; false if none is left. */
function help(claim: i32): bool {
  const share = claim & SHARE_MASK;
  const shares = atomic.load<i32>(SHARES);
  if (share >= shares) return false;
  // Consistent as long as CLAIM is unchanged: the main thread closes a section before it sets up the next.
  const tape = <usize>atomic.load<i32>(TAPE), section = <usize>atomic.load<i32>(SECTION);
  if (atomic.cmpxchg<i32>(CLAIM, claim, claim + 1) != claim) return true; // another thread was faster
  atomic.store<i32>(NEXT, <i32>run(tape, section, share, shares));
  atomic.add<i32>(FINISHED, 1);
  return true;
}

/** Waits until all opened shares are finished; false if a thread is dead. `began`: when the run did. */
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

/** Entry point of the main thread: runs a tape with the help of awake workers. 0, or 1 if a worker is dead. */
export function start(tape: usize, shares: i32): i32 {
  if (ASC_FEATURE_THREADS) {
    if (shares > 1) return startShared(tape, shares);
  }
  let section = tape + 4;
  while (section) section = run(tape, section, 0, 1);
  return 0;
}

function startShared(tape: usize, shares: i32): i32 {
  let section = tape + 4;
  const began = now();
  while (section) {
    const closed = atomic.load<i32>(CLAIM) | SHARE_MASK; // no section has that many shares
    atomic.store<i32>(CLAIM, closed);
    atomic.store<i32>(TAPE, <i32>tape);
    atomic.store<i32>(SECTION, <i32>section);
    atomic.store<i32>(SHARES, shares);
    opened += shares;
    atomic.store<i32>(CLAIM, closed + 1); // opens the next section with no share claimed
    if (atomic.load<i32>(ASLEEP)) atomic.notify(CLAIM, shares);
    while (help(atomic.load<i32>(CLAIM))) continue;
    if (!awaitShares(began)) return 1;
    section = <usize>atomic.load<i32>(NEXT);
  }
  return 0;
}

/** Entry point of a worker: runs shares until ABORTED is set. Builds for one thread have no workers. */
export function work(): void {
  if (ASC_FEATURE_THREADS) serve();
}

function serve(): void {
  for (;;) {
    let claim = atomic.load<i32>(CLAIM);
    if (help(claim)) continue;
    let spin = 0;
    while (spin < SPINS && atomic.load<i32>(CLAIM) == claim) spin++;
    if (spin < SPINS) continue;
    if (atomic.load<i32>(ABORTED)) return;
    // ASLEEP is raised before wait() checks CLAIM, so a section opened in between is either seen or notified.
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

/** Start of a share's range of n elements, a multiple of 4. */
function rangeStart(n: i32, share: i32, shares: i32): i32 {
  return share == shares ? n : (<i32>(<i64>n * share / shares)) & ~3;
}

/** Runs one share of a section. Returns the address of the next section, or 0 at the end of the tape. */
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
      case OP.end:
        return 0;
      case OP.barrier:
        return at;
      case OP.packForward: {
        packForward(arg(a, 0), arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4) + share * arg(a, 5));
        break;
      }
      case OP.packBackward: {
        packBackward(arg(a, 0), arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4) + share * arg(a, 5));
        break;
      }
      case OP.matmul: {
        const n = arg(a, 0);
        matmul(
          first * n, end * n, arg(a, 20),
          arg(a, 1), arg(a, 2), arg(a, 3),
          arg(a, 4) + share * arg(a, 5), arg(a, 6),
          arg(a, 7), arg(a, 8), arg(a, 9), arg(a, 10), arg(a, 11) != 0,
          arg(a, 12), arg(a, 13) + share * arg(a, 14), arg(a, 15), arg(a, 16), arg(a, 17),
          arg(a, 18), real(a, 19),
        );
        break;
      }
      case OP.weightGradient: {
        const n = arg(a, 0);
        for (let s = firstShard; s < endShard; s++)
          weightGradient(
            shardStart(s, batch) * n, shardStart(s + 1, batch) * n,
            arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6),
            arg(a, 7) + s * arg(a, 8), arg(a, 9),
          );
        break;
      }
      case OP.sumDown: {
        const n = arg(a, 0);
        for (let s = firstShard; s < endShard; s++)
          sumDown(
            shardStart(s, batch) * n + arg(a, 1), shardStart(s + 1, batch) * n, arg(a, 2),
            arg(a, 3), arg(a, 4), arg(a, 5) + s * arg(a, 6), arg(a, 7),
          );
        break;
      }
      case OP.sumOfRows: {
        const slots = arg(a, 1);
        sumOfRows(first * slots, end * slots, arg(a, 0), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5));
        break;
      }
      case OP.reduceShards: {
        const rows = arg(a, 0);
        reduceShards(
          rows * share / shares, rows * (share + 1) / shares, arg(a, 1), SHARDS,
          arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6),
        );
        break;
      }
      case OP.biasOfIds: {
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
      case OP.copyRows: {
        copyRows(first, end, arg(a, 0), arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6), arg(a, 7));
        break;
      }
      case OP.seedDelta: {
        const n = arg(a, 0);
        seedDelta(first * n, end * n, arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6), real(a, 7));
        break;
      }
      case OP.unary: {
        unary(arg(a, 2), real(a, 3), low(a, share, shares, first), high(a, share, shares, end), arg(a, 4), arg(a, 5));
        break;
      }
      case OP.clip: {
        clip(
          real(a, 2), real(a, 3), low(a, share, shares, first), high(a, share, shares, end), arg(a, 4), arg(a, 5),
        );
        break;
      }
      case OP.binary: {
        binary(
          arg(a, 2), low(a, share, shares, first), high(a, share, shares, end),
          arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6), arg(a, 7),
        );
        break;
      }
      case OP.fill: {
        fill(low(a, share, shares, first), high(a, share, shares, end), arg(a, 2), arg(a, 3));
        break;
      }
      case OP.sum: {
        sumInLanes(arg(a, 0), arg(a, 1), arg(a, 2));
        break;
      }
      case OP.norm: {
        const lanes: usize = arg(a, 1) + share * arg(a, 2);
        memory.fill(lanes, 0, 32);
        for (let i = 0; i < arg(a, 3); i++) addSquares(arg(a, 4 + 2 * i), arg(a, 5 + 2 * i), lanes);
        rootOfLanes(lanes, arg(a, 0));
        break;
      }
      case OP.adam: {
        const n = arg(a, 0);
        adam(
          rangeStart(n, share, shares), rangeStart(n, share + 1, shares),
          arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6),
          real(a, 7), real(a, 8), real(a, 9), real(a, 10), real(a, 11),
        );
        break;
      }
      case OP.softUpdate: {
        const n = arg(a, 0);
        softUpdate(rangeStart(n, share, shares), rangeStart(n, share + 1, shares), arg(a, 1), arg(a, 2), arg(a, 3));
        break;
      }
      case OP.rowwise: {
        const n = arg(a, 0);
        rowwise(first * n, end * n, arg(a, 1), arg(a, 2) != 0, arg(a, 3), arg(a, 4));
        break;
      }
      case OP.rowSum: {
        const n = arg(a, 0);
        rowSum(first * n, end * n, arg(a, 1), arg(a, 2), arg(a, 3));
        break;
      }
      case OP.repeat: {
        const n = arg(a, 0);
        repeat(first * n, end * n, arg(a, 1), arg(a, 2), arg(a, 3));
        break;
      }
      case OP.normalize: {
        const n = arg(a, 0);
        normalize(first * n, end * n, arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6), real(a, 7));
        break;
      }
      case OP.normalizeInput: {
        const n = arg(a, 0);
        normalizeInput(first * n, end * n, arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6));
        break;
      }
      case OP.normalizeParameters: {
        const n = arg(a, 0);
        for (let s = firstShard; s < endShard; s++)
          normalizeParameters(
            shardStart(s, batch) * n, shardStart(s + 1, batch) * n,
            arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5) + s * arg(a, 6), arg(a, 7),
          );
        break;
      }
      case OP.gru: {
        gru(
          first, end, arg(a, 0), arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5) + share * arg(a, 6),
          arg(a, 7), arg(a, 8), arg(a, 9), arg(a, 10), arg(a, 11), arg(a, 12), arg(a, 13), arg(a, 14),
        );
        break;
      }
      case OP.gruBackward: {
        gruBackward(
          first, end, arg(a, 0), arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6),
          arg(a, 7) + share * arg(a, 8), arg(a, 9), arg(a, 10), arg(a, 11), arg(a, 12), arg(a, 13),
        );
        break;
      }
      case OP.lstm: {
        lstm(
          first, end, arg(a, 0), arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5) + share * arg(a, 6),
          arg(a, 7), arg(a, 8), arg(a, 9), arg(a, 10), arg(a, 11), arg(a, 12), arg(a, 13), arg(a, 14),
          arg(a, 15), arg(a, 16), arg(a, 17), arg(a, 18),
        );
        break;
      }
      case OP.lstmBackward: {
        lstmBackward(
          first, end, arg(a, 0), arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5), arg(a, 6),
          arg(a, 7) + share * arg(a, 8), arg(a, 9), arg(a, 10), arg(a, 11), arg(a, 12), arg(a, 13), arg(a, 14), arg(a, 15),
        );
        break;
      }
      default:
        unreachable();
    }
  }
  return 0;
}

/** First element of a share of an element-wise call; see ../codes/split. */
function low(a: usize, share: i32, shares: i32, firstSample: i32): i32 {
  const split = arg(a, 0), count = arg(a, 1);
  return split == SPLIT.all ? 0 : split == SPLIT.samples ? firstSample * count : rangeStart(count, share, shares);
}

/** One past its last element. */
function high(a: usize, share: i32, shares: i32, endSample: i32): i32 {
  const split = arg(a, 0), count = arg(a, 1);
  return split == SPLIT.all ? count : split == SPLIT.samples ? endSample * count : rangeStart(count, share + 1, shares);
}

/**
 * Twelve independent 4-wide multiply-adds per round, to measure the peak rate. The result depends on all of them, so
 * that none is optimised away.
 */
export function peak(rounds: i32): f32 {
  const x = f32x4.splat(0.999), y = f32x4.splat(1e-3);
  let a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
  for (let n = 0; n < rounds; n++) {
    a = multiplyAdd(y, a, x); b = multiplyAdd(y, b, x); c = multiplyAdd(y, c, x); d = multiplyAdd(y, d, x);
    e = multiplyAdd(y, e, x); f = multiplyAdd(y, f, x); g = multiplyAdd(y, g, x); h = multiplyAdd(y, h, x);
    i = multiplyAdd(y, i, x); j = multiplyAdd(y, j, x); k = multiplyAdd(y, k, x); l = multiplyAdd(y, l, x);
  }
  const ab = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  const ef = f32x4.add(f32x4.add(e, f), f32x4.add(g, h));
  const ij = f32x4.add(f32x4.add(i, j), f32x4.add(k, l));
  return f32x4.extract_lane(f32x4.add(ab, f32x4.add(ef, ij)), 0);
}
