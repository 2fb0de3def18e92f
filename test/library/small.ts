/** Small learners and samples for these tests. */
import {
  FastStream,
  jointSpec,
  makeLearner,
  type Config,
  type LearnerArguments,
  type LearnerMAS,
  type Sample,
} from '../../src/index.ts';

const box = { actionKind: 'box', actionLow: 0, actionHigh: 1 } as const;

/** Two equal agents with shared networks: group `shared`. */
export const ALIKE = jointSpec(
  [0, 1].map((i) => ({ ...box, name: `agent_${i}`, team: 'agent', obsWidth: 3, actWidth: 2 })),
);

/** A cat and a mouse of different widths: groups or teams `cat` and `mouse`. */
export const UNLIKE = jointSpec([
  { ...box, name: 'cat', team: 'cat', obsWidth: 4, actWidth: 2 },
  { ...box, name: 'mouse', team: 'mouse', obsWidth: 3, actWidth: 1 },
]);

export const SMALL = {
  ...{ engine: 'reference', actor_hidden_size: [4], critic_hidden_size: [4], lr_schedule: 'constant' },
  ...{ gamma: 0.9, tau: 0.1, use_grad_clip: true },
} as const satisfies Partial<Config>;

/** A learner of ALIKE. */
export function alike(keys: Partial<Config> = {}): Promise<LearnerMAS> {
  return makeLearner({ ...SMALL, ...keys }, ALIKE);
}

/** A learner of UNLIKE, with separate networks. */
export function unlike(keys: Partial<Config> = {}): Promise<LearnerMAS> {
  return makeLearner({ ...SMALL, use_parameter_sharing: false, ...keys }, UNLIKE);
}

type Optional = 'size' | 'discounts' | 'weights' | 'action_mask' | 'action_mask_next';
type Nested = {
  readonly [K in Exclude<keyof Sample, Optional>]: number[][] | number[][][];
};

/** A sample in XuanCe's format, [B][N][width] and [B][N]. */
export function sampleOf({ policy }: LearnerMAS, seed = 1, size = 5): Nested {
  const stream = new FastStream(seed, 'sample');
  const { agents } = policy.spec;
  const each = <T>(make: (i: number) => T): T[][] =>
    Array.from({ length: size }, () => agents.map((_, i) => make(i)));
  const numbers = (length: number, draw: () => number): number[] => Array.from({ length }, draw);
  const normal = (): number => Math.fround(stream.normal());
  const flag = (probability: number) => (): number => (stream.double() < probability ? 1 : 0);
  return {
    obs: each((i) => numbers(agents[i]!.obsWidth, normal)),
    actions: each((i) => numbers(agents[i]!.actWidth, () => Math.fround(stream.double()))),
    obs_next: each((i) => numbers(agents[i]!.obsWidth, normal)),
    rewards: each(normal),
    terminals: each(flag(0.2)),
    agent_mask: each(flag(0.9)),
  };
}

/** Untyped arguments, as from plain JavaScript. */
export function untyped(...args: readonly unknown[]): LearnerArguments {
  return args as unknown as LearnerArguments;
}

/** Full state of a learner. */
export function numbersOf({ policy }: Pick<LearnerMAS, 'policy'>): Record<string, number[]> {
  const all = (['parameters', 'exp_avg', 'exp_avg_sq'] as const).flatMap((section) =>
    [...policy.tensors(section)].map(
      ([name, { data }]) => [`${section} ${name}`, [...data]] as [string, number[]],
    ),
  );
  return Object.fromEntries(all);
}

/** Message of the error that `act` throws or rejects with, without the class name. */
export async function faultOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return 'no fault';
}
