/**
 * The sample of an update, seen from both sides: the inputs of the graph, and the engine's arrays behind them as a Batch.
 * An update has one sample for all groups; of an ensemble one for each, whose inputs carry the group's name.
 */
import type { GraphBuilder } from '../engine/builder.ts';
import type { Program } from '../engine/engine.ts';
import type { Value } from '../engine/graph.ts';
import type { PlayedBy } from '../ensemble/ensemble.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import { marksInput, type Policy } from '../policy/policy.ts';
import type { Batch } from '../replay/batch.ts';

const ARRAYS = ['obs', 'actions', 'obsNext', 'rewards', 'terminals', 'agentMask', 'discounts'] as const;

/** A batch in an engine's memory; weights are there with prioritised replay, marks with ensembles only. */
export type SampleBatch = Batch & Required<Pick<Batch, 'discounts'>>;

/** The arrays of a sample as graph values, all joint. */
export interface SampleValues {
  /** [B, 1, SO] */
  readonly obs: Value;
  /** [B, 1, SA] */
  readonly actions: Value;
  /** [B, 1, SO] */
  readonly obsNext: Value;
  /** [B, 1, N] */
  readonly rewards: Value;
  /** [B, 1, N] */
  readonly terminals: Value;
  /** [B, 1, N] */
  readonly agentMask: Value;
  /** [B, 1, 1] */
  readonly discounts: Value;
  /** With prioritised replay, [B, 1, 1]. */
  readonly weights: Value | undefined;
  /** Which sub-policies of an ensemble played, [B, 1, K SA] (core/ensemble.ts). */
  readonly marks: Value | undefined;
  /** The noise inputs of all algorithms by name, each [B, 1, SA]. */
  readonly noise: Readonly<Record<string, Value>>;
}

/** Groups that learn from one sample. */
export interface Learners {
  readonly groups: readonly ParameterGroup[];
  /** The sub-policy of an ensemble whose transitions the sample holds: the one that learns. */
  readonly playedBy?: PlayedBy;
}

/** What the names of the sample's inputs end with. */
function suffixOf({ groups, playedBy }: Learners): string {
  return playedBy ? `/${groups[0]!.name}` : '';
}

/** Declares the inputs of a sample. Noise is shared: its rows are independent of each other, whoever learns from them. */
export function sampleInputs(
  graph: GraphBuilder,
  policy: Policy,
  learners: Learners,
  { noise, weighted }: { readonly noise: SampleValues['noise']; readonly weighted: boolean },
): SampleValues {
  const { spec } = policy;
  const agents = spec.agents.length;
  const input = (name: string, width: number): Value => graph.input(name + suffixOf(learners), 1, width);
  return {
    obs: input('obs', spec.obsTotal),
    actions: input('actions', spec.actTotal),
    obsNext: input('obsNext', spec.obsTotal),
    rewards: input('rewards', agents),
    terminals: input('terminals', agents),
    agentMask: input('agentMask', agents),
    discounts: input('discounts', 1),
    weights: weighted ? input('weights', 1) : undefined,
    marks: marksInput(graph, policy, `marks${suffixOf(learners)}`),
    noise,
  };
}

/** The program's arrays behind those inputs; discounts are `gamma` until somebody writes others. */
export function sampleBatch(
  program: Program,
  size: number,
  learners: Learners,
  { weights, marks }: SampleValues,
  gamma: number,
): SampleBatch {
  const suffix = suffixOf(learners);
  const arrays = Object.fromEntries(ARRAYS.map((name) => [name, program.input(name + suffix)]));
  const batch = {
    size,
    ...(arrays as Required<Pick<Batch, (typeof ARRAYS)[number]>>),
    ...(weights && { weights: program.input(`weights${suffix}`) }),
    ...(marks && { marks: program.input(`marks${suffix}`) }),
    ...(learners.playedBy && { playedBy: learners.playedBy }),
  };
  batch.discounts.fill(gamma);
  return batch;
}

/** Copies a sample into the program's arrays, unless it was written there. Without discounts, they are `gamma`. */
export function copySample(sample: Batch, batch: SampleBatch, gamma: number): void {
  for (const name of ARRAYS) copy(sample[name], batch[name], gamma);
  if (batch.weights) copy(sample.weights, batch.weights, 1);
  if (!batch.marks) return;
  if (!sample.marks) throw new RangeError('update: expected marks of who played in each sample, got none');
  copy(sample.marks, batch.marks, 0);
}

function copy(from: Float32Array | undefined, to: Float32Array, otherwise: number): void {
  if (from === undefined) to.fill(otherwise);
  else if (from !== to) to.set(from);
}
