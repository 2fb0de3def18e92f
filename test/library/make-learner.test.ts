/** makeLearner() for all kinds of environments builds the same learner as train(). */
import { describe, expect, it } from 'vitest';
import {
  makeEnv,
  makeLearner,
  makeVectorEnv,
  type Adam,
  type Config,
  type LearnersOf,
  type Scheduler,
} from '../../src/index.ts';
import { TrainingSession } from '../../src/train/session.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ReferenceEngine } from '../../src/engine/reference/engine.ts';
import { ALIKE, alike, faultOf, numbersOf, sampleOf, SMALL, UNLIKE } from './small.ts';

const OPTIONS = { continuous_actions: true, N: 2 };

describe('makeLearner()', () => {
  it('takes any environment, or a joint spec', async () => {
    const parallel = makeEnv('simple_spread_v3', OPTIONS);
    const vector = makeVectorEnv('simple_spread_v3', OPTIONS, 3);
    const { name, possibleAgents } = parallel;
    const custom = {
      ...{ name, possibleAgents, agents: [] },
      observationSpace: (agent: string) => parallel.observationSpace(agent),
      actionSpace: (agent: string) => parallel.actionSpace(agent),
      reset: () => parallel.reset(),
      step: () => parallel.step({}),
    };
    const made = [];
    for (const env of [parallel, vector, custom, vector.spec]) made.push(await makeLearner(SMALL, env));
    for (const { policy } of made) expect(policy.spec.agents).toEqual(vector.spec.agents);
    expect(made.map(({ args }) => args.env_id)).toEqual(Array(4).fill('simple_spread_v3'));
    const [first, ...others] = made.map(numbersOf);
    for (const other of others) expect(other).toEqual(first);
  });

  it('builds the same networks, optimizers and schedulers as train()', async () => {
    const env = makeVectorEnv('simple_push_v3', { continuous_actions: true }, 4);
    const keys: Partial<Config> = {
      ...{ ...SMALL, agent: 'MASAC', env_id: 'simple_push_v3', use_parameter_sharing: 'teams', seed: 5 },
      ...{ parallels: 4, lr_schedule: 'linear', optimizer_eps: 1e-4 },
    };
    const session = new TrainingSession(loadConfig({ keys }).config, env, new ReferenceEngine());
    const made = await makeLearner(keys, env);
    expect(numbersOf(made)).toEqual(numbersOf(session));
    for (const network of ['actor', 'critic', 'alpha'] as const)
      for (const team of ['adversary', 'agent']) {
        const name = `${network}/${team}`;
        const adams = made.optimizer[network] as Map<string, Adam>;
        const schedulers = made.scheduler[network] as Map<string, Scheduler>;
        expect(adams.get(team)).toEqual(session.learner.optimizer.get(name));
        expect(schedulers.get(team)).toEqual(session.learner.scheduler.get(name));
      }
  });

  it('supports several engines at once', async () => {
    const wasm = await Promise.all([1, 2].map((threads) => alike({ engine: 'wasm', threads })));
    const reference = await alike();
    const infos = [...wasm, reference].map((learner) => learner.update(sampleOf(learner)));
    expect(infos[0]).toEqual(infos[2]);
    expect(infos[1]).toEqual(infos[2]);
    for (const learner of wasm) learner.dispose();
    expect(reference.update(sampleOf(reference))['loss_critic']).toBeGreaterThan(0);
  });

  it.each<[Partial<Config>, unknown, string]>([
    [{ tau: 2 }, ALIKE, 'config: tau: expected a number > 0 and <= 1, got 2'],
    [{}, undefined, 'env: expected an environment, or a joint spec of its agents, got none'],
    [
      {},
      'simple_spread_v3',
      'env: expected an environment, or a joint spec of its agents, got "simple_spread_v3"',
    ],
    [{}, {}, 'env: environment.observationSpace: expected a method, got nothing'],
    [
      {},
      UNLIKE,
      'use_parameter_sharing: expected agents of equal widths in a group, got cat (observation 4, action 2) and mouse ' +
        '(observation 3, action 1); set use_parameter_sharing: false or teams',
    ],
    [
      { agent: { cat: 'MADDPG' }, use_parameter_sharing: 'teams' },
      UNLIKE,
      'agent: expected an algorithm for each of the teams cat, mouse, got {"cat":"MADDPG"}',
    ],
  ])('rejects %j and %j', async (keys, env, message) => {
    const error = await faultOf(() => makeLearner({ ...SMALL, ...keys }, env as LearnersOf));
    expect(error.replace(/^\w+: /, '')).toBe(`makeLearner: ${message}`);
  });
});
