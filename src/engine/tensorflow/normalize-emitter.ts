/** Normalize nodes as TensorFlow operations: forward and backward pass. */
import { NORMALIZATION_EPSILON, type NormalizeGradientNode, type NormalizeNode } from '../graph.ts';
import { layersOf, parameterCount } from '../network-spec.ts';
import type { TensorName } from './graph-def.ts';
import type { NetworkContext } from './network-emitter.ts';
import type { Operations } from './operations.ts';

/** What a backward pass needs from its forward pass. */
interface Pass {
  readonly gain: TensorName;
  /** (x - mean) rate, [B rows, width]. */
  readonly normalized: TensorName;
  /** [B rows, 1] */
  readonly rate: TensorName;
}

export class NormalizeEmitter {
  readonly #ops: Operations;
  readonly #context: NetworkContext;
  readonly #passes = new Map<NormalizeNode, Pass>();

  constructor(ops: Operations, context: NetworkContext) {
    this.#ops = ops;
    this.#context = context;
  }

  /** The value of a normalize node, [B rows, width]. */
  forward(node: NormalizeNode): TensorName {
    const ops = this.#ops;
    const { gain, shift } = this.#context.layers(node.network)[node.layer]!;
    const x = this.#context.get(node.x);
    const deviations = ops.op('Sub', [x, ops.rowMean(x)]);
    const variance = ops.rowMean(ops.op('Square', [deviations]));
    const rate = ops.op('Rsqrt', [ops.op('AddV2', [variance, ops.scalar(NORMALIZATION_EPSILON)])]);
    const normalized = ops.op('Mul', [deviations, rate]);
    this.#passes.set(node, { gain: gain!, normalized, rate });
    return ops.op('AddV2', [ops.op('Mul', [normalized, gain!]), shift!]);
  }

  /** Sets the requested gradients of a normalizeGradient node. */
  backward(node: NormalizeGradientNode): void {
    const ops = this.#ops;
    const { gain, normalized, rate } = this.#passes.get(node.of)!;
    const upstream = this.#context.get(node.upstream);
    if (node.x) {
      const scaled = ops.op('Mul', [upstream, gain]);
      const along = ops.op('Mul', [normalized, ops.rowMean(ops.op('Mul', [scaled, normalized]))]);
      const centred = ops.op('Sub', [scaled, ops.rowMean(scaled)]);
      this.#context.set(node.x, ops.op('Mul', [ops.op('Sub', [centred, along]), rate]));
    }
    if (!node.parameters) return;
    const spec = this.#context.spec(node.of.network);
    const { normalization, outputs } = layersOf(spec)[node.of.layer]!;
    const ofGain = ops.sum(ops.op('Mul', [upstream, normalized]), [0]);
    const block = ops.concat([ofGain, ops.sum(upstream, [0])], 0);
    const { gain: from, shift } = normalization!;
    this.#context.set(node.parameters, ops.pad(block, from, parameterCount(spec) - shift - outputs));
  }
}
