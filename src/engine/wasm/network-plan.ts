/**
 * Plans a network node: its forward and backward pass as kernel calls. graph.ts defines the order of operations; this
 * file decides where intermediate values are stored and when weights are packed.
 */
import type { NetworkNode } from '../graph.ts';
import type { Activation, Layer, NetworkSpec } from '../network-spec.ts';
import { layersOf } from '../network-spec.ts';
import type { BlockLayout, LayerOffsets } from './block-layout.ts';
import * as ACTIVATION from './codes/activations.ts';
import * as FINISH from './codes/finish.ts';
import * as OP from './codes/opcodes.ts';
import { rowGradient, weightGradient, type RowsOf, type SumContext } from './gradient-sums.ts';
import { padded, PANEL, rowStride } from './memory.ts';
import type { Bias, PartPlan, PlanContext, Start } from './plan-context.ts';
import { bySamples } from './tape.ts';

export class NetworkPlan {
  readonly #context: PlanContext;
  readonly #spec: NetworkSpec;
  /** Address of the parameters. */
  readonly #block: number;
  readonly #parts: readonly PartPlan[];
  /** Rows per sample, its slots, and rows per slot. */
  readonly #rows: number;
  readonly #slots: number;
  readonly #perSlot: number;
  readonly #sums: SumContext;
  /** The node's first layer; `l` counts from it. */
  readonly #first: number;
  readonly #layers: readonly Layer[];
  /** Offsets of their parameters in the block. */
  readonly #offsets: readonly LayerOffsets[];
  /** Addresses of the outputs of each layer, rows padded to panels. */
  readonly #outputs: readonly number[];

  constructor(
    context: PlanContext,
    spec: NetworkSpec,
    { first, end }: NetworkNode,
    layout: BlockLayout,
    block: number,
    parts: readonly PartPlan[],
    { slots, rows }: { readonly slots: number; readonly rows: number },
  ) {
    this.#context = context;
    this.#spec = spec;
    this.#block = block;
    this.#parts = parts;
    this.#slots = slots;
    this.#perSlot = rows;
    this.#rows = slots * rows;
    this.#sums = { tape: context.tape, scratch: (purpose, floats) => this.#scratch(purpose, floats) };
    this.#first = first;
    this.#layers = layersOf(spec).slice(first, end);
    this.#offsets = layout.layers.slice(first, end);
    this.#outputs = this.#layers.map(({ outputs }) => this.#matrix(this.#rows, outputs));
  }

