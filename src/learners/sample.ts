/**
 * The sample of an update, seen from both sides: the inputs of the graph, and the engine's arrays behind them as a Batch or,
 * for recurrent networks, an EpisodeBatch. An update has one sample for all groups; of an ensemble one for each, whose inputs carry the group's name.
 */
import { UserError } from '../core/user-error.ts';
import type { GraphBuilder } from '../engine/builder.ts';
import type { Program } from '../engine/engine.ts';
import { slotsOf, type Value } from '../engine/graph.ts';
import type { PlayedBy } from '../ensemble/ensemble.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import { marksInput } from '../policy/acting-graph.ts';
import type { Policy } from '../policy/policy.ts';
import type { Batch, Before, BurnIn, EpisodeBatch } from '../replay/batch.ts';

const REQUIRED = ['obs', 'actions', 'obsNext', 'rewards', 'terminals', 'agentMask'] as const;
const ARRAYS = [...REQUIRED, 'discounts'] as const;
/** As above; the next observation of a step is the one in the next slot. */
const REQUIRED_OF_EPISODES = ['obs', 'actions', 'rewards', 'terminals', 'agentMask'] as const;
const ARRAYS_OF_EPISODES = [...REQUIRED_OF_EPISODES, 'discounts'] as const;

/**
 * A batch in an engine's memory; weights are there with prioritised replay, marks with ensembles, action masks with
 * environments that have them.
 */
export type SampleBatch = Batch & Required<Pick<Batch, 'discounts'>>;

/** A batch of episodes in an engine's memory. */
export type SampleEpisodes = EpisodeBatch & Required<Pick<EpisodeBatch, 'discounts'>>;

/** What an update learns from, as far as its graph depends on it. */
export interface SampleKind {
  /** B: transitions or episodes. */
  readonly size: number;
  /** Whether there are action masks. */
  readonly masked: boolean;
  /** T, of episodes or sequences. */
  readonly steps?: number | undefined;
  /** K, of sequences: burn-in steps. undefined: whole episodes. */
  readonly burnIn?: number | undefined;
}

/**
 * The arrays of a sample as graph values, all joint. Those of episodes have T slots; obsNext and actionMaskNext have all T + 1,
 * since recurrent networks begin at the first, and next actions and values are computed in all of them.
 */
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
  /** With prioritised replay, which is one of transitions, [B, 1, 1]. */
  readonly weights: Value | undefined;
  /** With action masks, [B, 1, SA]. */
  readonly actionMask: Value | undefined;
  readonly actionMaskNext: Value | undefined;
  /** Of sequences: what comes before them. */
  readonly before: BeforeValues | undefined;
  /** Which sub-policies of an ensemble played, [B, 1, K SA] (ensemble/ensemble.ts). */
  readonly marks: Value | undefined;
  /** The noise inputs of all algorithms by name, each [B, 1, SA]. */
  readonly noise: Readonly<Record<string, Value>>;
}

/** Before (replay/batch.ts) as graph values. */
export interface BeforeValues {
  /** Stored states, [B, n, width] each; none with sequence_start zeros. */
  readonly states: Readonly<Record<string, Value>>;
  readonly burnIn: BurnInValues | undefined;
}

export interface BurnInValues {
  /** [B, 1, SO], in K slots. */
  readonly obs: Value;
  /** [B, 1, SA], in K slots. */
  readonly actions: Value;
  /** [B, 1, 1] */
  readonly present: Value;
}

const BURN_IN_ARRAYS = ['obs', 'actions', 'present'] as const;

/** Groups that learn from one sample. */
export interface LearningGroups {
  readonly groups: readonly ParameterGroup[];
  /** The sub-policy of an ensemble whose transitions the sample holds: the one that learns. */
  readonly playedBy?: PlayedBy;
}

/** What the names of the sample's inputs end with. */
function suffixOf({ groups, playedBy }: LearningGroups): string {
  return playedBy ? `/${groups[0]!.name}` : '';
}

/** Declares the inputs of a sample. Noise is shared: its rows are independent of each other, whoever learns from them. */
export function sampleInputs(
  graph: GraphBuilder,
  policy: Policy,
  learners: LearningGroups,
  {
    noise,
    weighted,
    stored,
    masked,
    steps,
    burnIn,
  }: Omit<SampleKind, 'size'> & {
    readonly noise: SampleValues['noise'];
    readonly weighted: boolean;
    /** Whether sequences begin with stored states. */
    readonly stored: boolean;
  },
): SampleValues {
  const { spec } = policy;
  const agents = spec.agents.length;
  const input = (name: string, width: number, slots = steps): Value =>
    graph.input(name + suffixOf(learners), 1, width, slots);
  /** An array on the observation, and the same on the next one. */
  const pair = (name: string, width: number): [Value, Value] => {
    if (steps === undefined) return [input(name, width), input(`${name}Next`, width)];
    const all = input(name, width, steps + 1);
    return [graph.slots(all, 0, steps), all];
  };
  const [obs, obsNext] = pair('obs', spec.obsTotal);
  const [actionMask, actionMaskNext] = masked ? pair('actionMask', spec.actTotal) : [];
  return {
    ...{ obs, obsNext, actionMask, actionMaskNext },
    actions: input('actions', spec.actTotal),
    rewards: input('rewards', agents),
    terminals: input('terminals', agents),
    agentMask: input('agentMask', agents),
    discounts: input('discounts', 1),
    weights: weighted && steps === undefined ? input('weights', 1) : undefined,
    before: burnIn === undefined ? undefined : beforeInputs(graph, policy, burnIn, stored),
    marks: marksInput(graph, policy, `marks${suffixOf(learners)}`),
    noise,
  };
}

