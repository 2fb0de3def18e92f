/**
 * Recurrent nodes as TensorFlow operations: forward and backward pass, slot by slot. Products with the inputs and the weights'
 * gradients are one operation for all slots.
 */
import { rowsOf, slotsOf, type RecurrentGradientNode, type RecurrentNode, type Value } from '../graph.ts';
import {
  GATES,
  parameterCount,
  recurrentLayersOf,
  type NetworkSpec,
  type RecurrentLayer,
} from '../network-spec.ts';
import type { RecurrentTensors } from './block-tensors.ts';
import type { TensorName } from './graph-def.ts';
import type { Operations } from './operations.ts';

/** What the passes need from the program. */
export interface RecurrentContext {
  readonly batchSize: number;
  spec(network: string): NetworkSpec;
  recurrent(network: string): readonly RecurrentTensors[];
  get(value: Value): TensorName;
  set(value: Value, tensor: TensorName): void;
}

/** What the backward pass needs from one slot, each [B rows, width]. */
interface Slot {
  readonly gates: readonly TensorName[];
  readonly hBefore: TensorName;
  /** Of a GRU. */
  readonly vn?: TensorName;
  /** Of an LSTM: the cell before, and tanh of the cell. */
  readonly cBefore?: TensorName;
  readonly q?: TensorName;
}

interface Pass {
  readonly layer: RecurrentLayer;
  readonly tensors: RecurrentTensors;
  readonly slots: readonly Slot[];
}

export class RecurrentEmitter {
  readonly #ops: Operations;
  readonly #context: RecurrentContext;
  readonly #passes = new Map<RecurrentNode, Pass>();

  constructor(ops: Operations, context: RecurrentContext) {
    this.#ops = ops;
    this.#context = context;
  }

