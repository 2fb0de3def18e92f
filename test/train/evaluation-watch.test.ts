/** What an evaluation measures besides returns, in an environment and with networks whose values are known exactly. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { createEngine } from '../../src/engine/registry.ts';
import type { VectorEnv } from '../../src/envs/vector-env.ts';
import { playEpisodes } from '../../src/evaluate/play.ts';
import { emptyPolicy } from '../../src/train/build.ts';
import { EvaluationWatch } from '../../src/train/evaluation-watch.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });
const AGENTS = ['agent_0', 'agent_1'];
/** Of a reward of 1, over 2, 5 and 12 steps with gamma 0.5. */
const [R2, R5, R12] = [1.5, 2 - 2 ** -4, 2 - 2 ** -11];

interface Ending {
  /** Steps of an episode. */
  readonly steps: number;
  /** Who terminates at its end; nobody where a time limit ends it. */
  readonly gone: readonly number[];
}

/** Episodes of two agents that earn 1 and 3 per step, with two components of action each. */
function environment({ steps, gone }: Ending): VectorEnv {
  let t = 0;
  const ended = new Uint8Array(1);
  const terminals = new Uint8Array(2);
  return {
    ...{ name: 'known', count: 1, ended, terminals },
    spec: jointSpec(
      AGENTS.map((name) => ({
        ...{ name, team: 'agent', obsWidth: 1, actWidth: 2, actionKind: 'box' as const },
        ...{ actionLow: 0, actionHigh: 1 },
      })),
    ),
    obs: new Float32Array(2),
    nextObs: new Float32Array(2),
    rewards: Float64Array.of(1, 3),
    agentMask: Uint8Array.of(1, 1),
    reset: () => (t = 0),
    step: () => {
      t = (t + 1) % steps;
      ended[0] = t === 0 ? 1 : 0;
      for (const i of gone) terminals[i] = ended[0];
    },
    watch: () => undefined,
    snapshot: () => new Uint8Array(0),
    restore: () => undefined,
  };
}

/** Metrics of `count` episodes with networks that say only their last bias: Q is 10 (12 of a second
 * critic), outputs are sigmoid(20) and sigmoid(0). */
function measured(ending: Ending, keys: Partial<Config> = {}, count = 2): Record<string, number> {
  const { config } = loadConfig({
    flags: { actor_hidden_size: [2], critic_hidden_size: [2], gamma: 0.5, agent: 'MADDPG', ...keys },
  });
  const env = environment(ending);
  const policy = emptyPolicy(config, env.spec, engine);
  const tensors = policy.tensors();
  for (const [name, { data }] of tensors) {
    if (/critic\w*\/\w+\/b1$/.test(name)) data.fill(name.startsWith('critic_B') ? 12 : 10);
    if (/actor\/\w+\/b1$/.test(name)) data[0] = 20;
  }
  policy.load(tensors);
  const watch = new EvaluationWatch(config, policy, env);
  watch.begin();
  const episodes = playEpisodes(env, watch.actor, 0);
  for (let k = 0; k < count * ending.steps; k++) {
    episodes.next();
    watch.stepped();
  }
  return watch.metrics();
}

const meanOf = (...numbers: number[]): number => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

