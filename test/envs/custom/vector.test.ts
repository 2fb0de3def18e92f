import { describe, expect, it } from 'vitest';
import { FastStream } from '../../../src/core/random.ts';
import { CustomVectorEnv } from '../../../src/envs/custom/vector.ts';
import { EnvironmentFailure } from '../../../src/envs/errors.ts';
import type { StepResult } from '../../../src/envs/parallel-env.ts';
import { makeEnv, makeVectorEnv } from '../../../src/envs/registry.ts';
import type { VectorEnv } from '../../../src/envs/vector-env.ts';
import { Saved, Staggered } from './staggered.ts';

/** Copies of everything a step writes. */
function outcome(env: VectorEnv): number[][] {
  return [env.obs, env.nextObs, env.rewards, env.terminals, env.agentMask, env.ended].map((array) => [
    ...array,
  ]);
}

/** Joint actions [E, SA] for Staggered: early 0.5, late -0.5, last choice 1. */
function actionsOf(env: VectorEnv): Float32Array {
  return Float32Array.from(Array.from({ length: env.count }, () => [0.5, -0.5, 0, 1, 0]).flat());
}

function staggered(count = 1): { env: CustomVectorEnv; made: Staggered[] } {
  const made: Staggered[] = [];
  const make = (): Staggered => {
    made.push(new Staggered());
    return made.at(-1)!;
  };
  const env = new CustomVectorEnv('staggered', make, count);
  env.reset(Array.from({ length: count }, (_, e) => e));
  return { env, made };
}

describe.each([
  ['simple_spread_v3', { continuous_actions: true, max_cycles: 7 }],
  ['simple_spread_v3', { continuous_actions: false, max_cycles: 7 }],
  ['simple_spread_v3', { continuous_actions: true, N: 1, terminate_on_success: true, max_cycles: 40 }],
  ['simple_speaker_listener_v4', { continuous_actions: true, max_cycles: 7 }],
] as const)('CustomVectorEnv over ParallelEnv %s %o', (id, options) => {
  it('matches the native VectorEnv bit for bit over several episodes', () => {
    const native = makeVectorEnv(id, options, 3);
    const adapted = new CustomVectorEnv(id, () => makeEnv(id, options), 3);
    expect(adapted.spec).toEqual(native.spec);
    expect(adapted.name).toBe(native.name);
    for (const env of [native, adapted]) env.reset([5, 11, 7]);
    expect(outcome(adapted)).toEqual(outcome(native));
    const stream = new FastStream(1, 'actions');
    let episodes = 0;
    for (let t = 0; t < 100; t++) {
      const actions = Float32Array.from({ length: 3 * native.spec.actTotal }, () => stream.double());
      for (const env of [native, adapted]) env.step(actions);
      expect(outcome(adapted)).toEqual(outcome(native));
      episodes += native.ended.reduce((sum, ended) => sum + ended, 0);
    }
    expect(episodes).toBeGreaterThan(5);
  });
});

