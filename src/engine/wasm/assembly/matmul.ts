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

@inline
function leaky(x: v128, slopes: v128): v128 {
  return v128.bitselect(x, f32x4.mul(x, slopes), f32x4.gt(x, f32x4.splat(0)));
}

@inline
function chainLeaky(y: v128, gradient: v128, slopes: v128): v128 {
  return v128.bitselect(gradient, f32x4.mul(gradient, slopes), f32x4.gt(y, f32x4.splat(0)));
}

/**
 * C[r, 0 .. columns) = finish(start + sum over k of A[r, k] B[k, .]) for rows first .. end-1, n rows per sample.
 * start: row r of `init`, or row floor(r / n) if `shared`; zero if init is 0. Strides are in bytes.
 * finish: `activate` adds `bias`, or its row r mod n if ldb is not 0; `chain` reads row r of `y`.
 * leaky_relu is finished in registers; other activations take a second pass over the block of rows (finishRows).
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
  const inRegisters = activation == ACTIVATION.leaky_relu;
  const activating = finish == FINISH.activate && inRegisters;
  const chaining = finish == FINISH.chain && inRegisters;
  for (let block = first; block < end; block += ROW_BLOCK) {
    const blockEnd = min(block + ROW_BLOCK, end);
    const blockSample = block / n, blockRow = block % n;
    for (let p = 0; p < panels; p++) {
      const column = <usize>p * 32;
      const panel = b + <usize>p * panelBytes;
      const panelEnd = panel + panelBytes;
      // Sample and row within it are counted: a division would cost more than the tile itself.
      let sample = blockSample, row = blockRow;
      let r = block;
      for (; r + 4 <= blockEnd; r += 4) {
        let i0: usize = 0, i1: usize = 0, i2: usize = 0, i3: usize = 0;
        let t0 = bias + column, t1 = t0, t2 = t0, t3 = t0;
        if (shared || ldb) {
          const s0 = sample, m0 = row;
          row += 1; if (row == n) { row = 0; sample += 1; }
          const s1 = sample, m1 = row;
          row += 1; if (row == n) { row = 0; sample += 1; }
          const s2 = sample, m2 = row;
          row += 1; if (row == n) { row = 0; sample += 1; }
          const s3 = sample, m3 = row;
          row += 1; if (row == n) { row = 0; sample += 1; }
          i0 = s0; i1 = s1; i2 = s2; i3 = s3;
          t0 += <usize>m0 * ldb; t1 += <usize>m1 * ldb; t2 += <usize>m2 * ldb; t3 += <usize>m3 * ldb;
        }
        let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
        if (init) {
          if (!shared) { i0 = r; i1 = r + 1; i2 = r + 2; i3 = r + 3; }
          const start = init + column;
          i0 = start + i0 * ldi; i1 = start + i1 * ldi; i2 = start + i2 * ldi; i3 = start + i3 * ldi;
          c00 = v128.load(i0); c01 = v128.load(i0, 16);
          c10 = v128.load(i1); c11 = v128.load(i1, 16);
          c20 = v128.load(i2); c21 = v128.load(i2, 16);
          c30 = v128.load(i3); c31 = v128.load(i3, 16);
        }
        let a0 = a + <usize>r * lda, a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
        let at = panel;
        while (at < panelEnd) {
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
          const zero = f32x4.splat(0), row = a + <usize>r * lda;
          c00 = exactly(init ? v128.load(i0) : zero, row, 4, panel, 32, k);
          c01 = exactly(init ? v128.load(i0, 16) : zero, row, 4, panel + 16, 32, k);
          c10 = exactly(init ? v128.load(i1) : zero, row + lda, 4, panel, 32, k);
          c11 = exactly(init ? v128.load(i1, 16) : zero, row + lda, 4, panel + 16, 32, k);
          c20 = exactly(init ? v128.load(i2) : zero, row + lda * 2, 4, panel, 32, k);
          c21 = exactly(init ? v128.load(i2, 16) : zero, row + lda * 2, 4, panel + 16, 32, k);
          c30 = exactly(init ? v128.load(i3) : zero, row + lda * 3, 4, panel, 32, k);
          c31 = exactly(init ? v128.load(i3, 16) : zero, row + lda * 3, 4, panel + 16, 32, k);
        }
        if (activating) {
          c00 = leaky(f32x4.add(c00, v128.load(t0)), slopes);
          c01 = leaky(f32x4.add(c01, v128.load(t0, 16)), slopes);
          c10 = leaky(f32x4.add(c10, v128.load(t1)), slopes);
          c11 = leaky(f32x4.add(c11, v128.load(t1, 16)), slopes);
          c20 = leaky(f32x4.add(c20, v128.load(t2)), slopes);
          c21 = leaky(f32x4.add(c21, v128.load(t2, 16)), slopes);
          c30 = leaky(f32x4.add(c30, v128.load(t3)), slopes);
          c31 = leaky(f32x4.add(c31, v128.load(t3, 16)), slopes);
        } else if (chaining) {
          const y0 = y + <usize>r * ldy + column, y1 = y0 + ldy, y2 = y1 + ldy, y3 = y2 + ldy;
          c00 = chainLeaky(v128.load(y0), c00, slopes);
          c01 = chainLeaky(v128.load(y0, 16), c01, slopes);
          c10 = chainLeaky(v128.load(y1), c10, slopes);
          c11 = chainLeaky(v128.load(y1, 16), c11, slopes);
          c20 = chainLeaky(v128.load(y2), c20, slopes);
          c21 = chainLeaky(v128.load(y2, 16), c21, slopes);
          c30 = chainLeaky(v128.load(y3), c30, slopes);
          c31 = chainLeaky(v128.load(y3, 16), c31, slopes);
        }
        const o0 = c + <usize>r * ldc + column, o1 = o0 + ldc, o2 = o1 + ldc, o3 = o2 + ldc;
        v128.store(o0, c00); v128.store(o0, c01, 16);
        v128.store(o1, c10); v128.store(o1, c11, 16);
        v128.store(o2, c20); v128.store(o2, c21, 16);
        v128.store(o3, c30); v128.store(o3, c31, 16);
      }
      for (; r < blockEnd; r++) {
        let start0 = f32x4.splat(0), start1 = start0;
        if (init) {
          const i0 = init + <usize>(shared ? r / n : r) * ldi + column;
          start0 = v128.load(i0); start1 = v128.load(i0, 16);
        }
        let c0 = start0, c1 = start1;
        let a0 = a + <usize>r * lda;
        let at = panel;
        while (at < panelEnd) {
          const s0 = v128.load32_splat(a0);
          c0 = multiplyAdd(c0, s0, v128.load(at));
          c1 = multiplyAdd(c1, s0, v128.load(at, 16));
          a0 += 4;
          at += 32;
        }
        if (doubted()) {
          c0 = exactly(start0, a + <usize>r * lda, 4, panel, 32, k);
          c1 = exactly(start1, a + <usize>r * lda, 4, panel + 16, 32, k);
        }
        if (activating) {
          const t0 = bias + <usize>(r % n) * ldb + column;
          c0 = leaky(f32x4.add(c0, v128.load(t0)), slopes);
          c1 = leaky(f32x4.add(c1, v128.load(t0, 16)), slopes);
        } else if (chaining) {
          const y0 = y + <usize>r * ldy + column;
          c0 = chainLeaky(v128.load(y0), c0, slopes);
          c1 = chainLeaky(v128.load(y0, 16), c1, slopes);
        }
        const o0 = c + <usize>r * ldc + column;
        v128.store(o0, c0); v128.store(o0, c1, 16);
      }
    }
    if (finish != FINISH.store && !inRegisters)
      finishRows(block, blockEnd, n, panels * 2, c, ldc, finish, bias, ldb, y, ldy, activation, slope);
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

/** Applies `finish` in place, if it was not done in registers. */
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