describe('an evaluation', () => {
  it('compares Q with the discounted return of each agent where all terminate', () => {
    expect(measured({ steps: 5, gone: [0, 1] })).toEqual({
      'test/episode_length': 5,
      'test/saturated_outputs': 0.5,
      'test/q_mean': 10,
      'test/q_bias': 10 - meanOf(R5, 3 * R5),
    });
  });

  it("puts the critic's own value of the last observation for what follows a time limit", () => {
    const rest = 10 * 2 ** -5;
    const { 'test/q_bias': bias } = measured({ steps: 5, gone: [] });
    expect(bias).toBe(10 - meanOf(R5 + rest, 3 * R5 + rest));
  });

  it('adds nothing for an agent that terminated while the other did not', () => {
    const rest = 10 * 2 ** -5;
    const { 'test/q_bias': bias } = measured({ steps: 5, gone: [1] });
    expect(bias).toBe(10 - meanOf(R5 + rest, 3 * R5));
  });

  it('asks about every tenth step of an episode', () => {
    const { 'test/q_bias': bias, 'test/episode_length': length } = measured({ steps: 12, gone: [0, 1] });
    expect(length).toBe(12);
    expect(bias).toBe(10 - meanOf(R12, R2, 3 * R12, 3 * R2));
  });

  it("takes the team's mean reward with critic_reward team, with one value for all or one for each", () => {
    for (const identity_embedding_mode of ['none', 'one_hot'] as const) {
      const { 'test/q_bias': bias } = measured(
        { steps: 5, gone: [0, 1] },
        { critic_reward: 'team', identity_embedding_mode },
      );
      expect(bias).toBe(10 - 2 * R5);
    }
  });

  it('takes the smaller of twin critics', () => {
    expect(measured({ steps: 5, gone: [0, 1] }, { agent: 'MATD3' })).toMatchObject({ 'test/q_mean': 10 });
  });

  it('keeps groups apart', () => {
    const record = measured({ steps: 5, gone: [0, 1] }, { use_parameter_sharing: false });
    expect(record).toEqual({
      'test/episode_length': 5,
      ...{ 'test/saturated_outputs/agent_0': 0.5, 'test/saturated_outputs/agent_1': 0.5 },
      ...{ 'test/q_mean/agent_0': 10, 'test/q_mean/agent_1': 10 },
      ...{ 'test/q_bias/agent_0': 10 - R5, 'test/q_bias/agent_1': 10 - 3 * R5 },
    });
  });

  it('leaves Q out where it holds entropy', () => {
    const record = measured({ steps: 5, gone: [0, 1] }, { agent: 'MASAC' });
    expect(Object.keys(record)).toEqual(['test/episode_length', 'test/saturated_outputs']);
  });

  describe('of a recurrent policy', () => {
    const recurrent = { use_rnn: true, fc_hidden_sizes: [2], recurrent_hidden_size: 2 } as const;
    /** Of a reward of 1 over n steps. */
    const earned = (n: number): number => 2 - 2 ** (1 - n);
    const steps = [5, 4, 3, 2, 1];

    it.each([true, false])(
      'looks at every step of whole episodes, recurrent_critics %s',
      (recurrent_critics) => {
        const record = measured(
          { steps: 5, gone: [0, 1] },
          { ...recurrent, recurrent_critics, episode_length: 5 },
          20,
        );
        const { 'test/q_bias': bias, ...others } = record;
        expect(others).toEqual({
          'test/episode_length': 5,
          'test/saturated_outputs': 0.5,
          'test/q_mean': 10,
        });
        expect(bias).toBeCloseTo(10 - meanOf(...steps.flatMap((n) => [earned(n), 3 * earned(n)])), 12);
      },
    );

    it("ends with the critic's value of the last observation at a time limit, in episodes that fill no batch", () => {
      const keys = { ...recurrent, episode_length: 9, agent: 'MATD3' } as const;
      const { 'test/q_bias': bias } = measured({ steps: 5, gone: [] }, keys, 1);
      const followed = steps.flatMap((n) => [1, 3].map((reward) => reward * earned(n) + 10 * 2 ** -n));
      expect(bias).toBeCloseTo(10 - meanOf(...followed), 12);
    });

    it('measures only the length where no episode fits into episode_length', () => {
      expect(measured({ steps: 5, gone: [] }, { ...recurrent, episode_length: 4 })).toEqual({
        'test/episode_length': 5,
      });
    });
  });

  it('looks at up to 96 states', () => {
    // All of the first episode's.
    const [every, first] = [
      measured({ steps: 960, gone: [0, 1] }),
      measured({ steps: 960, gone: [0, 1] }, {}, 1),
    ];
    expect(every['test/q_bias']).toBe(first['test/q_bias']);
  });
});
