// Matrix products. Each output is accumulated over k in order by multiplyAdd, so tiling does not change the bits. Tiles are 4 rows x 8 columns: eight accumulators fit in registers. The loop over k is not
// unrolled, because the compiler would then hoist loads and spill registers. B is packed into panels: k-major rows of
// eight columns.

import * as ACTIVATION from '../codes/activations';
import * as BUILDS from '../codes/builds';
import * as FINISH from '../codes/finish';
import { activate, chain } from './activation';
import { doubted, exactly, multiplyAdd } from './multiply-add';

/** Rows that stay in the L1 cache while all panels pass over them. */
const ROW_BLOCK: i32 = 24;

/**
 * C[r, 0 .. columns) = finish(start + sum over k of A[r, k] B[k, .]) for rows first .. end-1, n rows per slot.
 * start: row r of `init`, or row floor(r / n) if `shared`; zero if init is 0. Strides are in bytes.
 * finish: `activate` adds `bias`, or its row r mod n if ldb is not 0; `chain` reads row r of `y`.
 * Rows are finished while they are in the L1 cache: leaky_relu panel by panel, other activations by blocks of rows.
 */
export function matmul(
  first: i32, end: i32, n: i32,
  a: usize, lda: usize, k: i32,
  b: usize, columns: i32,
  c: usize, ldc: usize,
  init: usize, ldi: usize, shared: bool,
  finish: i32, bias: usize, ldb: usize, y: usize, ldy: usize,
  activation: i32, slope: f32,
): void {
  if (columns == 1 && !init && BUILD != BUILDS.emulated) {
    singleColumn(first, end, a, lda, k, b, c, ldc);
    if (finish != FINISH.store) finishRows(first, end, n, 1, c, ldc, finish, bias, ldb, y, ldy, activation, slope);
    return;
  }
  const slopes = f32x4.splat(slope);
  const panels = (columns + 7) >> 3;
  const panelBytes = <usize>k * 32;
  const byPanel = activation == ACTIVATION.leaky_relu;
  for (let block = first; block < end; block += ROW_BLOCK) {
    const blockEnd = min(block + ROW_BLOCK, end);
    const rows = blockEnd - block;
    for (let p = 0; p < panels; p++) {
      const column = <usize>p * 32;
      const to = c + <usize>block * ldc + column;
      if (init) copyStart(block, rows, shared ? n : 1, init + column, ldi, to, ldc);
      multiply(rows, a + <usize>block * lda, lda, k, b + <usize>p * panelBytes, to, ldc, init != 0);
      if (!byPanel) continue;
      if (finish == FINISH.activate) leakyRows(block, rows, n, to, ldc, bias + column, ldb, slopes);
      else if (finish == FINISH.chain) chainRows(rows, to, ldc, y + <usize>block * ldy + column, ldy, slopes);
    }
    if (finish != FINISH.store && !byPanel)
      finishRows(block, blockEnd, n, panels * 2, c, ldc, finish, bias, ldb, y, ldy, activation, slope);
  }
}

/** Eight columns of C = their start: row floor(r / n) of `init`. */
function copyStart(first: i32, rows: i32, n: i32, init: usize, ldi: usize, c: usize, ldc: usize): void {
  let sample = first / n, row = first % n;
  for (let r = 0; r < rows; r++) {
    const from = init + <usize>sample * ldi;
    v128.store(c, v128.load(from)); v128.store(c, v128.load(from, 16), 16);
    c += ldc;
    row += 1; if (row == n) { row = 0; sample += 1; }
  }
}

/**
 * Eight columns of C: (C if `continuing`, else 0) + A B, tile by tile. The loops have a function of their own, because older
 * compilers (V8 before 13) move accumulators between registers in every step if there is more around them.
 */
