// Recurrent layers and their backward passes (RecurrentNode and RecurrentGradientNode in ../../graph.ts), slot by slot for the
// samples of a share. The inputs' products of all slots are there already; only the products with the state wait for the slot
// before.
//
// Two kinds of arrays. Of all slots: row (s slots + t) n + i, padded; `out`, `upstream` and `cells` are dense. Of one slot, and
// written anew in each: row s n + i. Rows are read four numbers at a time, possibly past their end.

import * as ACTIVATION from '../codes/activations';
import * as FINISH from '../codes/finish';
import { sigmoid4, tanh4 } from './activation';
import { matmul } from './matmul';
import { storeFirst } from './partial';

@inline
function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/** y (1 - y): the derivative of the logistic function, from its output. */
@inline
function ofSigmoid(y: v128): v128 {
  return f32x4.mul(y, f32x4.sub(splat(1), y));
}

/** 1 - y y, the derivative of tanh. */
@inline
function ofTanh(y: v128): v128 {
  return f32x4.sub(splat(1), f32x4.mul(y, y));
}

/** C = (C if `continuing`, else 0) + A B for rows first .. end-1, without bias and activation. */
function product(
  first: i32, end: i32, a: usize, lda: usize, k: i32, b: usize, columns: i32, c: usize, ldc: usize, continuing: bool,
): void {
  matmul(
    first, end, 1, a, lda, k, b, columns, c, ldc, continuing ? c : 0, ldc, false,
    FINISH.store, 0, 0, 0, 0, ACTIVATION.none, 0,
  );
}

/**
 * Forward pass of a GRU. `gates` holds W_ih x and gets r, z, n and v_n; `before` gets the state before each slot; h is the
 * state, in and out. `w`: W_hh in panels. a and v: the biases.
 */
export function gru(
  first: i32, end: i32, n: i32, slots: i32, width: i32,
  gates: usize, ldg: usize, w: usize, v: usize, ldv: usize, biasA: usize, biasV: usize,
  h: usize, before: usize, ldh: usize, out: usize,
): void {
  const z = <usize>width * 4, candidate = z * 2, kept = z * 3;
  for (let t = 0; t < slots; t++) {
    product(first * n, end * n, h, ldh, width, w, 3 * width, v, ldv, false);
    for (let s = first; s < end; s++)
      for (let i = 0; i < n; i++) {
        const row = (s * slots + t) * n + i, own = s * n + i;
        let g = gates + <usize>row * ldg, from = v + <usize>own * ldv, state = h + <usize>own * ldh;
        let past = before + <usize>row * ldh, to = out + <usize>(row * width) * 4;
        sigmoids(g, biasA, from, biasV, 2 * width);
        let a = biasA + candidate, b = biasV + candidate;
        for (let left = width; left > 0; left -= 4) {
          const an = f32x4.add(v128.load(g + candidate), v128.load(a));
          const vn = f32x4.add(v128.load(from + candidate), v128.load(b));
          const hp = v128.load(state), zz = v128.load(g + z);
          const c = tanh4(f32x4.add(an, f32x4.mul(v128.load(g), vn)));
          const next = f32x4.add(f32x4.mul(f32x4.sub(splat(1), zz), c), f32x4.mul(zz, hp));
          storeFirst(g + candidate, c, left);
          storeFirst(g + kept, vn, left);
          storeFirst(past, hp, left);
          storeFirst(state, next, left);
          storeFirst(to, next, left);
          g += 16; from += 16; state += 16; past += 16; to += 16; a += 16; b += 16;
        }
      }
  }
}

/**
 * `count` gates of a row: the logistic function of what inputs and state add up to. A loop of its own, so that a processor can
 * overlap the long chains of operations of neighbouring gates.
 */
function sigmoids(g: usize, a: usize, from: usize, b: usize, count: i32): void {
  for (let left = count; left > 0; left -= 4) {
    storeFirst(g, sigmoid4(sumOf(g, a, from, b, 0)), left);
    g += 16; a += 16; from += 16; b += 16;
  }
}