  /** Sets the values of a recurrent node. */
  forward(node: RecurrentNode): void {
    const ops = this.#ops;
    const layer = recurrentLayersOf(this.#context.spec(node.network))[node.layer]!;
    const tensors = this.#context.recurrent(node.network)[node.layer]!;
    const inputs = ops.matmul(this.#context.get(node.x), tensors.inputWeight, { b: true });
    const a = this.#split(node, ops.op('BiasAdd', [inputs, tensors.inputBias]), layer.gates);
    const zeros = (): TensorName => ops.zeros([this.#rows(node), layer.width]);
    let [h, c] = [0, 1].map((s) => (node.initial[s] ? this.#context.get(node.initial[s]) : zeros())) as [
      TensorName,
      TensorName,
    ];
    const [outs, cells]: [TensorName[], TensorName[]] = [[], []];
    const slots = a.map((ofSlot): Slot => {
      const product = ops.matmul(h, tensors.stateWeight, { b: true });
      const sums = [ofSlot, ops.op('BiasAdd', [product, tensors.stateBias])] as const;
      const before = { hBefore: h, cBefore: c };
      const slot = layer.cell === 'GRU' ? this.#gru(sums, before) : this.#lstm(sums, before);
      [h, c] = [slot.h, slot.c];
      outs.push(h);
      cells.push(c);
      return slot;
    });
    this.#passes.set(node, { layer, tensors, slots });
    this.#context.set(node.out, this.#join(node, outs, layer.width));
    if (node.cells) this.#context.set(node.cells, this.#join(node, cells, layer.width));
  }

  #gru(
    [a, v]: readonly [TensorName, TensorName],
    before: { hBefore: TensorName; cBefore: TensorName },
  ): Slot & { h: TensorName; c: TensorName } {
    const ops = this.#ops;
    const [ar, az, an] = ops.split(a, GATES.GRU.length) as [TensorName, TensorName, TensorName];
    const [vr, vz, vn] = ops.split(v, GATES.GRU.length) as [TensorName, TensorName, TensorName];
    const r = ops.op('Sigmoid', [ops.op('AddV2', [ar, vr])]);
    const z = ops.op('Sigmoid', [ops.op('AddV2', [az, vz])]);
    const n = ops.op('Tanh', [ops.op('AddV2', [an, this.#times(r, vn)])]);
    const fresh = this.#times(this.#rest(z), n);
    const h = ops.op('AddV2', [fresh, this.#times(z, before.hBefore)]);
    return { gates: [r, z, n], hBefore: before.hBefore, vn, h, c: before.cBefore };
  }

  #lstm(
    sums: readonly [TensorName, TensorName],
    { hBefore, cBefore }: { hBefore: TensorName; cBefore: TensorName },
  ): Slot & { h: TensorName; c: TensorName } {
    const ops = this.#ops;
    const gates = ops
      .split(ops.op('AddV2', sums), GATES.LSTM.length)
      .map((sum, k) => ops.op(GATES.LSTM[k] === 'g' ? 'Tanh' : 'Sigmoid', [sum]));
    const [i, f, g, o] = gates as [TensorName, TensorName, TensorName, TensorName];
    const c = ops.op('AddV2', [this.#times(f, cBefore), this.#times(i, g)]);
    const q = ops.op('Tanh', [c]);
    return { gates, hBefore, cBefore, q, h: this.#times(o, q), c };
  }

  /** Sets the requested gradients of a recurrentGradient node. */
  backward(node: RecurrentGradientNode): void {
    const ops = this.#ops;
    const { of } = node;
    const { layer, tensors, slots } = this.#passes.get(of)!;
    const upstream = this.#split(of, this.#context.get(node.upstream), layer.width);
    const [da, dv]: [TensorName[], TensorName[]] = [[], []];
    let e: TensorName | undefined;
    let k: TensorName | undefined;
    for (let t = slots.length - 1; t >= 0; t--) {
      const slot = slots[t]!;
      const d = e === undefined ? upstream[t]! : ops.op('AddV2', [upstream[t]!, e]);
      if (layer.cell === 'GRU') {
        const [dr, dz, dn, gated] = this.#gruBackward(slot, d);
        da[t] = ops.concat([dr, dz, dn]);
        dv[t] = ops.concat([dr, dz, gated]);
        const direct = this.#times(d, slot.gates[1]!);
        e = ops.op('AddV2', [direct, ops.matmul(dv[t]!, tensors.stateWeight)]);
      } else {
        const { gates, m } = this.#lstmBackward(slot, d, k);
        da[t] = dv[t] = ops.concat(gates);
        k = this.#times(m, slot.gates[1]!);
        e = ops.matmul(dv[t]!, tensors.stateWeight);
      }
    }
    const allA = this.#join(of, da, layer.gates);
    if (node.x) this.#context.set(node.x, ops.matmul(allA, tensors.inputWeight));
    if (!node.parameters) return;
    const allV = this.#join(of, dv, layer.gates);
    const before = this.#join(
      of,
      slots.map(({ hBefore }) => hBefore),
      layer.width,
    );
    const leaves = [
      ops.matmul(allA, this.#context.get(of.x), { a: true }),
      ops.matmul(allV, before, { a: true }),
      ops.sumOfRows(allA),
      ops.sumOfRows(allV),
    ];
    const block = ops.concat(
      leaves.map((leaf) => ops.reshape(leaf, [-1])),
      0,
    );
    const after = parameterCount(this.#context.spec(of.network)) - layer.stateBias - layer.gates;
    this.#context.set(node.parameters, ops.pad(block, layer.inputWeight, after));
  }

  /** dr, dz, dn and dn r. */
  #gruBackward(
    { gates, vn, hBefore }: Slot,
    d: TensorName,
  ): [TensorName, TensorName, TensorName, TensorName] {
    const ops = this.#ops;
    const [r, z, n] = gates as [TensorName, TensorName, TensorName];
    const dn = ops.op('TanhGrad', [n, this.#times(d, this.#rest(z))]);
    const dz = ops.op('SigmoidGrad', [z, this.#times(d, ops.op('Sub', [hBefore, n]))]);
    const dr = ops.op('SigmoidGrad', [r, this.#times(dn, vn!)]);
    return [dr, dz, dn, this.#times(dn, r)];
  }

  /** di, df, dg and do, and the gradient m of the cell. */
  #lstmBackward(
    { gates, cBefore, q }: Slot,
    d: TensorName,
    k: TensorName | undefined,
  ): { gates: TensorName[]; m: TensorName } {
    const ops = this.#ops;
    const [i, f, g, o] = gates as [TensorName, TensorName, TensorName, TensorName];
    const through = ops.op('TanhGrad', [q!, this.#times(d, o)]);
    const m = k === undefined ? through : ops.op('AddV2', [k, through]);
    return {
      gates: [
        ops.op('SigmoidGrad', [i, this.#times(m, g)]),
        ops.op('SigmoidGrad', [f, this.#times(m, cBefore!)]),
        ops.op('TanhGrad', [g, this.#times(m, i)]),
        ops.op('SigmoidGrad', [o, this.#times(d, q!)]),
      ],
      m,
    };
  }

  #times(x: TensorName, y: TensorName): TensorName {
    return this.#ops.op('Mul', [x, y]);
  }

  /** 1 - x */
  #rest(x: TensorName): TensorName {
    return this.#ops.op('Sub', [this.#ops.scalar(1), x]);
  }

  /** Rows of one slot in all samples. */
  #rows({ out }: RecurrentNode): number {
    return (this.#context.batchSize * rowsOf(out)) / slotsOf(out);
  }

  /** The slots of a matrix [B slots rows, width], each [B rows, width]. */
  #split(node: RecurrentNode, x: TensorName, width: number): TensorName[] {
    const { batchSize } = this.#context;
    const slots = slotsOf(node.out);
    const wide = this.#ops.reshape(x, [batchSize, rowsOf(node.out) * width]);
    return this.#ops.split(wide, slots).map((slot) => this.#ops.reshape(slot, [this.#rows(node), width]));
  }

  /** The inverse of #split(). */
  #join(node: RecurrentNode, slots: readonly TensorName[], width: number): TensorName {
    const { batchSize } = this.#context;
    const perSlot = (rowsOf(node.out) / slotsOf(node.out)) * width;
    const wide = this.#ops.concat(slots.map((slot) => this.#ops.reshape(slot, [batchSize, perSlot])));
    return this.#ops.reshape(wide, [batchSize * rowsOf(node.out), width]);
  }
}