describe('agents that finish early', () => {
  it('are masked from the next step until the next episode: zero reward, zero observation, mask 0', () => {
    const { env } = staggered();
    env.reset([0]);
    const steps = Array.from({ length: 6 }, () => {
      env.step(actionsOf(env));
      const [obs, nextObs, rewards, terminals, mask, ended] = outcome(env);
      return { nextObs, obs, rewards, terminals, mask, ended };
    });
    expect(steps).toEqual([
      {
        nextObs: [1, 1, 2, 1, 3, 1],
        obs: [1, 1, 2, 1, 3, 1],
        rewards: [11, 12, 13],
        terminals: [0, 0, 0],
        mask: [1, 1, 1],
        ended: [0],
      },
      {
        nextObs: [1, 2, 2, 2, 3, 2], // early keeps its last observation
        obs: [0, 0, 2, 2, 3, 2], // early no longer acts
        rewards: [21, 22, 23],
        terminals: [1, 0, 0],
        mask: [1, 1, 1],
        ended: [0],
      },
      {
        nextObs: [0, 0, 2, 3, 3, 3],
        obs: [0, 0, 0, 0, 3, 3],
        rewards: [0, 32, 33],
        terminals: [1, 0, 0], // late is truncated, not terminated
        mask: [0, 1, 1],
        ended: [0],
      },
      {
        nextObs: [0, 0, 0, 0, 3, 4],
        obs: [0, 0, 0, 0, 3, 4],
        rewards: [0, 0, 43],
        terminals: [1, 0, 0],
        mask: [0, 0, 1],
        ended: [0],
      },
      {
        nextObs: [0, 0, 0, 0, 3, 5],
        obs: [1, 0, 2, 0, 3, 0], // the next episode's
        rewards: [0, 0, 53],
        terminals: [1, 0, 1],
        mask: [0, 0, 1],
        ended: [1],
      },
      {
        nextObs: [1, 1, 2, 1, 3, 1],
        obs: [1, 1, 2, 1, 3, 1],
        rewards: [11, 12, 13],
        terminals: [0, 0, 0],
        mask: [1, 1, 1],
        ended: [0],
      },
    ]);
  });

  it('get no more actions, and the others keep their columns', () => {
    const { env, made } = staggered();
    for (let t = 0; t < 4; t++) env.step(actionsOf(env));
    const [early, late] = [Float32Array.of(0.5), Float32Array.of(-0.5)];
    expect(made[0]!.given).toEqual([
      { early, late, last: 1 },
      { early, late, last: 1 },
      { late, last: 1 },
      { last: 1 },
    ]);
  });

  it('do not disturb other environments', () => {
    const { env, made } = staggered(2);
    env.reset([0, 10]);
    made[1]!.ends = { early: 1, late: 2, last: 2 };
    for (let t = 0; t < 2; t++) env.step(actionsOf(env));
    expect([...env.ended]).toEqual([0, 1]);
    expect([...env.agentMask]).toEqual([1, 1, 1, 0, 1, 1]);
    expect([...env.obs]).toEqual([0, 0, 2, 2, 3, 2, 11, 0, 12, 0, 13, 0]);
  });
});

describe('a snapshot', () => {
  it('of environments with snapshot() continues bit for bit, masks included', () => {
    const whole = new CustomVectorEnv('saved', () => new Saved(), 2);
    whole.reset([3, 4]);
    for (let t = 0; t < 3; t++) whole.step(actionsOf(whole));
    const bytes = whole.snapshot();
    const resumed = new CustomVectorEnv('saved', () => new Saved(), 2);
    resumed.restore(bytes);
    expect(resumed.resumable).toBe(true);
    expect(resumed.obs).toEqual(whole.obs);
    expect(resumed.snapshot()).toEqual(bytes);
    for (let t = 0; t < 8; t++) {
      for (const env of [whole, resumed]) env.step(actionsOf(env));
      expect(outcome(resumed)).toEqual(outcome(whole));
    }
  });

  it('of environments without snapshot() starts new episodes, seeded by what was played', () => {
    const { env } = staggered(2);
    env.reset([3, 4]);
    for (let t = 0; t < 7; t++) env.step(actionsOf(env));
    const bytes = env.snapshot();
    const resume = (from: Uint8Array): { seeds: number[]; bytes: Uint8Array } => {
      const { env: resumed, made } = staggered(2);
      expect(resumed.resumable).toBe(false);
      resumed.restore(from);
      expect(made.map(({ t, episode }) => [t, episode])).toEqual([
        [0, 1],
        [0, 1],
      ]);
      return { seeds: made.map(({ seed }) => seed), bytes: resumed.snapshot() };
    };
    const first = resume(bytes);
    const seeds = [3, 4].map((seed) => new FastStream(seed, 'after 2 episodes').uint32());
    expect(first.seeds).toEqual(seeds);
    expect(resume(bytes)).toEqual(first);
    // A second resume continues from the first with different seeds.
    expect(resume(first.bytes).seeds).toEqual(
      seeds.map((seed) => new FastStream(seed, 'after 1 episodes').uint32()),
    );
  });

  it('without state is refused by an environment that has snapshot()', () => {
    const { env } = staggered();
    const saved = new CustomVectorEnv('saved', () => new Saved(), 1);
    expect(() => {
      saved.restore(env.snapshot());
    }).toThrow(
      'snapshot: expected one of an environment with snapshot(), got one of an environment without it',
    );
  });
});

