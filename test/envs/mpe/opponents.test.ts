/** The scripted controllers of scenarios with opponents, and of collect_treasure: what each agent sees and does. */
import { describe, expect, it } from 'vitest';
import { scriptedController } from '../../../src/envs/mpe/controllers/scripted.ts';
import { makeVectorEnv } from '../../../src/envs/registry.ts';
import { sidesOf } from '../../../src/envs/sides.ts';
import { randomActor, sideActor } from '../../../src/evaluate/actors.ts';
import { episodeReturns } from '../../../src/evaluate/play.ts';
import { summarize } from '../../../src/evaluate/returns.ts';

const KINDS = [true, false];

/** The scripted joint action for a joint observation, given by agent; by agent. */
function act(
  id: string,
  options: Readonly<Record<string, unknown>>,
  obs: readonly (readonly number[])[],
): number[][] {
  const { spec } = makeVectorEnv(id, options, 1);
  const actions = new Float32Array(spec.actTotal);
  expect(obs.map(({ length }) => length)).toEqual(spec.agents.map(({ obsWidth }) => obsWidth));
  scriptedController(id, spec, options)(Float32Array.from(obs.flat()), actions);
  return spec.agents.map(({ actWidth }, i) => [
    ...actions.subarray(spec.actOffsets[i], spec.actOffsets[i]! + actWidth),
  ]);
}

const [REST, LEFT, RIGHT, DOWN, UP] = [0, 1, 2, 3, 4].map((k) =>
  [0, 1, 2, 3, 4].map((j) => (j === k ? 1 : 0)),
);

describe('an agent needs nothing but its own observation', () => {
  it.each([
    ['simple_adversary_v3', { N: 3 }],
    ['simple_push_v3', {}],
    ['simple_crypto_v3', {}],
    ['simple_world_comm_v3', {}],
    ['collect_treasure_v1', {}],
  ])('%s', (id, options) => {
    for (const continuous_actions of KINDS) {
      const env = makeVectorEnv(id, { ...options, continuous_actions }, 1);
      const { spec } = env;
      const scripted = scriptedController(id, spec, options);
      const [all, alone] = [new Float32Array(spec.actTotal), new Float32Array(spec.actTotal)];
      env.reset([5]);
      for (let step = 0; step < 5; step++) {
        scripted(env.obs, all);
        spec.agents.forEach(({ obsWidth, actWidth, name }, i) => {
          const hidden = new Float32Array(spec.obsTotal).fill(-7);
          const o = spec.obsOffsets[i]!;
          hidden.set(env.obs.subarray(o, o + obsWidth), o);
          scripted(hidden, alone);
          const a = spec.actOffsets[i]!;
          expect(alone.subarray(a, a + actWidth), name).toEqual(all.subarray(a, a + actWidth));
        });
        env.step(all);
      }
    }
  });
});

describe('a scripted team does better than a random one against the same opponents', () => {
  // Mean returns of the first team of `side` over 25 episodes: margins over random play against random and scripted others.
  it.each([
    ['simple_adversary_v3', ['adversary'], 6, 6],
    ['simple_adversary_v3', ['agent'], 8, 8],
    ['simple_push_v3', ['adversary'], 8, 15],
    ['simple_push_v3', ['agent'], 18, 18],
    ['simple_crypto_v3', ['eve'], 8, 8],
    ['simple_crypto_v3', ['bob', 'alice'], 30, 30],
    ['simple_world_comm_v3', ['adversary', 'leadadversary'], 40, 15],
    ['simple_world_comm_v3', ['agent'], 30, 40],
  ])('%s %o', (id, side, overRandom, overScripted) => {
    for (const continuous_actions of KINDS) {
      const env = makeVectorEnv(id, { continuous_actions }, 1);
      const scripted = scriptedController(id, env.spec, {});
      const mean = (own: 'random' | 'scripted', others: 'random' | 'scripted'): number => {
        const players = { random: randomActor(env.spec, 4), scripted };
        const sides = sidesOf(env);
        const actors = sides.map(({ teams }) => players[teams.includes(side[0]!) ? own : others]);
        const actor = sideActor(env.spec, sides, actors);
        return summarize(env.spec, episodeReturns(env, actor, 25, 4)).per_team[side[0]!]!.mean;
      };
      expect(mean('scripted', 'random') - mean('random', 'random')).toBeGreaterThan(overRandom);
      expect(mean('scripted', 'scripted') - mean('random', 'scripted')).toBeGreaterThan(overScripted);
    }
  });
});