function multiply(rows: i32, a: usize, lda: usize, k: i32, b: usize, c: usize, ldc: usize, continuing: bool): void {
  const end = b + <usize>k * 32;
  const zero = f32x4.splat(0);
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    const o0 = c + <usize>r * ldc, o1 = o0 + ldc, o2 = o1 + ldc, o3 = o2 + ldc;
    let c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
    if (continuing) {
      c00 = v128.load(o0); c01 = v128.load(o0, 16);
      c10 = v128.load(o1); c11 = v128.load(o1, 16);
      c20 = v128.load(o2); c21 = v128.load(o2, 16);
      c30 = v128.load(o3); c31 = v128.load(o3, 16);
    }
    const row = a + <usize>r * lda;
    let a0 = row, a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
    let at = b;
    while (at < end) {
      const b0 = v128.load(at), b1 = v128.load(at, 16);
      const s0 = v128.load32_splat(a0);
      c00 = multiplyAdd(c00, s0, b0);
      c01 = multiplyAdd(c01, s0, b1);
      const s1 = v128.load32_splat(a1);
      c10 = multiplyAdd(c10, s1, b0);
      c11 = multiplyAdd(c11, s1, b1);
      const s2 = v128.load32_splat(a2);
      c20 = multiplyAdd(c20, s2, b0);
      c21 = multiplyAdd(c21, s2, b1);
      const s3 = v128.load32_splat(a3);
      c30 = multiplyAdd(c30, s3, b0);
      c31 = multiplyAdd(c31, s3, b1);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4;
      at += 32;
    }
    if (doubted()) {
      c00 = exactly(continuing ? v128.load(o0) : zero, row, 4, b, 32, k);
      c01 = exactly(continuing ? v128.load(o0, 16) : zero, row, 4, b + 16, 32, k);
      c10 = exactly(continuing ? v128.load(o1) : zero, row + lda, 4, b, 32, k);
      c11 = exactly(continuing ? v128.load(o1, 16) : zero, row + lda, 4, b + 16, 32, k);
      c20 = exactly(continuing ? v128.load(o2) : zero, row + lda * 2, 4, b, 32, k);
      c21 = exactly(continuing ? v128.load(o2, 16) : zero, row + lda * 2, 4, b + 16, 32, k);
      c30 = exactly(continuing ? v128.load(o3) : zero, row + lda * 3, 4, b, 32, k);
      c31 = exactly(continuing ? v128.load(o3, 16) : zero, row + lda * 3, 4, b + 16, 32, k);
    }
    v128.store(o0, c00); v128.store(o0, c01, 16);
    v128.store(o1, c10); v128.store(o1, c11, 16);
    v128.store(o2, c20); v128.store(o2, c21, 16);
    v128.store(o3, c30); v128.store(o3, c31, 16);
  }
  for (; r < rows; r++) {
    const o0 = c + <usize>r * ldc, row = a + <usize>r * lda;
    let c0 = zero, c1 = zero;
    if (continuing) { c0 = v128.load(o0); c1 = v128.load(o0, 16); }
    let a0 = row;
    let at = b;
    while (at < end) {
      const s0 = v128.load32_splat(a0);
      c0 = multiplyAdd(c0, s0, v128.load(at));
      c1 = multiplyAdd(c1, s0, v128.load(at, 16));
      a0 += 4;
      at += 32;
    }
    if (doubted()) {
      c0 = exactly(continuing ? v128.load(o0) : zero, row, 4, b, 32, k);
      c1 = exactly(continuing ? v128.load(o0, 16) : zero, row, 4, b + 16, 32, k);
    }
    v128.store(o0, c0); v128.store(o0, c1, 16);
  }
}

@inline
function leaky(x: v128, slopes: v128): v128 {
  return v128.bitselect(x, f32x4.mul(x, slopes), f32x4.gt(x, f32x4.splat(0)));
}

/** Eight columns of C = leaky_relu(C + row r mod n of the bias); with ldb = 0 all rows are the same. */
function leakyRows(first: i32, rows: i32, n: i32, c: usize, ldc: usize, bias: usize, ldb: usize, slopes: v128): void {
  let row = first % n;
  for (let r = 0; r < rows; r++) {
    const from = bias + <usize>row * ldb;
    v128.store(c, leaky(f32x4.add(v128.load(c), v128.load(from)), slopes));
    v128.store(c, leaky(f32x4.add(v128.load(c, 16), v128.load(from, 16)), slopes), 16);
    c += ldc;
    row += 1; if (row == n) row = 0;
  }
}

