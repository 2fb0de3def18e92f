/**
 * Agents with Box and agents with Discrete actions in one environment: each samples from its own actor, and every
 * combination of algorithms trains.
 */
import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { CustomVectorEnv } from '../../src/envs/custom/vector.ts';
import type { TrainingSession } from '../../src/train/session.ts';
import { begun } from './begun.ts';
import { Staggered } from '../envs/custom/staggered.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });

/** A session of Staggered, whose agents early and late move by a number in [-1, 1] and whose agent last has 3 choices. */
function sessionOf(keys: Partial<Config>): TrainingSession {
  const { config } = loadConfig({
    flags: {
      ...{ parallels: 2, start_training: 12, training_frequency: 2, batch_size: 4, buffer_size: 1000 },
      ...{ actor_hidden_size: [], critic_hidden_size: [4], activation_action: 'tanh' },
      ...{ use_parameter_sharing: false, start_noise: 0, end_noise: 0, ...keys },
    },
  });
  const env = new CustomVectorEnv('staggered', () => new Staggered(), config.parallels);
  return begun(config, env, engine);
}

describe('Box and Discrete actions in one environment', () => {
  it.each<[Config['agent'], Partial<Config>]>([
    ['MADDPG', {}],
    ['MADDPG', { infer_policies: true, gumbel: 'straight_through' }],
    ['MATD3', { infer_policies: true }],
    [{ early: 'ISAC', late: 'MADDPG', last: 'IDDPG' }, {}],
    [{ early: 'MASAC', late: 'MATD3', last: 'MADDPG' }, { target_noise: 0.2 }],
    [
      { early: 'MASAC', late: 'MATD3', last: 'IDDPG' },
      { target_noise: 0.2, infer_policies: true },
    ],
  ])('train with agent %o and %o', (agent, keys) => {
    const session = sessionOf({ agent, ...keys });
    while (session.updates < 6) session.advance();
    session.checkFinite();
    for (const name of ['early', 'late', 'last'])
      expect(session.lastInfo).toHaveProperty(`${name}/loss_critic`);
  });

  it('are sampled from a Gaussian for soft actors and from softmax for Discrete', () => {
    const session = sessionOf({
      ...{ agent: { early: 'ISAC', late: 'MADDPG', last: 'IDDPG' }, gumbel: 'straight_through' },
      ...{ start_training: 8000, running_steps: 8000 },
    });
    const { policy, rollout } = session;
    const layers = new Map(policy.tensors());
    // Whatever is seen: mu 0.3 and log sigma log 0.5; 0.4; choices of 1/8, 2/8 and 5/8.
    const biases = { early: [0.3, Math.log(0.5)], late: [0.4], last: [0, Math.log(2), Math.log(5)] };
    for (const [agent, bias] of Object.entries(biases)) {
      const own = [...layers].filter(([name]) => name.startsWith('actor/') && name.split('/')[1] === agent);
      const of = (letter: string) => own.filter(([name]) => name.split('/')[2]!.startsWith(letter));
      for (const [, { data }] of of('W')) data.fill(0);
      of('b')
        .flatMap(([, { data }]) => [...data.keys()].map((k) => [data, k] as const))
        .forEach(([data, k], column) => (data[k] = bias[column]!));
    }
    policy.load(layers);

    const done: number[][] = [];
    const step = rollout.env.step.bind(rollout.env);
    rollout.env.step = (actions) => {
      done.push([...actions.slice(0, 5)]);
      step(actions);
    };
    for (let k = 0; k < 4000; k++) session.advance();
    const average = (column: (row: number[]) => number): number =>
      done.reduce((sum, row) => sum + column(row), 0) / done.length;
    expect(done).toHaveLength(4000);
    expect(average((row) => Math.atanh(row[0]!))).toBeCloseTo(0.3, 1);
    expect(average((row) => (Math.atanh(row[0]!) - 0.3) ** 2)).toBeCloseTo(0.25, 1);
    expect(new Set(done.map((row) => row[1]))).toEqual(new Set([Math.fround(Math.tanh(Math.fround(0.4)))]));
    for (const [choice, probability] of [1 / 8, 2 / 8, 5 / 8].entries())
      // Four standard deviations of the mean of 4000 draws.
      expect(Math.abs(average((row) => row[2 + choice]!) - probability)).toBeLessThan(0.031);
  });
});