describe('simple_adversary by hand', () => {
  // Adversary at (0, -1); agents at (-1, 0) and (1, 0); landmarks at (-1, 1) and (1, 0.5).
  const adversary = [-1, 2, 1, 1.5, -1, 1, 1, 1];
  const agents = (goal: 0 | 1): number[][] => [
    [...(goal === 0 ? [0, 1] : [2, 0.5]), 0, 1, 2, 0.5, 1, -1, 2, 0],
    [...(goal === 0 ? [-2, 1] : [0, 0.5]), -2, 1, 0, 0.5, -1, -1, -2, 0],
  ];

  it('each agent covers the landmark above it, whichever is the goal; the adversary goes where an agent is nearest', () => {
    for (const goal of [0, 1] as const)
      expect(act('simple_adversary_v3', {}, [adversary, ...agents(goal)])).toEqual([UP, UP, UP]);
  });

  it('without velocities, the force is 1.5 times the distance, at most 1', () => {
    const [first, second, third] = act('simple_adversary_v3', { continuous_actions: true }, [
      adversary,
      ...agents(0),
    ]);
    expect(first).toEqual([0, 0, 1, 0, 1]);
    expect(second).toEqual([0, 0, 0, 0, 1]);
    expect(third).toEqual([0, 0, 0, 0, 0.75]);
  });
});

describe('simple_push by hand', () => {
  const colours = [0.1, 0.9, 0.1, 0.1, 0.1, 0.9];

  it('the adversary heads for the landmark that the agent is nearer to, the agent for its goal', () => {
    // Adversary at the origin, agent at (1, 0) with its goal at (1, 0.5); the other landmark is at (-1, 0).
    const adversary = [0, 0, 1, 0.5, -1, 0, 1, 0];
    const agent = [0, 0, 0, 0.5, 0.25, 0.75, 0.25, 0, 0.5, -2, 0, ...colours, -1, 0];
    expect(act('simple_push_v3', {}, [adversary, agent])).toEqual([RIGHT, UP]);
  });

  it('the adversary rests on the goal, 0.03 towards the agent', () => {
    // The goal is at the origin, the agent at (0.15, 0), the other landmark far to the left.
    const agent = [0, 0, -0.15, 0, 0.25, 0.75, 0.25, -0.15, 0, -5.15, 0, ...colours, -0.1, 0];
    const moves = [0.01, 0.03, 0.05].map(
      (x) => act('simple_push_v3', {}, [[0, 0, -x, 0, -5 - x, 0, 0.15 - x, 0], agent])[0],
    );
    expect(moves).toEqual([REST, REST, REST]);
    const far = [-0.05, 0.15].map(
      (x) => act('simple_push_v3', {}, [[0, 0, -x, 0, -5 - x, 0, 0.2 - x, 0], agent])[0],
    );
    expect(far).toEqual([RIGHT, LEFT]);
  });
});

describe('simple_crypto by hand', () => {
  const code = (k: number): number[] => [0, 1, 2, 3].map((j) => (j === k ? 1 : 0));
  const SILENCE = [0, 0, 0, 0];

  it('Alice says goal XOR key, Bob reads it, Eve cannot', () => {
    for (const continuous_actions of KINDS)
      for (const goal of [0, 1])
        for (const key of [0, 1]) {
          const said = code(goal === key ? 0 : 1);
          const [eve, bob, alice] = act('simple_crypto_v3', { continuous_actions }, [
            said,
            [...code(key), ...said],
            [...code(goal), ...code(key)],
          ]);
          expect(alice).toEqual(said);
          expect(bob).toEqual(code(goal));
          expect(eve).toEqual(continuous_actions ? [0.5, 0.5, 0, 0] : code(0));
        }
  });

  it('Bob guesses as Eve does before he has heard anything', () => {
    const obs = [SILENCE, [...code(1), ...SILENCE], [...code(0), ...code(1)]];
    expect(act('simple_crypto_v3', { continuous_actions: true }, obs)[1]).toEqual([0.5, 0.5, 0, 0]);
    expect(act('simple_crypto_v3', {}, obs)[1]).toEqual(code(0));
  });

  it('scores exactly what its code is worth: 24 steps of Bob without error, Eve with 0.5, the first a guess', () => {
    const env = makeVectorEnv('simple_crypto_v3', { continuous_actions: true }, 1);
    const returns = episodeReturns(env, scriptedController(env.name, env.spec, {}), 10, 1);
    expect(returns).toEqual(Array.from({ length: 10 }, () => [-12.5, 12, 12]));
  });
});

