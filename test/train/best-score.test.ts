import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { mpeEnvironments } from '../../src/envs/mpe/open.ts';
import { baselinePlayer } from '../../src/evaluate/baseline-players.ts';
import { bestBy, BestScore } from '../../src/train/best-score.ts';
import { buildPolicy } from '../../src/train/build.ts';
import type { Config } from '../../src/config/keys.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });

function scoreOf(keys: Partial<Config>, shared = false): BestScore {
  const { config } = loadConfig({
    flags: {
      ...{ env_id: 'simple_push_v3', env_options: { max_cycles: 5 }, use_parameter_sharing: 'teams' },
      ...{ actor_hidden_size: [4], critic_hidden_size: [4], test_episode: 3, ...keys },
    },
  });
  const factory = { ...mpeEnvironments(config), shared };
  const evaluation = factory.make(1);
  const opponents = config.opponents.map((name) =>
    baselinePlayer(name as 'random' | 'noop', config, evaluation),
  );
  const policy = buildPolicy(config, evaluation.spec, engine);
  return new BestScore(config, policy, { factory, evaluation, opponents });
}

const goOn = (): Promise<boolean> => Promise.resolve(true);
/** Two episodes of an adversary and an agent. */
const RETURNS = [
  [1, -3],
  [3, -9],
];

it('is the mean over all agents, or with best_team that of its side', async () => {
  expect(await scoreOf({}).of(RETURNS, goOn)).toEqual({ value: -2, metrics: {} });
  expect(await scoreOf({ best_team: 'adversary' }).of(RETURNS, goOn)).toEqual({ value: 2, metrics: {} });
  expect(await scoreOf({ best_team: 'agent' }).of(RETURNS, goOn)).toEqual({ value: -6, metrics: {} });
});

it('is the mean over the pool, played at once or in turns alike', async () => {
  const keys = { best_team: 'agent', opponents: ['random', 'noop'] };
  const score = await scoreOf(keys).of(RETURNS, goOn);
  const { 'test/return_against/random': random, 'test/return_against/noop': noop } = score!.metrics;
  expect(score).toEqual({
    value: (random! + noop!) / 2,
    metrics: {
      'test/return_against/random': random,
      'test/return_against/noop': noop,
      'test/pool_return': (random! + noop!) / 2,
    },
  });
  expect(random).not.toBe(noop);
  expect(await scoreOf(keys, true).of(RETURNS, goOn)).toEqual(score);
});

it('stops between two steps if it is told to', async () => {
  let steps = 0;
  const stopAtThird = (): Promise<boolean> => Promise.resolve(++steps < 3);
  const score = scoreOf({ best_team: 'agent', opponents: ['noop'] });
  expect(await score.of(RETURNS, stopAtThird)).toBeUndefined();
  expect(steps).toBe(3);
});

it('says in words what best goes by', () => {
  const by = (best_team: string | null, opponents: string[] = []): string | undefined =>
    bestBy({ best_team, opponents });
  expect(by(null)).toBeUndefined();
  expect(by('eve')).toBe('eve against those it trains with');
  expect(by('eve', ['noop', 'runs/a'])).toBe('eve against noop, runs/a');
});
