import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { FastStream } from '../../src/core/random.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { makeVectorEnv } from '../../src/envs/registry.ts';
import { playEpisodes } from '../../src/evaluate/play.ts';
import { criticOf } from '../../src/player/critic.ts';
import { Recorder } from '../../src/player/recorder.ts';
import type { EpisodeBatch } from '../../src/replay/batch.ts';
import { buildPolicy } from '../../src/train/build.ts';
import { EvaluationWatch } from '../../src/train/evaluation-watch.ts';
import { readGolden } from '../golden/golden-data.ts';
import { policyOf, sampleOf, type LearnerCase } from '../golden/learner-case.ts';
import { alike, unlike } from '../library/small.ts';

const stream = new FastStream(1, 'test');
const draw = (length: number): Float32Array => Float32Array.from({ length }, () => stream.double());

describe('Q of a recording', () => {
  it.each([
    ['shared', alike, [6, 4], [0, 0]],
    ['separate', unlike, [7, 3], [0, 1]],
  ] as const)("is the critics' output, with %s networks", async (_, make, [obsTotal, actTotal], groupOf) => {
    const { policy } = await make();
    const [obs, actions] = [draw(obsTotal), draw(actTotal)];
    const values = criticOf(policy)(obs, actions);
    groupOf.forEach((g, agent) => {
      const group = policy.groups[g]!;
      const ids = Array.from({ length: group.idWidth }, (__, k) => (k === agent ? 1 : 0));
      const layers = ['0', '1'].map((layer) => {
        const tensors = [...policy.tensors()].filter(([name]) => name.startsWith(`critic/${group.name}/`));
        return tensors.slice(Number(layer) * 2, Number(layer) * 2 + 2).map(([, { data }]) => [...data]);
      });
      const hidden = dense([...obs, ...actions, ...ids], layers[0]!).map((x) => (x > 0 ? x : 0.01 * x));
      expect(values[agent]).toBeCloseTo(dense(hidden, layers[1]!)[0]!, 5);
    });
  });
});

const engine = await createEngine({ engine: 'wasm', device: 'cpu', threads: 1 });
const CASES = Object.entries(readGolden<LearnerCase>('rnn_golden.json.gz')).filter(([, { updates }]) =>
  Object.keys(updates[0]!.info).some((name) => name.endsWith('predictQ')),
);

describe('Q of a recurrent critic', () => {
  it.each(CASES.filter(([, { config }]) => !config.agent.endsWith('SAC')))(
    "over the episodes of %s has the mean that XuanCe's learner reports",
    (_, golden) => {
      const policy = policyOf(golden, engine);
      const { obsTotal, actTotal } = policy.spec;
      const { size, steps, obs, actions } = sampleOf(golden, 0) as EpisodeBatch;
      const critic = criticOf(policy);
      const sums = policy.spec.agents.map(() => 0);
      for (let b = 0; b < size; b++) {
        critic.beginEpisode!();
        for (let t = 0; t < steps; t++) {
          const [seen, taken] = [(b * (steps + 1) + t) * obsTotal, (b * steps + t) * actTotal];
          critic(obs.subarray(seen, seen + obsTotal), actions.subarray(taken, taken + actTotal)).forEach(
            (q, i) => (sums[i]! += q! / (size * steps)),
          );
        }
      }
      for (const { agents, infoPrefix } of policy.groups) {
        const mean = agents.reduce((sum, i) => sum + sums[i]!, 0) / agents.length;
        const said = golden.updates[0]!.info[`${infoPrefix}predictQ`]!;
        expect(Math.abs(mean - said)).toBeLessThanOrEqual(5e-6 * Math.max(1, Math.abs(said)));
      }
    },
  );

  it.each(['MADDPG', 'MATD3', 'IDDPG'] as const)(
    'of %s in a recording is the one that an evaluation measures',
    (agent) => {
      const { config } = loadConfig({
        flags: {
          ...{ agent, use_rnn: true, rnn: 'LSTM', N_recurrent_layers: 2, env_id: 'simple_spread_v3' },
          ...{ fc_hidden_sizes: [8], recurrent_hidden_size: 6, env_options: { max_cycles: 7 } },
        },
      });
      const env = makeVectorEnv(config.env_id, { ...config.env_options, continuous_actions: true }, 1);
      const policy = buildPolicy(config, env.spec, engine);
      const watch = new EvaluationWatch(config, policy, env);
      const recorder = new Recorder(env, watch.actor, 3, criticOf(policy));
      watch.begin();
      const episodes = playEpisodes(env, recorder.actor, 3);
      // 96 states are reached in the 14th episode.
      for (let step = 0; step < 7 * 20; step++) {
        episodes.next();
        watch.stepped();
      }
      const values = recorder.episodes
        .slice(0, 14)
        .flatMap(({ steps }) => steps.flatMap((step) => step.values as number[]));
      const mean = values.reduce((sum, q) => sum + q, 0) / values.length;
      expect(watch.metrics()['test/q_mean']).toBeCloseTo(mean, 6);
      expect(new Set(values).size).toBeGreaterThan(200);
    },
  );
});

/** W x + b. */
function dense(x: readonly number[], [weights, biases]: number[][]): number[] {
  return biases!.map((bias, row) =>
    x.reduce((sum, value, k) => sum + value * weights![row * x.length + k]!, bias),
  );
}