describe('an environment that breaks the contract during training', () => {
  /** Message and exit code of the error thrown by the steps. */
  function failure(change: (env: Staggered) => void): [string, number] | 'none' {
    const { env, made } = staggered();
    change(made[0]!);
    try {
      for (let t = 0; t < 6; t++) env.step(actionsOf(env));
    } catch (error) {
      const { message, exitCode } = error as { message: string; exitCode: number };
      return [message, exitCode];
    }
    return 'none';
  }

  it('is stopped with one line', () => {
    expect(failure(() => undefined)).toBe('none');
    expect(failure((env) => (env.observation = () => new Float32Array(3)))).toEqual([
      'staggered: step: observations.early: expected 2 numbers, got 3',
      1,
    ]);
    expect(failure((env) => (env.observation = () => Float32Array.of(0, NaN)))).toEqual([
      'staggered: step: observations.early[1]: expected a finite number, got NaN',
      1,
    ]);
    const [message, code] = failure((env) => {
      env.observation = () => {
        throw new TypeError('the world is gone');
      };
    });
    expect(message).toMatch(
      /^staggered: step\(\) failed: TypeError: the world is gone \(vector\.test\.ts:\d+:\d+\)$/,
    );
    expect(code).toBe(1);
  });

  /** The message if `change` is applied after step t. */
  function failureAfter(t: number, change: (env: Staggered) => unknown): string {
    const outcome = failure((env) => {
      const step = env.step.bind(env);
      env.step = (actions) => {
        const result = step(actions);
        if (env.t === t) change(env);
        return result;
      };
    });
    return outcome === 'none' ? outcome : outcome[0];
  }

  it('is stopped when agents lists an unknown or a finished agent', () => {
    for (const t of [1, 5])
      expect(failureAfter(t, (env) => Object.assign(env, { agents: [...env.agents, 'ghost'] }))).toBe(
        'staggered: step: agents: expected names among early, late, last, got ghost',
      );
    expect(failureAfter(3, (env) => (env.agents = ['early', 'last']))).toBe(
      'staggered: step: agents: expected a list without early, which was not in the episode before this step, got one ' +
        'with early; agents join only at reset() and do not return',
    );
  });

  it('is stopped when agents is not an array or cannot be read', () => {
    expect(failureAfter(5, (env) => Object.assign(env, { agents: null }))).toBe(
      'staggered: step: agents: expected an array of names, empty after the last step, got null',
    );
    expect(failureAfter(2, (env) => Object.assign(env, { agents: new Set(env.agents) }))).toBe(
      'staggered: step: agents: expected an array of names, empty after the last step, got an object',
    );
    const unreadable = {
      get: () => {
        throw new RangeError('not now');
      },
    };
    expect(failureAfter(1, (env) => Object.defineProperty(env, 'agents', unreadable))).toMatch(
      /^staggered: step\(\) failed: RangeError: not now \(vector\.test\.ts:\d+:\d+\)$/,
    );
  });

  it('is stopped when step() returns a Promise', () => {
    expect(failure((env) => Object.assign(env, { step: () => Promise.resolve({}) }))).toEqual([
      'staggered: step: expected { observations, rewards, terminations, truncations, infos }, got a Promise; ' +
        'step() must be synchronous: no async, no await',
      1,
    ]);
  });

  /** An array whose memory another thread has taken. */
  function detached<T extends Uint8Array | Float32Array>(array: T): T {
    structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
    return array;
  }

  it.each<[string, (result: StepResult) => unknown, string]>([
    [
      'a detached observation',
      ({ observations }) => detached(observations['early']!),
      'observations.early: expected 2 numbers, got 0',
    ],
    [
      'an array of numbers for an observation',
      (result) => ({ ...result, observations: { ...result.observations, early: [1, 2] } }),
      'observations.early: expected a Float32Array of 2 numbers, got Array of 2 values',
    ],
    [
      'an infinite observation',
      ({ observations }) => observations['late']!.fill(-Infinity),
      'observations.late[0]: expected a finite number, got -Infinity',
    ],
    [
      'a reward that is NaN',
      (result) => ({ ...result, rewards: { ...result.rewards, last: NaN } }),
      'rewards.last: expected a finite number, got NaN',
    ],
    [
      'a reward that is a text',
      (result) => ({ ...result, rewards: { ...result.rewards, last: '1' } }),
      'rewards.last: expected a finite number, got 1',
    ],
    [
      'no rewards',
      (result) => ({ ...result, rewards: undefined }),
      'rewards: expected an object with an entry per agent, got nothing',
    ],
    [
      'a termination that is a number',
      (result) => ({ ...result, terminations: { ...result.terminations, early: 0 } }),
      'terminations.early: expected true or false, got 0',
    ],
    [
      'null for an info',
      (result) => ({ ...result, infos: { ...result.infos, early: null } }),
      'infos.early: expected an object, {} if there is nothing to report, got null',
    ],
  ])('is stopped at the step that gives %s', (_, change, message) => {
    const [line, code] = failure((env) => {
      const step = env.step.bind(env);
      env.step = (actions) => {
        const result = step(actions);
        const changed = change(result);
        return typeof changed === 'object' && changed !== null && 'rewards' in changed
          ? (changed as StepResult)
          : result;
      };
    });
    expect([line, code]).toEqual([`staggered: step: ${message}`, 1]);
  });

  it.each<[string, () => unknown, string]>([
    ['a text', () => 'state', 'snapshot: expected a Uint8Array, got state'],
    ['nothing', () => undefined, 'snapshot: expected a Uint8Array, got nothing'],
    ['null', () => null, 'snapshot: expected a Uint8Array, got null'],
    ['a Promise', () => Promise.resolve(Uint8Array.of(1)), 'snapshot: expected a Uint8Array, got an object'],
    [
      'other numbers than bytes',
      () => Float64Array.of(1),
      'snapshot: expected a Uint8Array, got Float64Array of 1 values',
    ],
    [
      'bytes whose memory is gone',
      () => detached(Uint8Array.of(1)),
      'snapshot() failed: TypeError: Cannot perform %TypedArray%.prototype.slice on a detached ArrayBuffer',
    ],
  ])('is stopped at a snapshot() that gives %s: no checkpoint holds it', (_, snapshot, message) => {
    const one = new Saved();
    const env = new CustomVectorEnv('saved', () => one, 1);
    env.reset([1]);
    Object.assign(one, { snapshot });
    expect(() => env.snapshot()).toThrow(new EnvironmentFailure(`saved: ${message}`));
  });

  it('reports a close() that throws, and closes the others', () => {
    const { env, made } = staggered(3);
    let closed = 0;
    made.forEach((one, e) =>
      Object.assign(one, {
        close: () => {
          closed += 1;
          if (e === 1) throw new Error('the file is gone');
        },
      }),
    );
    expect(() => {
      env.close();
    }).toThrow(/^staggered: close\(\) failed: the file is gone \(vector\.test\.ts:\d+:\d+\)$/);
    expect(closed).toBe(3);
  });

  it('is refused at construction if it is not an environment', () => {
    const refused = (make: () => unknown): string => {
      try {
        new CustomVectorEnv('mine', make as () => Staggered, 1);
      } catch (error) {
        return `${(error as { exitCode: number }).exitCode}: ${(error as Error).message}`;
      }
      return 'none';
    };
    let made = 0;
    expect(() => new CustomVectorEnv('mine', () => [new Staggered()][made++] as Staggered, 2)).toThrow(
      /^mine: environment: expected an object, got nothing$/,
    );
    expect(refused(() => null)).toBe('2: mine: environment: expected an object, got null');
    expect(refused(() => 3)).toBe('2: mine: environment: expected an object, got 3');
    expect(refused(() => Object.assign(new Staggered(), { step: undefined }))).toBe(
      '2: mine: environment.step: expected a method, got nothing',
    );
    expect(
      refused(() => {
        throw new Error('no licence');
      }),
    ).toMatch(/^2: mine: expected an environment, got an error: no licence \(vector\.test\.ts:\d+:\d+\)$/);
    expect(refused(() => new Staggered())).toBe('none');
  });
});