/**
 * Backward pass of a GRU. `deltas` gets dr, dz, dn and dn r of all slots, dv those of the slot without dn; e is the gradient of
 * the state. `w`: W_hh in panels of the backward pass.
 */
export function gruBackward(
  first: i32, end: i32, n: i32, slots: i32, width: i32,
  upstream: usize, gates: usize, deltas: usize, ldg: usize, w: usize, dv: usize, ldv: usize,
  e: usize, before: usize, ldh: usize,
): void {
  const z = <usize>width * 4, candidate = z * 2, kept = z * 3;
  for (let t = slots - 1; t >= 0; t--) {
    const last = t == slots - 1;
    for (let s = first; s < end; s++)
      for (let i = 0; i < n; i++) {
        const row = (s * slots + t) * n + i, own = s * n + i;
        let u = upstream + <usize>(row * width) * 4, g = gates + <usize>row * ldg, to = deltas + <usize>row * ldg;
        let past = before + <usize>row * ldh, state = e + <usize>own * ldh, ofSlot = dv + <usize>own * ldv;
        for (let left = width; left > 0; left -= 4) {
          const d = f32x4.add(v128.load(u), last ? splat(0) : v128.load(state));
          const r = v128.load(g), zz = v128.load(g + z), c = v128.load(g + candidate), vn = v128.load(g + kept);
          const dn = f32x4.mul(f32x4.mul(d, f32x4.sub(splat(1), zz)), ofTanh(c));
          const dz = f32x4.mul(f32x4.mul(d, f32x4.sub(v128.load(past), c)), ofSigmoid(zz));
          const dr = f32x4.mul(f32x4.mul(dn, vn), ofSigmoid(r));
          const gated = f32x4.mul(dn, r);
          storeFirst(to, dr, left);
          storeFirst(to + z, dz, left);
          storeFirst(to + candidate, dn, left);
          storeFirst(to + kept, gated, left);
          storeFirst(ofSlot, dr, left);
          storeFirst(ofSlot + z, dz, left);
          storeFirst(ofSlot + candidate, gated, left);
          storeFirst(state, f32x4.mul(d, zz), left);
          u += 16; g += 16; to += 16; past += 16; state += 16; ofSlot += 16;
        }
      }
    if (t > 0) product(first * n, end * n, dv, ldv, 3 * width, w, width, e, ldh, true);
  }
}

/**
 * Forward pass of an LSTM. As gru(); `gates` gets i, f, g and o, `kept` c before the slot and tanh(c) after it, side by side;
 * c is the cell, in and out, and goes to `cells`, if that is not 0.
 */
export function lstm(
  first: i32, end: i32, n: i32, slots: i32, width: i32,
  gates: usize, ldg: usize, w: usize, v: usize, ldv: usize, biasA: usize, biasV: usize,
  h: usize, before: usize, ldh: usize, out: usize,
  c: usize, kept: usize, ldk: usize, cells: usize,
): void {
  const forget = <usize>width * 4, candidate = forget * 2, output = forget * 3;
  for (let t = 0; t < slots; t++) {
    product(first * n, end * n, h, ldh, width, w, 4 * width, v, ldv, false);
    for (let s = first; s < end; s++)
      for (let i = 0; i < n; i++) {
        const row = (s * slots + t) * n + i, own = s * n + i;
        let g = gates + <usize>row * ldg, from = v + <usize>own * ldv, state = h + <usize>own * ldh;
        let past = before + <usize>row * ldh, to = <usize>(row * width) * 4;
        let cell = c + <usize>own * ldh, keep = kept + <usize>row * ldk;
        sigmoids(g, biasA, from, biasV, 2 * width);
        sigmoids(g + output, biasA + output, from + output, biasV + output, width);
        let a = biasA, b = biasV;
        for (let left = width; left > 0; left -= 4) {
          const ig = v128.load(g), fg = v128.load(g + forget), og = v128.load(g + output);
          const gg = tanh4(sumOf(g, a, from, b, candidate));
          const cp = v128.load(cell);
          const next = f32x4.add(f32x4.mul(fg, cp), f32x4.mul(ig, gg));
          const q = tanh4(next), hn = f32x4.mul(og, q);
          storeFirst(g + candidate, gg, left);
          storeFirst(past, v128.load(state), left);
          storeFirst(state, hn, left);
          storeFirst(out + to, hn, left);
          storeFirst(keep, cp, left);
          storeFirst(keep + forget, q, left);
          storeFirst(cell, next, left);
          if (cells) storeFirst(cells + to, next, left);
          g += 16; from += 16; state += 16; past += 16; to += 16; cell += 16; keep += 16; a += 16; b += 16;
        }
      }
  }
}

