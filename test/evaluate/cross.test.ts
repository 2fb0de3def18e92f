/** Cross-play, and the games it is made of. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { mpeEnvironments } from '../../src/envs/mpe/open.ts';
import { scriptedController } from '../../src/envs/mpe/controllers/scripted.ts';
import { sidesOf } from '../../src/envs/sides.ts';
import { randomActor, sideActor, type Actor } from '../../src/evaluate/actors.ts';
import { crossPlay, type CrossSide, type Standing } from '../../src/evaluate/cross.ts';
import { playGames, type Player } from '../../src/evaluate/games.ts';
import { episodeReturns } from '../../src/evaluate/play.ts';
import { meanOf, summarize } from '../../src/evaluate/returns.ts';
import { baselinePlayer } from '../../src/evaluate/baseline-players.ts';
import { LoadedPolicy } from '../../src/run/load-policy.ts';
import { buildPolicy } from '../../src/train/build.ts';

const KEYS = { env_id: 'simple_push_v3', env_options: {}, continuous_action: true } as const;
const factory = mpeEnvironments(KEYS);
const env = factory.make(1);
const baseline = (name: 'random' | 'noop' | 'scripted'): Player =>
  baselinePlayer(name, { ...KEYS, env_name: 'mpe' }, env);
const PLAYERS = [baseline('random'), baseline('scripted')];
const OPTIONS = { episodes: 10, seed: 3 };

const standing = (sides: readonly CrossSide[], side: string, player: string): Standing =>
  sides.find((one) => one.side === side)!.standings.find((one) => one.player === player)!;

describe('crossPlay', () => {
  const makers: Record<string, () => Actor> = {
    random: () => randomActor(env.spec, 3),
    scripted: () => scriptedController('simple_push_v3', env.spec, {}),
  };

  it('gives each pair what the two play alone, as scripts/scripted-returns.js does', async () => {
    const sides = await crossPlay(factory, PLAYERS, OPTIONS);
    for (const own of ['random', 'scripted'])
      for (const other of ['random', 'scripted']) {
        const [a, b] = [makers[own]!(), makers[other]!()];
        const actor = sideActor(env.spec, sidesOf(env), own === other ? [a, a] : [a, b]);
        const { per_team } = summarize(env.spec, episodeReturns(env, actor, 10, 3));
        const against = (side: string, player: string, opponent: string): unknown =>
          standing(sides, side, player).against.find((one) => one.opponent === opponent);
        expect(against('adversary', own, other)).toMatchObject(per_team['adversary']!);
        expect(against('agent', other, own)).toMatchObject(per_team['agent']!);
      }
  });

  it('does not depend on how many games it plays at once', async () => {
    const players = [...PLAYERS, baseline('noop')];
    expect(await crossPlay({ ...factory, shared: true }, players, OPTIONS)).toEqual(
      await crossPlay(factory, players, OPTIONS),
    );
  });

  it('averages over opponents from other runs, and names the worst of them', async () => {
    const players = [
      { ...baseline('random'), name: 'early', run: 'one' },
      { ...baseline('scripted'), name: 'late', run: 'one' },
      { ...baseline('noop'), name: 'other' },
      baseline('scripted'),
    ];
    const sides = await crossPlay(factory, players, OPTIONS);
    const { overall, worst, against } = standing(sides, 'adversary', 'early');
    const [, , other, scripted] = against;
    expect(overall!.opponents).toBe(2);
    expect(overall!.mean).toBeCloseTo((other!.mean + scripted!.mean) / 2, 12);
    expect(worst).toEqual({ opponent: 'scripted', mean: scripted!.mean });
    expect(scripted!.mean).toBeLessThan(other!.mean);
    // Half the difference of two means, times the t of one degree of freedom.
    const half = (12.706204736 * (other!.mean - scripted!.mean)) / 2;
    expect(overall!.ci95_opponents![0]).toBeCloseTo(overall!.mean - half, 6);
    expect(overall!.ci95_opponents![1]).toBeCloseTo(overall!.mean + half, 6);
  });

  it('has no mean where nobody else plays, and no interval of one episode', async () => {
    const sides = await crossPlay(factory, [baseline('noop')], { episodes: 1, seed: 0 });
    const { overall, worst, against } = standing(sides, 'agent', 'noop');
    expect([overall, worst, against.length, against[0]!.ci95]).toEqual([null, null, 1, null]);
  });

  it('counts every episode of every game', async () => {
    const told: [number, number][] = [];
    const onProgress = (...counts: [number, number]): void => void told.push(counts);
    await crossPlay({ ...factory, shared: true }, PLAYERS, { episodes: 2, seed: 0, onProgress });
    // The last episode of each of the four games ends its round.
    expect(told).toEqual([1, 3, 5, 7].map((played) => [played, 8]));
  });

  it('needs opponents', async () => {
    const alone = mpeEnvironments({ ...KEYS, env_id: 'simple_spread_v3' });
    await expect(crossPlay(alone, [], OPTIONS)).rejects.toThrow(
      '--cross: expected an environment with opponents, got simple_spread_v3, whose agents are all on one side; ' +
        'evaluate its runs with --checkpoint',
    );
  });
});

it('an ensemble in several games at once draws and plays as it does alone', async () => {
  const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });
  const { config } = loadConfig({
    flags: {
      ...{ env_id: 'simple_push_v3', env_options: { max_cycles: 5 }, ensemble_size: 3 },
      ...{ use_parameter_sharing: false, actor_hidden_size: [4], critic_hidden_size: [4] },
    },
  });
  const small = mpeEnvironments(config);
  const loaded = new LoadedPolicy('here', 0, config, buildPolicy(config, env.spec, engine), engine);
  const trained: Player = { name: 'trained', actor: (rows) => loaded.actorFor(rows) };
  const sides = sidesOf(env);
  const random = baseline('random');
  const returns = [0, 1, 2].map((): number[][] => []);
  const games = [
    [trained, trained],
    [random, trained],
    [trained, random],
  ];
  for (const ended of playGames(small.make(3), sides, games, 7)) {
    for (const one of ended) returns[one.game]!.push([...one.returns]);
    if (returns[0]!.length === 4) break;
  }
  const alone = (...actors: Actor[]): number[][] =>
    episodeReturns(small.make(1), sideActor(env.spec, sides, actors), 4, 7);
  expect(returns).toEqual([
    episodeReturns(small.make(1), loaded.actor, 4, 7),
    alone(randomActor(env.spec, 7), loaded.actor),
    alone(loaded.actor, randomActor(env.spec, 7)),
  ]);
  expect(new Set(returns[0]!.map(meanOf)).size).toBe(4);
});
