/**
 * Plans a recurrent node: its forward and backward pass as kernel calls. What the inputs give to the gates is one product for
 * all slots; the rest runs slot by slot in one call (assembly/recurrent.ts).
 */
import type { RecurrentLayer } from '../network-spec.ts';
import type { RecurrentOffsets } from './block-layout.ts';
import * as ACTIVATION from './codes/activations.ts';
import * as FINISH from './codes/finish.ts';
import * as OP from './codes/opcodes.ts';
import { rowGradient, weightGradient, type GradientPlace, type RowsOf } from './gradient-sums.ts';
import { padded, PANEL, rowStride } from './memory.ts';
import type { PlanContext } from './plan-context.ts';
import { bySamples } from './tape.ts';

/** Addresses of a node's arrays; 0 for cells that nobody reads. */
export interface RecurrentPlaces {
  /** The network's block. */
  readonly block: number;
  readonly x: number;
  readonly initial: readonly number[];
  readonly out: number;
  readonly cells: number;
}

export class RecurrentPlan {
  readonly #context: PlanContext;
  /** `<network> rnn<l>` */
  readonly #name: string;
  readonly #network: string;
  readonly #layer: RecurrentLayer;
  readonly #offsets: RecurrentOffsets;
  readonly #places: RecurrentPlaces;
  readonly #slots: number;
  readonly #perSlot: number;
  /** Of all slots, [B, slots, rows, .]: gates, the state before, and what else the backward pass of an LSTM needs. */
  readonly #gates: number;
  readonly #before: number;
  readonly #kept: number;
  /** Bytes between the rows of arrays of gates, of states, and of what is kept. */
  readonly #ldg: number;
  readonly #ldh: number;
  readonly #ldk: number;

  constructor(
    context: PlanContext,
    {
      network,
      index,
      layer,
    }: { readonly network: string; readonly index: number; readonly layer: RecurrentLayer },
    offsets: RecurrentOffsets,
    places: RecurrentPlaces,
    { slots, rows }: { readonly slots: number; readonly rows: number },
  ) {
    this.#context = context;
    this.#name = `${network} rnn${index}`;
    this.#network = network;
    this.#layer = layer;
    this.#offsets = offsets;
    this.#places = places;
    this.#slots = slots;
    this.#perSlot = rows;
    const { width, cell } = layer;
    this.#ldg = rowStride(4 * width) * 4;
    this.#ldh = rowStride(width) * 4;
    this.#ldk = rowStride(2 * width) * 4;
    const all = context.batchSize * slots * rows;
    this.#gates = context.arena.floats((all * this.#ldg) / 4);
    this.#before = context.arena.floats((all * this.#ldh) / 4);
    this.#kept = cell === 'LSTM' ? context.arena.floats((all * this.#ldk) / 4) : 0;
  }