/** Eight columns of C = C leaky_relu'(y). */
function chainRows(rows: i32, c: usize, ldc: usize, y: usize, ldy: usize, slopes: v128): void {
  const zero = f32x4.splat(0);
  for (let r = 0; r < rows; r++) {
    const g0 = v128.load(c), g1 = v128.load(c, 16);
    v128.store(c, v128.bitselect(g0, f32x4.mul(g0, slopes), f32x4.gt(v128.load(y), zero)));
    v128.store(c, v128.bitselect(g1, f32x4.mul(g1, slopes), f32x4.gt(v128.load(y, 16), zero)), 16);
    c += ldc;
    y += ldy;
  }
}

/**
 * A single output column, as in a critic's last layer: four rows per register, sixteen rows at a time. B is one
 * panel. The emulated build has no use for it: its panels go through tiles, which can be repeated.
 */
function singleColumn(first: i32, end: i32, a: usize, lda: usize, k: i32, b: usize, c: usize, ldc: usize): void {
  const whole = k & ~3;
  let r = first;
  for (; r + 16 <= end; r += 16) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    const a0 = a + <usize>r * lda, a1 = a0 + lda * 4, a2 = a1 + lda * 4, a3 = a2 + lda * 4;
    let i = 0;
    for (; i < whole; i += 4) {
      const column = <usize>i * 4, at = b + <usize>i * 32;
      const w0 = v128.load32_splat(at), w1 = v128.load32_splat(at, 32);
      const w2 = v128.load32_splat(at, 64), w3 = v128.load32_splat(at, 96);
      s0 = fourByFour(s0, a0 + column, lda, w0, w1, w2, w3);
      s1 = fourByFour(s1, a1 + column, lda, w0, w1, w2, w3);
      s2 = fourByFour(s2, a2 + column, lda, w0, w1, w2, w3);
      s3 = fourByFour(s3, a3 + column, lda, w0, w1, w2, w3);
    }
    for (; i < k; i++) {
      const column = <usize>i * 4;
      const w = v128.load32_splat(b + <usize>i * 32);
      s0 = multiplyAdd(s0, columnOf(a0 + column, lda), w);
      s1 = multiplyAdd(s1, columnOf(a1 + column, lda), w);
      s2 = multiplyAdd(s2, columnOf(a2 + column, lda), w);
      s3 = multiplyAdd(s3, columnOf(a3 + column, lda), w);
    }
    const o = c + <usize>r * ldc;
    scatter(s0, o, ldc); scatter(s1, o + ldc * 4, ldc); scatter(s2, o + ldc * 8, ldc); scatter(s3, o + ldc * 12, ldc);
  }
  for (; r < end; r++) {
    let sum = f32x4.splat(0);
    for (let i = 0; i < k; i++)
      sum = multiplyAdd(sum, v128.load32_splat(a + <usize>r * lda + <usize>i * 4), v128.load32_splat(b + <usize>i * 32));
    store<f32>(c + <usize>r * ldc, f32x4.extract_lane(sum, 0));
  }
}

/** sum + products of four columns of four rows with w0 .. w3, one column after the other. */
@inline
function fourByFour(sum: v128, a: usize, lda: usize, w0: v128, w1: v128, w2: v128, w3: v128): v128 {
  const r0 = v128.load(a), r1 = v128.load(a + lda), r2 = v128.load(a + lda * 2), r3 = v128.load(a + lda * 3);
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  let s = multiplyAdd(sum, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5), w0);
  s = multiplyAdd(s, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), w1);
  s = multiplyAdd(s, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), w2);
  return multiplyAdd(s, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), w3);
}

/** One element of each of four rows. */
@inline
function columnOf(a: usize, lda: usize): v128 {
  let v = v128.load32_splat(a);
  v = f32x4.replace_lane(v, 1, load<f32>(a + lda));
  v = f32x4.replace_lane(v, 2, load<f32>(a + lda * 2));
  return f32x4.replace_lane(v, 3, load<f32>(a + lda * 3));
}

@inline
function scatter(v: v128, o: usize, ldo: usize): void {
  store<f32>(o, f32x4.extract_lane(v, 0));
  store<f32>(o + ldo, f32x4.extract_lane(v, 1));
  store<f32>(o + ldo * 2, f32x4.extract_lane(v, 2));
  store<f32>(o + ldo * 3, f32x4.extract_lane(v, 3));
}