describe('simple_world_comm by hand', () => {
  // A leader, a hunter, one prey, a food source, a forest; agents at rest.
  const options = { num_good: 1, num_adversaries: 2, num_obstacles: 0, num_food: 1, num_forests: 1 };
  const FAR = [9, 9];
  /** `[position, food, forest, others, ...]` */
  const hunter = (at: number[], forest: number[], others: number[], message: number[]): number[] => [
    0,
    0,
    ...at,
    ...FAR,
    ...forest,
    ...others,
    0,
    0,
    -1,
    ...message,
  ];
  const inForest = (x: number, y: number): number[] => [0, 0, x, y, ...FAR, 0, 0, 0, 0, 0, 0, 1];
  const SILENCE = [0, 0, 0, 0];

  // Leader at (0, 0), hunter at (0.5, 0), prey at (-0.75, 0) in a forest there: only the leader sees it.
  const obs = (message: number[]): number[][] => [
    hunter([0, 0], [-0.75, 0], [0.5, 0, -0.75, 0], message),
    hunter([0.5, 0], [-1.25, 0], [-0.5, 0, 0, 0], message),
    inForest(-0.75, 0),
  ];

  it('the leader chases the prey in the forest and says where it is', () => {
    const [discrete] = act('simple_world_comm_v3', options, obs(SILENCE));
    expect(discrete!.indexOf(1)).toBe(1 * 5 + 1); // message 1, the first forest; move left
    const [continuous] = act('simple_world_comm_v3', { ...options, continuous_actions: true }, obs(SILENCE));
    expect(continuous).toEqual([0, 1, 0, 0, 0, 0.3125, 0.5, 0, 0]); // (-0.75 + 2) / 4, (0 + 2) / 4
  });

  it('a hunter that sees no prey goes where the leader tells it, else towards the centre', () => {
    // From (0.5, 0) both lie to the left; from (-1.5, 0) the centre lies to the right.
    const blind = (message: number[]): number[][] => [
      hunter([0, 0], [0.75, 1], [0, -1.5, 0.75, 1], message),
      hunter([0, -1.5], [0.75, 2.5], [0, 1.5, 0, 0], message),
      inForest(0.75, 1),
    ];
    expect(act('simple_world_comm_v3', options, blind(SILENCE))[1]).toEqual(UP);
    const down = [
      hunter([0, 0], [0, -2], [0, -1.5, 0, -2], [0, 1, 0, 0]),
      hunter([0, -1.5], [0, -0.5], [0, 1.5, 0, 0], [0, 1, 0, 0]),
      inForest(0, -2),
    ];
    expect(act('simple_world_comm_v3', options, down)[1]).toEqual(DOWN);
    const told = { ...options, continuous_actions: true };
    const place = [0.5, 0, 0, 0].map((x, k) => (k === 1 ? (-1.9 + 2) / 4 : x)); // (0, -1.9)
    const heard = down.map((row, i) => (i === 1 ? hunter([0, -1.5], [0, -0.5], [0, 1.5, 0, 0], place) : row));
    expect(act('simple_world_comm_v3', told, heard)[1]).toEqual([0, 0, 0, 1, 0]);
  });

  it('prey stays on its food while no hunter is near, and flees from one that comes', () => {
    const prey = (other: number[]): number[] => [0, 0, 0, 0, 0, 0, ...FAR, ...other, 0, 0, -1];
    const hunters = obs(SILENCE).slice(0, 2);
    const move = (other: number[]): number[] =>
      act('simple_world_comm_v3', options, [...hunters, prey(other)])[2]!;
    expect(move([2, 0])).toEqual(REST);
    expect(move([0.3, 0])).toEqual(LEFT);
    expect(move([-0.3, 0])).toEqual(RIGHT);
  });
});

describe('collect_treasure by hand', () => {
  // One type: collectors at (0, 0) and (1, 0), a deposit at (0, -1), treasures at (0.6, 0) and (-1, 0).
  const options = { num_collectors: 2, num_deposits: 1, num_treasures: 2 };
  /** `[position, velocity, deposit's type, what a collector holds]` */
  const other = (x: number, y: number, type: number, holds: number): number[] => [x, y, 0, 0, type, holds];

  it('collectors share the treasures out at minimum total distance, the nearest to each is not the best', () => {
    // To the first collector (0.6, 0) is nearest; but then the second would have to go 2 to the left: 2.6 in all, not 1.4.
    const obs = [
      [0, 0, 0, 0, 0, ...other(1, 0, 0, 0), ...other(0, -1, 1, 0), 0.6, 0, 1, -1, 0, 1],
      [1, 0, 0, 0, 0, ...other(-1, 0, 0, 0), ...other(-1, -1, 1, 0), -0.4, 0, 1, -2, 0, 1],
      [0, -1, 0, 0, ...other(0, 1, 0, 0), ...other(1, 1, 0, 0), 0.6, 1, 1, -1, 1, 1],
    ];
    const [first, second, deposit] = act('collect_treasure_v1', options, obs);
    expect(first).toEqual(LEFT);
    expect(second).toEqual(LEFT);
    expect(deposit).toEqual(UP); // towards both treasures
  });

  it('a loaded collector goes to its deposit, which comes to meet it', () => {
    const gone = [0, 0, 0];
    const obs = [
      [0, 0, 0, 0, 1, ...other(0, -1, 1, 0), ...other(1, 0, 0, 0), -1, 0, 1, ...gone],
      [1, 0, 0, 0, 0, ...other(-1, 0, 0, 1), ...other(-1, -1, 1, 0), -2, 0, 1, ...gone],
      [0, -1, 0, 0, ...other(0, 1, 0, 1), ...other(1, 1, 0, 0), -1, 1, 1, ...gone],
    ];
    expect(act('collect_treasure_v1', options, obs)).toEqual([DOWN, LEFT, UP]);
  });
});