function beforeInputs(graph: GraphBuilder, policy: Policy, steps: number, stored: boolean): BeforeValues {
  const { spec } = policy;
  const states = (stored ? policy.states(0).all : []).map(({ name, rows, width }) => [
    name,
    graph.input(name, rows, width),
  ]);
  return {
    states: Object.fromEntries(states) as Record<string, Value>,
    burnIn:
      steps === 0
        ? undefined
        : {
            obs: graph.input('burnIn/obs', 1, spec.obsTotal, steps),
            actions: graph.input('burnIn/actions', 1, spec.actTotal, steps),
            present: graph.input('burnIn/present', 1, 1),
          },
  };
}

/** The program's arrays behind those inputs; discounts are `gamma` until somebody writes others. */
export function sampleBatch(
  program: Program,
  size: number,
  learners: LearningGroups,
  { weights, actionMask, marks }: SampleValues,
  gamma: number,
): SampleBatch {
  const suffix = suffixOf(learners);
  const arrays = Object.fromEntries(ARRAYS.map((name) => [name, program.input(name + suffix)]));
  const batch = {
    size,
    ...(arrays as Required<Pick<Batch, (typeof ARRAYS)[number]>>),
    ...(weights && { weights: program.input(`weights${suffix}`) }),
    ...(actionMask && {
      actionMask: program.input(`actionMask${suffix}`),
      actionMaskNext: program.input(`actionMaskNext${suffix}`),
    }),
    ...(marks && { marks: program.input(`marks${suffix}`) }),
    ...(learners.playedBy && { playedBy: learners.playedBy }),
  };
  batch.discounts.fill(gamma);
  return batch;
}

/** The program's arrays behind the inputs of episodes. */
export function sampleEpisodes(
  program: Program,
  size: number,
  steps: number,
  { actionMask, before }: SampleValues,
  gamma: number,
): SampleEpisodes {
  const arrays = Object.fromEntries(ARRAYS_OF_EPISODES.map((name) => [name, program.input(name)]));
  const batch = {
    ...{ size, steps },
    ...(arrays as Required<Pick<EpisodeBatch, (typeof ARRAYS_OF_EPISODES)[number]>>),
    ...(actionMask && { actionMask: program.input('actionMask') }),
    ...(before && { before: arraysBefore(program, before) }),
  };
  batch.discounts.fill(gamma);
  return batch;
}

function arraysBefore(program: Program, { states, burnIn }: BeforeValues): Before {
  const arrays = (names: readonly string[], prefix: string): [string, Float32Array][] =>
    names.map((name) => [name, program.input(prefix + name)]);
  return {
    states: Object.fromEntries(arrays(Object.keys(states), '')),
    ...(burnIn && {
      burnIn: {
        steps: slotsOf(burnIn.obs),
        ...(Object.fromEntries(arrays(BURN_IN_ARRAYS, 'burnIn/')) as Pick<
          BurnIn,
          (typeof BURN_IN_ARRAYS)[number]
        >),
      },
    }),
  };
}

/** As copySample(), for episodes. */
export function copyEpisodes(sample: EpisodeBatch, batch: SampleEpisodes, gamma: number): void {
  for (const name of REQUIRED_OF_EPISODES) copy(name, sample, batch);
  if (sample.discounts) copy('discounts', sample, batch);
  else batch.discounts.fill(gamma);
  if (batch.actionMask) copy('actionMask', sample, batch);
  if (!batch.before) return;
  const { states, burnIn } = batch.before;
  const given = sample.before;
  for (const [name, to] of Object.entries(states)) copyArray(name, batch.size, given?.states[name], to);
  for (const name of burnIn ? BURN_IN_ARRAYS : [])
    copyArray(`burnIn/${name}`, batch.size, given?.burnIn?.[name], burnIn![name]);
}

/**
 * Copies a sample into the program's arrays, unless it was written there. Discounts default to `gamma`, weights to 1.
 * Throws UserError naming the array that is missing or has the wrong length.
 */
export function copySample(sample: Batch, batch: SampleBatch, gamma: number): void {
  for (const name of REQUIRED) copy(name, sample, batch);
  if (sample.discounts) copy('discounts', sample, batch);
  else batch.discounts.fill(gamma);
  if (batch.weights && !sample.weights) batch.weights.fill(1);
  else if (batch.weights) copy('weights', sample, batch);
  if (batch.actionMask)
    for (const name of ['actionMask', 'actionMaskNext'] as const) copy(name, sample, batch);
  if (batch.marks) copy('marks', sample, batch);
}

function copy<Name extends string>(
  name: Name,
  sample: Readonly<Partial<Record<Name, Float32Array>>>,
  batch: Readonly<Partial<Record<Name, Float32Array>>> & { readonly size: number },
): void {
  copyArray(name, batch.size, sample[name], batch[name]!);
}

function copyArray(name: string, size: number, from: Float32Array | undefined, to: Float32Array): void {
  if (from === to) return;
  requireLength(name, from?.length, size, to.length);
  to.set(from!);
}

/** Throws UserError unless the array `name` of a sample has `total` numbers. */
function requireLength(name: string, length: number | undefined, size: number, total: number): void {
  if (length === total) return;
  throw new UserError(
    `update: ${name}: expected ${size} x ${total / Math.max(size, 1)} numbers, got ${length ?? 'none'}`,
  );
}