/** Applies `finish` to rows first .. end-1, in place. */
function finishRows(
  first: i32, end: i32, n: i32, vectors: i32, c: usize, ldc: usize,
  finish: i32, bias: usize, ldb: usize, y: usize, ldy: usize, activation: i32, slope: f32,
): void {
  const slopes = f32x4.splat(slope);
  for (let r = first; r < end; r++) {
    const to = c + <usize>r * ldc;
    const from = finish == FINISH.activate ? bias + <usize>(r % n) * ldb : y + <usize>r * ldy;
    for (let v = 0; v < vectors; v++) {
      const column = <usize>v * 16;
      const sum = v128.load(to + column), other = v128.load(from + column);
      const done = finish == FINISH.activate ? activate(activation, slopes, f32x4.add(sum, other)) : chain(activation, slopes, other, sum);
      v128.store(to + column, done);
    }
  }
}

/**
 * G[o, 0 .. 8 panels) = sum over rows first .. end-1, in order from +0, of D[r, o] X[r, .], for `outputs` rows of G.
 * Reads X up to 7 columns past its width; the results there are never used. Strides are in bytes.
 */
export function weightGradient(
  first: i32, end: i32,
  d: usize, ldd: usize, outputs: i32,
  x: usize, ldx: usize, panels: i32,
  g: usize, ldg: usize,
): void {
  for (let o = 0; o < outputs; o++) memory.fill(g + <usize>o * ldg, 0, <usize>panels * 32);
  for (let block = first; block < end; block += ROW_BLOCK) {
    const rows = min(ROW_BLOCK, end - block);
    const d0 = d + <usize>block * ldd;
    const dEnd = d0 + <usize>rows * ldd;
    const x0 = x + <usize>block * ldx;
    let o = 0;
    for (; o + 4 <= outputs; o += 4) {
      const g0 = g + <usize>o * ldg, g1 = g0 + ldg, g2 = g1 + ldg, g3 = g2 + ldg;
      for (let p = 0; p < panels; p++) {
        const column = <usize>p * 32;
        let c00 = v128.load(g0 + column), c01 = v128.load(g0 + column, 16);
        let c10 = v128.load(g1 + column), c11 = v128.load(g1 + column, 16);
        let c20 = v128.load(g2 + column), c21 = v128.load(g2 + column, 16);
        let c30 = v128.load(g3 + column), c31 = v128.load(g3 + column, 16);
        let dr = d0 + <usize>o * 4;
        const stop = dEnd + <usize>o * 4;
        let xr = x0 + column;
        while (dr < stop) {
          const b0 = v128.load(xr), b1 = v128.load(xr, 16);
          const s0 = v128.load32_splat(dr);
          c00 = multiplyAdd(c00, s0, b0);
          c01 = multiplyAdd(c01, s0, b1);
          const s1 = v128.load32_splat(dr, 4);
          c10 = multiplyAdd(c10, s1, b0);
          c11 = multiplyAdd(c11, s1, b1);
          const s2 = v128.load32_splat(dr, 8);
          c20 = multiplyAdd(c20, s2, b0);
          c21 = multiplyAdd(c21, s2, b1);
          const s3 = v128.load32_splat(dr, 12);
          c30 = multiplyAdd(c30, s3, b0);
          c31 = multiplyAdd(c31, s3, b1);
          dr += ldd;
          xr += ldx;
        }
        if (doubted()) {
          const column0 = d0 + <usize>o * 4, row0 = x0 + column;
          c00 = exactly(v128.load(g0 + column), column0, ldd, row0, ldx, rows);
          c01 = exactly(v128.load(g0 + column, 16), column0, ldd, row0 + 16, ldx, rows);
          c10 = exactly(v128.load(g1 + column), column0 + 4, ldd, row0, ldx, rows);
          c11 = exactly(v128.load(g1 + column, 16), column0 + 4, ldd, row0 + 16, ldx, rows);
          c20 = exactly(v128.load(g2 + column), column0 + 8, ldd, row0, ldx, rows);
          c21 = exactly(v128.load(g2 + column, 16), column0 + 8, ldd, row0 + 16, ldx, rows);
          c30 = exactly(v128.load(g3 + column), column0 + 12, ldd, row0, ldx, rows);
          c31 = exactly(v128.load(g3 + column, 16), column0 + 12, ldd, row0 + 16, ldx, rows);
        }
        v128.store(g0 + column, c00); v128.store(g0 + column, c01, 16);
        v128.store(g1 + column, c10); v128.store(g1 + column, c11, 16);
        v128.store(g2 + column, c20); v128.store(g2 + column, c21, 16);
        v128.store(g3 + column, c30); v128.store(g3 + column, c31, 16);
      }
    }
    for (; o < outputs; o++) {
      const g0 = g + <usize>o * ldg;
      for (let p = 0; p < panels; p++) {
        const column = <usize>p * 32;
        let c0 = v128.load(g0 + column), c1 = v128.load(g0 + column, 16);
        let dr = d0 + <usize>o * 4;
        const stop = dEnd + <usize>o * 4;
        let xr = x0 + column;
        while (dr < stop) {
          const s0 = v128.load32_splat(dr);
          c0 = multiplyAdd(c0, s0, v128.load(xr));
          c1 = multiplyAdd(c1, s0, v128.load(xr, 16));
          dr += ldd;
          xr += ldx;
        }
        if (doubted()) {
          c0 = exactly(v128.load(g0 + column), d0 + <usize>o * 4, ldd, x0 + column, ldx, rows);
          c1 = exactly(v128.load(g0 + column, 16), d0 + <usize>o * 4, ldd, x0 + column + 16, ldx, rows);
        }
        v128.store(g0 + column, c0); v128.store(g0 + column, c1, 16);
      }
    }
  }
}