/** What enters a gate: (sum + bias) of the input, plus the same of the state. */
@inline
function sumOf(g: usize, a: usize, from: usize, b: usize, gate: usize): v128 {
  const input = f32x4.add(v128.load(g + gate), v128.load(a + gate));
  return f32x4.add(input, f32x4.add(v128.load(from + gate), v128.load(b + gate)));
}

/** Backward pass of an LSTM. As gruBackward(), with di, df, dg and do in both arrays; k is the gradient of the cell. */
export function lstmBackward(
  first: i32, end: i32, n: i32, slots: i32, width: i32,
  upstream: usize, gates: usize, deltas: usize, ldg: usize, w: usize, dv: usize, ldv: usize,
  e: usize, k: usize, ldh: usize, kept: usize, ldk: usize,
): void {
  const forget = <usize>width * 4, candidate = forget * 2, output = forget * 3;
  for (let t = slots - 1; t >= 0; t--) {
    const last = t == slots - 1;
    for (let s = first; s < end; s++)
      for (let i = 0; i < n; i++) {
        const row = (s * slots + t) * n + i, own = s * n + i;
        let u = upstream + <usize>(row * width) * 4, g = gates + <usize>row * ldg, to = deltas + <usize>row * ldg;
        let state = e + <usize>own * ldh, cell = k + <usize>own * ldh, ofSlot = dv + <usize>own * ldv;
        let keep = kept + <usize>row * ldk;
        for (let left = width; left > 0; left -= 4) {
          const d = f32x4.add(v128.load(u), last ? splat(0) : v128.load(state));
          const ig = v128.load(g), fg = v128.load(g + forget), gg = v128.load(g + candidate), og = v128.load(g + output);
          const cp = v128.load(keep), q = v128.load(keep + forget);
          const through = f32x4.mul(f32x4.mul(d, og), ofTanh(q));
          const m = f32x4.add(last ? splat(0) : v128.load(cell), through);
          const di = f32x4.mul(f32x4.mul(m, gg), ofSigmoid(ig)), df = f32x4.mul(f32x4.mul(m, cp), ofSigmoid(fg));
          const dg = f32x4.mul(f32x4.mul(m, ig), ofTanh(gg)), dO = f32x4.mul(f32x4.mul(d, q), ofSigmoid(og));
          storeFirst(to, di, left); storeFirst(ofSlot, di, left);
          storeFirst(to + forget, df, left); storeFirst(ofSlot + forget, df, left);
          storeFirst(to + candidate, dg, left); storeFirst(ofSlot + candidate, dg, left);
          storeFirst(to + output, dO, left); storeFirst(ofSlot + output, dO, left);
          storeFirst(cell, f32x4.mul(m, fg), left);
          u += 16; g += 16; to += 16; state += 16; cell += 16; ofSlot += 16; keep += 16;
        }
      }
    if (t > 0) product(first * n, end * n, dv, ldv, 4 * width, w, width, e, ldh, false);
  }
}