  /** Emits the forward pass, which writes dense outputs to `out`. */
  forward(out: number): void {
    this.#firstLayer();
    for (let l = 1; l < this.#layers.length; l++) {
      const { inputs } = this.#layers[l]!;
      const source = { at: this.#outputs[l - 1]!, stride: rowStride(inputs) * 4, k: inputs };
      this.#matmul(l, this.#rows, source, this.#packForward(l, 0, inputs), this.#outputs[l]!, {
        activate: this.#bias(l),
      });
    }
    const last = this.#layers.at(-1)!;
    this.#copyOut(this.#outputs.at(-1)!, last.outputs, this.#rows, out);
  }

  #firstLayer(): void {
    const { outputs } = this.#layers[0]!;
    const shared = this.#parts.filter(({ kind }) => kind === 'shared');
    const own = this.#parts.filter(({ kind }) => kind === 'rows');
    let start: Start | undefined;
    if (shared.length > 0) {
      const sums = this.#matrix(this.#slots, outputs);
      for (const part of shared) {
        const init = start && { at: sums, shared: false };
        const panels = this.#packForward(0, part.column, part.width);
        this.#matmul(0, this.#slots, { at: part.at, stride: part.width * 4, k: part.width }, panels, sums, {
          init,
        });
        start = { at: sums, shared: true };
      }
    }
    const y = this.#outputs[0]!;
    own.forEach((part, j) => {
      const source = { at: part.at, stride: part.width * 4, k: part.width };
      const activate = j + 1 === own.length ? this.#bias(0) : undefined;
      const panels = this.#packForward(0, part.column, part.width);
      this.#matmul(0, this.#rows, source, panels, y, { init: start, activate });
      start = { at: y, shared: false };
    });
    // If every part is shared, the shared sums are repeated for each row.
    if (own.length === 0)
      this.#matmul(0, this.#rows, { at: y, stride: 0, k: 0 }, 0, y, {
        init: start,
        activate: this.#bias(0),
      });
  }

  /** Emits the backward pass from dense `upstream`. Writes the gradients whose addresses are given. */
  backward(upstream: number, parameters: number | undefined, parts: readonly (number | undefined)[]): void {
    const { tape } = this.#context;
    const last = this.#layers.length - 1;
    let delta = this.#delta(last);
    const { outputs, activation } = this.#layers[last]!;
    const y = this.#outputs[last]!;
    tape.call(
      OP.seedDelta,
      [this.#rows, outputs, upstream, y, delta, this.#stride(last), ...this.#activation(activation)],
      [bySamples(upstream), bySamples(y)],
      [bySamples(delta)],
    );
    const reductions: (() => void)[] = [];
    for (let l = last; l > 0; l--) {
      const { inputs } = this.#layers[l]!;
      const x = this.#outputs[l - 1]!;
      if (parameters !== undefined) {
        const { weight, stride } = this.#offsets[l]!;
        const rows = this.#rows;
        const input = { rows, at: x, address: x, stride: rowStride(inputs) * 4, columns: inputs };
        const to = { at: parameters, address: parameters + weight * 4, stride: stride * 4 };
        reductions.push(weightGradient(this.#sums, `W${l}`, this.#deltas(l, delta, rows), input, to));
        reductions.push(this.#biasGradient(l, delta, parameters));
      }
      const before = this.#delta(l - 1);
      const source = { at: delta, stride: this.#stride(l), k: this.#layers[l]!.outputs };
      this.#matmul(l, this.#rows, source, this.#packBackward(l, 0, inputs), before, {
        chain: { y: x, layer: l - 1 },
        columns: inputs,
      });
      delta = before;
    }
    reductions.push(...this.#firstLayerBackward(delta, parameters, parts));
    for (const reduce of reductions) reduce();
  }

  #firstLayerBackward(
    delta: number,
    parameters: number | undefined,
    parts: readonly (number | undefined)[],
  ): (() => void)[] {
    const reductions: (() => void)[] = [];
    const { weight, stride } = this.#offsets[0]!;
    if (parameters !== undefined) reductions.push(this.#biasGradient(0, delta, parameters));
    let ofSlot: number | undefined;
    this.#parts.forEach((part, j) => {
      const out = parts[j];
      if (part.kind === 'ids') {
        if (parameters !== undefined) reductions.push(...this.#idGradient(part, delta, parameters));
        return;
      }
      if (parameters === undefined && out === undefined) return;
      const isShared = part.kind === 'shared';
      if (isShared) ofSlot ??= this.#sumOfRows(delta);
      const d = isShared ? ofSlot! : delta;
      const rows = isShared ? this.#slots : this.#rows;
      if (parameters !== undefined) {
        const to = { at: parameters, address: parameters + (weight + part.column) * 4, stride: stride * 4 };
        const x = { rows, at: part.at, address: part.at, stride: part.width * 4, columns: part.width };
        reductions.push(weightGradient(this.#sums, `W0 ${j}`, this.#deltas(0, d, rows), x, to));
      }
      if (out === undefined) return;
      const padding = this.#scratchMatrix(`part ${j}`, rows, part.width);
      const source = { at: d, stride: this.#stride(0), k: this.#layers[0]!.outputs };
      const panels = this.#packBackward(0, part.column, part.width);
      this.#matmul(0, rows, source, panels, padding, { columns: part.width });
      this.#copyOut(padding, part.width, rows, out);
    });
    return reductions;
  }

  /** Layer l's deltas, of so many rows per sample. */
  #deltas(l: number, delta: number, rows: number): RowsOf {
    const { outputs } = this.#layers[l]!;
    return { rows, at: delta, address: delta, stride: this.#stride(l), columns: outputs };
  }

  #biasGradient(l: number, delta: number, parameters: number): () => void {
    const address = parameters + this.#offsets[l]!.bias * 4;
    const to = { at: parameters, address, stride: 0 };
    return rowGradient(this.#sums, `b${l}`, this.#deltas(l, delta, this.#rows), to);
  }

  #idGradient(part: PartPlan, delta: number, parameters: number): (() => void)[] {
    const { weight, stride } = this.#offsets[0]!;
    const deltas = this.#deltas(0, delta, this.#rows);
    return part.ids.map((id, i) => {
      const address = parameters + (weight + part.column + id) * 4;
      const rows = { offset: i, step: this.#perSlot };
      return rowGradient(
        this.#sums,
        `id ${i}`,
        deltas,
        { at: parameters, address, stride: stride * 4 },
        rows,
      );
    });
  }

  #sumOfRows(delta: number): number {
    if (this.#perSlot === 1) return delta;
    const { outputs } = this.#layers[0]!;
    const sums = this.#scratchMatrix('delta of slot', this.#slots, outputs);
    this.#context.tape.call(
      OP.sumOfRows,
      [this.#perSlot, this.#slots, delta, sums, this.#stride(0), padded(outputs, PANEL) / 4],
      [bySamples(delta)],
      [bySamples(sums)],
    );
    return sums;
  }

  /** C = finish(init + A B). C has as many columns as layer l has outputs, unless `columns` is given. */
  #matmul(
    l: number,
    rows: number,
    a: { at: number; stride: number; k: number },
    panels: number,
    c: number,
    finish: {
      init?: Start | undefined;
      activate?: Bias | undefined;
      chain?: { y: number; layer: number };
      columns?: number;
    },
  ): void {
    const { init, activate, chain, columns = this.#layers[l]!.outputs } = finish;
    const width = padded(columns, PANEL);
    const stride = rowStride(columns) * 4;
    const perShare = a.k * width * 4;
    const activation = this.#layers[chain ? chain.layer : l]!.activation;
    const kind = activate ? FINISH.activate : chain ? FINISH.chain : FINISH.store;
    const { at: bias, perShare: biasPerShare, stride: ldb } = activate ?? NO_BIAS;
    this.#context.tape.call(
      OP.matmul,
      [
        ...[rows, a.at, a.stride, a.k, panels, perShare, columns, c, stride],
        ...[init?.at ?? 0, stride, init?.shared ? 1 : 0, kind, bias, biasPerShare, ldb],
        ...[chain?.y ?? 0, stride, ...this.#activation(activation), this.#perSlot],
      ],
      [
        bySamples(a.at),
        ...(init ? [bySamples(init.at)] : []),
        ...(chain ? [bySamples(chain.y)] : []),
        ...(activate ? [{ at: this.#block, split: 'all' } as const] : []),
      ],
      [bySamples(c)],
    );
  }

  /** What is added to layer l's sums: the bias or, with ids, a table of bias plus id weights for each row. */
  #bias(l: number): Bias {
    const bias = this.#block + this.#offsets[l]!.bias * 4;
    const ids = l === 0 ? this.#parts.find(({ kind }) => kind === 'ids') : undefined;
    if (!ids) return { at: bias, perShare: 0, stride: 0 };
    const { outputs } = this.#layers[0]!;
    const { weight, stride } = this.#offsets[0]!;
    const columns = padded(outputs, PANEL);
    const perShare = this.#perSlot * columns * 4;
    const table = this.#scratch('bias of ids', this.#context.shares * this.#perSlot * columns);
    this.#context.tape.call(
      OP.biasOfIds,
      [
        ...[this.#perSlot, bias, this.#block + (weight + ids.column) * 4, stride * 4],
        ...[table, perShare, outputs, columns * 4, ...ids.ids],
      ],
      [{ at: this.#block, split: 'all' }],
      [],
    );
    return { at: table, perShare, stride: columns * 4 };
  }

  #packForward(l: number, column: number, k: number): number {
    return this.#pack(OP.packForward, l, column, k, k * padded(this.#layers[l]!.outputs, PANEL));
  }

  #packBackward(l: number, column: number, k: number): number {
    return this.#pack(OP.packBackward, l, column, k, this.#layers[l]!.outputs * padded(k, PANEL));
  }

  /** Packs columns of W_l into panels, once per share, unless already packed. Returns the address. */
  #pack(op: number, l: number, column: number, k: number, floats: number): number {
    const { weight, stride } = this.#offsets[l]!;
    const key = `${op} ${this.#first + l} ${column} ${k}`;
    const { tape, shares } = this.#context;
    const out = this.#context.scratch(`panels ${this.#spec.name} ${key}`, shares * floats);
    if (this.#context.mustPack(this.#spec.name, key))
      tape.call(
        op,
        [this.#block + (weight + column) * 4, stride * 4, this.#layers[l]!.outputs, k, out, floats * 4],
        [{ at: this.#block, split: 'all' }],
        [],
      );
    return out;
  }

  /** Copies padded rows to dense rows. */
  #copyOut(from: number, width: number, rows: number, to: number): void {
    const stride = rowStride(width) * 4;
    this.#context.tape.call(
      OP.copyRows,
      [rows, from, rows * stride, stride, to, rows * width * 4, width * 4, width],
      [bySamples(from)],
      [bySamples(to)],
    );
  }

  #activation(activation: Activation): [number, { real: number }] {
    return [ACTIVATION[activation], { real: this.#spec.negativeSlope }];
  }

  /** Bytes between rows of layer l's outputs and deltas. */
  #stride(l: number): number {
    return rowStride(this.#layers[l]!.outputs) * 4;
  }

  #delta(l: number): number {
    return this.#scratchMatrix(`delta ${l}`, this.#rows, this.#layers[l]!.outputs);
  }

  /** A new array [B * rows, columns padded to panels]. */
  #matrix(rows: number, columns: number): number {
    return this.#context.arena.floats(this.#context.batchSize * rows * rowStride(columns));
  }

  #scratchMatrix(purpose: string, rows: number, columns: number): number {
    return this.#scratch(purpose, this.#context.batchSize * rows * rowStride(columns));
  }

  /** Nodes of the same layers run one after the other, so they share temporary buffers. */
  #scratch(purpose: string, floats: number): number {
    const rows = `${this.#slots} ${this.#perSlot}`;
    return this.#context.scratch(`${this.#spec.name} ${this.#first} ${purpose} ${rows}`, floats);
  }
}

const NO_BIAS: Bias = { at: 0, perShare: 0, stride: 0 };