/**
 * Panels of W^T for the forward pass: out[p][k][j] = W[8 p + j, k], zero beyond `outputs`; rows of W are ldw bytes
 * apart.
 */
export function packForward(w: usize, ldw: usize, outputs: i32, k: i32, out: usize): void {
  let o = 0;
  // Transposes 4 x 4 blocks in registers.
  for (; o + 4 <= outputs; o += 4) {
    let to = out + <usize>(o >> 3) * <usize>k * 32 + <usize>(o & 7) * 4;
    let w0 = w + <usize>o * ldw, w1 = w0 + ldw, w2 = w1 + ldw, w3 = w2 + ldw;
    let i = 0;
    for (; i + 4 <= k; i += 4) {
      const r0 = v128.load(w0), r1 = v128.load(w1), r2 = v128.load(w2), r3 = v128.load(w3);
      const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
      v128.store(to, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), 32);
      v128.store(to, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), 64);
      v128.store(to, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), 96);
      w0 += 16; w1 += 16; w2 += 16; w3 += 16;
      to += 128;
    }
    for (; i < k; i++) {
      store<f32>(to, load<f32>(w0)); store<f32>(to, load<f32>(w1), 4);
      store<f32>(to, load<f32>(w2), 8); store<f32>(to, load<f32>(w3), 12);
      w0 += 4; w1 += 4; w2 += 4; w3 += 4;
      to += 32;
    }
  }
  for (; o < outputs; o++) {
    let to = out + <usize>(o >> 3) * <usize>k * 32 + <usize>(o & 7) * 4;
    let from = w + <usize>o * ldw;
    for (let i = 0; i < k; i++) {
      store<f32>(to, load<f32>(from));
      from += 4;
      to += 32;
    }
  }
}

/** Panels of W for the backward pass: out[p][o][j] = W[o, 8 p + j], zero beyond `k` columns. */
export function packBackward(w: usize, ldw: usize, outputs: i32, k: i32, out: usize): void {
  for (let o = 0; o < outputs; o++) {
    const from = w + <usize>o * ldw;
    let i = 0;
    for (; i + 4 <= k; i += 4)
      v128.store(out + (<usize>(i >> 3) * <usize>outputs + <usize>o) * 32 + <usize>(i & 7) * 4, v128.load(from + <usize>i * 4));
    for (; i < k; i++)
      store<f32>(out + (<usize>(i >> 3) * <usize>outputs + <usize>o) * 32 + <usize>(i & 7) * 4, load<f32>(from + <usize>i * 4));
  }
}