  forward(): void {
    const { cell, inputs, width, gates } = this.#layer;
    const { inputWeight, inputStride, inputBias, stateWeight, stateStride, stateBias } = this.#offsets;
    const { block, x, out, cells } = this.#places;
    const fromInput = this.#pack(
      OP.packForward,
      'W_ih',
      inputWeight,
      inputStride,
      inputs,
      inputs * padded(gates, PANEL),
    );
    this.#product(x, inputs * 4, inputs, fromInput, gates, this.#gates, this.#ldg);
    const w = this.#pack(
      OP.packForward,
      'W_hh',
      stateWeight,
      stateStride,
      width,
      width * padded(gates, PANEL),
    );
    const h = this.#initialState('h', 0);
    const v = this.#ofSlot('v', gates);
    const ldv = rowStride(gates) * 4;
    const biases = [block + inputBias * 4, block + stateBias * 4];
    const args = [
      ...[this.#perSlot, this.#slots, width, this.#gates, this.#ldg, w.at, w.perShare, v, ldv],
      ...[...biases, h, this.#before, this.#ldh, out],
    ];
    const writes = [this.#gates, h, v, this.#before, out];
    const parameters = { at: block, split: 'all' } as const;
    if (cell === 'GRU') {
      this.#context.tape.call(OP.gru, args, [parameters, bySamples(h)], writes.map(bySamples));
      return;
    }
    const c = this.#initialState('c', 1);
    this.#context.tape.call(
      OP.lstm,
      [...args, c, this.#kept, this.#ldk, cells],
      [parameters, bySamples(h), bySamples(c)],
      [...writes, c, this.#kept, ...(cells === 0 ? [] : [cells])].map(bySamples),
    );
  }

  /** Emits the backward pass from dense `upstream`. Writes the gradients whose addresses are given. */
  backward(upstream: number, parameters: number | undefined, x: number | undefined): void {
    const { cell, width, gates, inputs } = this.#layer;
    const { inputWeight, inputStride, stateWeight, stateStride } = this.#offsets;
    const deltas = this.#ofAll('deltas', 4 * width);
    const dv = this.#ofSlot('dv', gates);
    const e = this.#ofSlot('e', width);
    const w = this.#pack(
      OP.packBackward,
      'W_hh',
      stateWeight,
      stateStride,
      width,
      gates * padded(width, PANEL),
    );
    const ldv = rowStride(gates) * 4;
    const args = [
      ...[this.#perSlot, this.#slots, width, upstream, this.#gates, deltas, this.#ldg],
      ...[w.at, w.perShare, dv, ldv, e],
    ];
    const reads = [upstream, this.#gates];
    const writes = [deltas, dv, e];
    if (cell === 'GRU') {
      this.#context.tape.call(
        OP.gruBackward,
        [...args, this.#before, this.#ldh],
        [...reads, this.#before].map(bySamples),
        writes.map(bySamples),
      );
    } else {
      const k = this.#ofSlot('k', width);
      this.#context.tape.call(
        OP.lstmBackward,
        [...args, k, this.#ldh, this.#kept, this.#ldk],
        [...reads, this.#kept].map(bySamples),
        [...writes, k].map(bySamples),
      );
    }
    const reductions = parameters === undefined ? [] : this.#parameterGradient(deltas, parameters);
    if (x !== undefined) {
      const back = this.#pack(
        OP.packBackward,
        'W_ih',
        inputWeight,
        inputStride,
        inputs,
        gates * padded(inputs, PANEL),
      );
      const padding = this.#ofAll('dx', inputs);
      const stride = rowStride(inputs) * 4;
      this.#product(deltas, this.#ldg, gates, back, inputs, padding, stride);
      const rows = this.#slots * this.#perSlot;
      this.#context.tape.call(
        OP.copyRows,
        [rows, padding, rows * stride, stride, x, rows * inputs * 4, inputs * 4, inputs],
        [bySamples(padding)],
        [bySamples(x)],
      );
    }
    for (const reduce of reductions) reduce();
  }

  /** `deltas`: [da, dn r] of a GRU, whose dv has dn r in place of dn; [da] of an LSTM, whose dv is the same. */
  #parameterGradient(deltas: number, parameters: number): (() => void)[] {
    const { cell, inputs, width, gates } = this.#layer;
    const { inputWeight, inputStride, inputBias, stateWeight, stateStride, stateBias } = this.#offsets;
    const { x } = this.#places;
    const rows = this.#slots * this.#perSlot;
    const sums = {
      tape: this.#context.tape,
      scratch: (purpose: string, floats: number) => this.#context.scratch(`${this.#name} ${purpose}`, floats),
    };
    const columns = (first: number, count: number): RowsOf => ({
      ...{ rows, at: deltas, address: deltas + first * 4, stride: this.#ldg, columns: count },
    });
    const place = (offset: number, stride: number): GradientPlace => ({
      ...{ at: parameters, address: parameters + offset * 4, stride: stride * 4 },
    });
    const input = { rows, at: x, address: x, stride: inputs * 4, columns: inputs };
    const state = { rows, at: this.#before, address: this.#before, stride: this.#ldh, columns: width };
    const reductions = [
      weightGradient(sums, 'W_ih', columns(0, gates), input, place(inputWeight, inputStride)),
      rowGradient(sums, 'b_ih', columns(0, gates), place(inputBias, 0)),
    ];
    // Runs of gates that stand side by side in the deltas: their first column there, and their first row in W_hh.
    const runs =
      cell === 'LSTM'
        ? [{ column: 0, row: 0, count: gates }]
        : [
            { column: 0, row: 0, count: 2 * width },
            { column: 3 * width, row: 2 * width, count: width },
          ];
    for (const { column, row, count } of runs) {
      const to = place(stateWeight + row * stateStride, stateStride);
      reductions.push(
        weightGradient(sums, `W_hh ${row}`, columns(column, count), state, to),
        rowGradient(sums, `b_hh ${row}`, columns(column, count), place(stateBias + row, 0)),
      );
    }
    return reductions;
  }

  /** C = A B for the rows of all slots. */
  #product(
    a: number,
    lda: number,
    k: number,
    panels: { readonly at: number; readonly perShare: number },
    columns: number,
    c: number,
    ldc: number,
  ): void {
    this.#context.tape.call(
      OP.matmul,
      [
        ...[this.#slots * this.#perSlot, a, lda, k, panels.at, panels.perShare, columns, c, ldc],
        ...[0, 0, 0, FINISH.store, 0, 0, 0, 0, 0, ACTIVATION.none, { real: 0 }, 1],
      ],
      [bySamples(a)],
      [bySamples(c)],
    );
  }

  /** Emits the state before slot 0; returns its address. */
  #initialState(name: string, index: number): number {
    const { width } = this.#layer;
    const state = this.#ofSlot(name, width);
    const rows = this.#perSlot;
    const given = this.#places.initial[index];
    // One row of zeros, repeated.
    const source = given ?? this.#context.scratch(`zeros ${width}`, width);
    const [sample, row] = given === undefined ? [0, 0] : [rows * width * 4, width * 4];
    this.#context.tape.call(
      OP.copyRows,
      [rows, source, sample, row, state, rows * this.#ldh, this.#ldh, width],
      [bySamples(source)],
      [bySamples(state)],
    );
    return state;
  }

  /** Packs W_ih or W_hh into panels, once per share, unless already packed. */
  #pack(
    op: number,
    name: string,
    weight: number,
    stride: number,
    k: number,
    floats: number,
  ): { readonly at: number; readonly perShare: number } {
    const { tape, shares } = this.#context;
    const { block } = this.#places;
    const key = `${op} ${this.#name} ${name}`;
    const at = this.#context.scratch(`panels ${key}`, shares * floats);
    if (this.#context.mustPack(this.#network, key))
      tape.call(
        op,
        [block + weight * 4, stride * 4, this.#layer.gates, k, at, floats * 4],
        [{ at: block, split: 'all' }],
        [],
      );
    return { at, perShare: floats * 4 };
  }

  /** A temporary array of one slot, [B, rows, columns padded to panels]. */
  #ofSlot(purpose: string, columns: number): number {
    const floats = this.#context.batchSize * this.#perSlot * rowStride(columns);
    return this.#context.scratch(`${this.#name} ${purpose} ${this.#perSlot}`, floats);
  }

  /** A temporary array of all slots. */
  #ofAll(purpose: string, columns: number): number {
    const rows = this.#slots * this.#perSlot;
    const floats = this.#context.batchSize * rows * rowStride(columns);
    return this.#context.scratch(`${this.#name} ${purpose} ${this.#slots} ${this.#perSlot}`, floats);
  }
}
