import { describe, expect, it } from 'vitest';
import { FastStream } from '../../../src/core/random.ts';
import { checkEnvironment } from '../../../src/envs/custom/contract.ts';
import type { CustomEnvironment } from '../../../src/envs/custom/custom-environment.ts';
import type { StepResult } from '../../../src/envs/parallel-env.ts';
import { makeEnv } from '../../../src/envs/registry.ts';
import { box } from '../../../src/envs/spaces.ts';
import { Saved, Staggered } from './staggered.ts';

/** The faults of a Staggered that `change` has broken. */
function faults(change: (env: Staggered) => unknown): readonly string[] {
  return checkEnvironment(() => {
    const env = new Staggered();
    change(env);
    return env;
  }).faults;
}

/** A Staggered whose steps give something else. */
function stepsGive(change: (result: StepResult, env: Staggered) => unknown): readonly string[] {
  return faults((env) => {
    const step = env.step.bind(env);
    env.step = (actions) => {
      const result = step(actions);
      change(result, env);
      return result;
    };
  });
}

/** What `make` makes is no CustomEnvironment as far as the compiler knows. */
function faultsOf(make: () => unknown): readonly string[] {
  return checkEnvironment(make as () => CustomEnvironment).faults;
}

describe('checkEnvironment', () => {
  it('finds nothing in a sound environment, and says what was played', () => {
    expect(checkEnvironment(() => new Staggered())).toEqual({
      faults: [],
      agents: ['early', 'late', 'last'],
      episodes: 3,
      steps: 15,
      endedEarly: ['early', 'late'],
    });
    expect(checkEnvironment(() => new Saved(), { episodes: 2 })).toMatchObject({
      faults: [],
      episodes: 2,
      steps: 10,
    });
  });

  it.each([
    ['simple_spread_v3', true],
    ['simple_adversary_v3', false],
    ['simple_speaker_listener_v4', true],
  ])('finds nothing in %s, continuous %s', (id, continuous_actions) => {
    expect(checkEnvironment(() => makeEnv(id, { continuous_actions })).faults).toEqual([]);
  });

  it('finds nothing where an agent stays out of an episode from its reset on', () => {
    const without = checkEnvironment(() => {
      const env = new Staggered();
      const reset = env.reset.bind(env);
      env.reset = (options) => {
        const result = reset(options);
        env.agents = ['early', 'last'];
        return result;
      };
      return env;
    });
    expect(without).toMatchObject({ faults: [], steps: 15, endedEarly: ['early'] });
  });

  it('closes every environment that it had made', () => {
    const open = { count: 0 };
    const { faults: found } = checkEnvironment(() => {
      open.count += 1;
      return Object.assign(new Saved(), { close: () => (open.count -= 1) });
    });
    expect({ found, open }).toEqual({ found: [], open: { count: 0 } });
  });

  it('closes all of them where one close() throws, and says so once', () => {
    let closed = 0;
    const [fault, ...others] = faultsOf(() =>
      Object.assign(new Staggered(), {
        close: () => {
          closed += 1;
          throw new Error('the file is gone');
        },
      }),
    );
    expect(fault).toMatch(
      /^close: expected an end without an error, got an error: the file is gone \(contract\.test\.ts:\d+:\d+\)$/,
    );
    expect({ others, closed }).toEqual({ others: [], closed: 2 });
  });

  it('closes an environment that has faults', () => {
    let closed = 0;
    expect(faultsOf(() => ({ close: () => (closed += 1) }))).toHaveLength(7);
    expect(closed).toBe(1);
  });
});

describe('a fault of the environment itself', () => {
  it.each<[string, () => unknown, readonly string[]]>([
    ['a number', () => 3, ['environment: expected an object, got 3']],
    ['null', () => null, ['environment: expected an object, got null']],
    [
      'a Promise',
      () => Promise.resolve(new Staggered()),
      [
        'environment: expected an object, got a Promise; do what takes time with await at the top of the module',
      ],
    ],
    [
      'an object without anything',
      () => ({}),
      [
        'environment.observationSpace: expected a method, got nothing',
        'environment.actionSpace: expected a method, got nothing',
        'environment.reset: expected a method, got nothing',
        'environment.step: expected a method, got nothing',
        'environment.name: expected a text, got nothing',
        'environment.possibleAgents: expected a list of names, got nothing',
        'environment.agents: expected a list of names, got nothing',
      ],
    ],
    [
      'one without agents',
      () => Object.assign(new Staggered(), { possibleAgents: [] }),
      ['possibleAgents: expected a list of names, at least one, got Array of 0 values'],
    ],
    [
      'an agent twice',
      () => Object.assign(new Staggered(), { possibleAgents: ['last', 'last'] }),
      ['possibleAgents: expected every name once, got last twice'],
    ],
    [
      'snapshot() alone',
      () => Object.assign(new Staggered(), { snapshot: () => new Uint8Array() }),
      ['environment: expected both snapshot() and restore(), or neither, got one of them'],
    ],
  ])('%s', (_, make, expected) => {
    expect(faultsOf(make)).toEqual(expected);
  });

  it('nothing when it is made for the second time', () => {
    let made = 0;
    expect(faultsOf(() => (made++ === 0 ? new Staggered() : undefined))).toEqual([
      'in a new environment: environment: expected an object, got nothing',
    ]);
  });

  it.each<[string, unknown, string]>([
    ['a text', 'no licence\nbuy one', 'no licence'],
    ['an error of several lines', new RangeError('no licence\nbuy one'), 'RangeError: no licence'],
    ['a text that begins with an empty line', '\nno licence', 'no licence'],
  ])('what it throws while it is made is one line: %s', (_, error, line) => {
    const [fault, ...others] = faultsOf(() => {
      throw error;
    });
    expect(fault!.replace(/ \(contract\.test\.ts:\d+:\d+\)$/, '')).toBe(
      `environment: expected one that can be made, got an error: ${line}`,
    );
    expect(others).toEqual([]);
  });

  it('a class, without a place of ours', () => {
    expect(faultsOf(Staggered as unknown as () => unknown)).toEqual([
      "environment: expected one that can be made, got an error: TypeError: Class constructor Staggered cannot be invoked without 'new'",
    ]);
  });

  it('an error while it is made, with its place', () => {
    const [fault, ...others] = faultsOf(() => {
      throw new RangeError('too small');
    });
    expect(fault).toMatch(
      /^environment: expected one that can be made, got an error: RangeError: too small \(contract\.test\.ts:\d+:\d+\)$/,
    );
    expect(others).toEqual([]);
  });
});

describe('a fault of a space', () => {
  it.each<[unknown, string]>([
    [undefined, 'nothing'],
    [{ kind: 'box', shape: [2, 2], low: 0, high: 1 }, '{ kind: box, shape: [2, 2], low: 0, high: 1 }'],
    [{ kind: 'box', shape: [2], low: 1, high: 1 }, '{ kind: box, shape: [2], low: 1, high: 1 }'],
    [{ kind: 'box', shape: 2, low: 0, high: 1 }, '{ kind: box, shape: 2, low: 0, high: 1 }'],
    [{ kind: 'discrete', n: 2 }, '{ kind: discrete, n: 2 }'],
  ])('of observations: %o', (space, got) => {
    expect(faults((env) => Object.assign(env, { observationSpace: () => space }))).toEqual(
      ['early', 'late', 'last'].map(
        (name) =>
          `observationSpace('${name}'): expected a box such as { kind: 'box', shape: [4], low: -1, high: 1 }, got ${got}`,
      ),
    );
  });

  it.each<[unknown, string]>([
    [box(2), '{ kind: box, shape: [2], low: -Infinity, high: Infinity }'],
    [{ kind: 'discrete', n: 0 }, '{ kind: discrete, n: 0 }'],
  ])('of actions: %o', (space, got) => {
    expect(faults((env) => Object.assign(env, { actionSpace: () => space }))[0]).toBe(
      "actionSpace('early'): expected { kind: 'box', shape: [2], low: 0, high: 1 } with finite bounds or " +
        `{ kind: 'discrete', n: 5 }, got ${got}`,
    );
  });
});

describe('a fault of reset()', () => {
  it.each<[string, (env: Staggered) => unknown, readonly string[]]>([
    [
      'nothing at all',
      (env) => Object.assign(env, { reset: () => undefined }),
      ['reset: expected { observations, infos }, got nothing'],
    ],
    [
      'a list of numbers',
      (env) =>
        (env.observation = (name) =>
          name === 'late' ? ([1, 2] as unknown as Float32Array) : new Float32Array(2)),
      ['reset: observations.late: expected a Float32Array of 2 numbers, got Array of 2 values'],
    ],
    [
      'another width',
      (env) => (env.observation = (name) => new Float32Array(name === 'late' ? 5 : 2)),
      ['reset: observations.late: expected 2 numbers, got 5'],
    ],
    [
      'NaN',
      (env) => (env.observation = () => Float32Array.of(0, NaN)),
      ['early', 'late', 'last'].map(
        (name) => `reset: observations.${name}[1]: expected a finite number, got NaN`,
      ),
    ],
    [
      'nobody live',
      (env) => Object.defineProperty(env, 'agents', { get: () => [], set: () => undefined }),
      ['reset: agents: expected the agents of the new episode, got none'],
    ],
    [
      'a stranger',
      (env) => Object.defineProperty(env, 'agents', { get: () => ['last', 'ghost'], set: () => undefined }),
      ['reset: agents: expected some of early, late, last, got ghost'],
    ],
    [
      'an agent twice',
      (env) => Object.defineProperty(env, 'agents', { get: () => ['last', 'last'], set: () => undefined }),
      ['reset: agents: expected every name once, got last twice'],
    ],
    [
      'beyond its space',
      (env) => (env.observationSpace = () => box(2, 0, 2.5)),
      [
        "reset: observations.late[0]: expected a number from 0 to 2.5, as observationSpace('late') says, got 3",
      ],
    ],
  ])('%s', (_, change, expected) => {
    expect(faults(change).slice(0, expected.length)).toEqual(expected);
  });
});

describe('something else than a result or a list of agents is said once', () => {
  const synchronous = (method: string): string => `${method}() must be synchronous: no async, no await`;

  it.each<[string, (env: Staggered) => unknown, string]>([
    [
      'a Promise of reset()',
      (env) => {
        const reset = env.reset.bind(env);
        Object.assign(env, { reset: () => Promise.resolve(reset()) });
      },
      `reset: expected { observations, infos }, got a Promise; ${synchronous('reset')}`,
    ],
    [
      'a Promise of step()',
      (env) => {
        const step = env.step.bind(env);
        Object.assign(env, { step: (actions: never) => Promise.resolve(step(actions)) });
      },
      'step 1: expected { observations, rewards, terminations, truncations, infos }, got a Promise; ' +
        synchronous('step'),
    ],
    [
      'nothing of step()',
      (env) => Object.assign(env, { step: () => undefined }),
      'step 1: expected { observations, rewards, terminations, truncations, infos }, got nothing',
    ],
    [
      'a Set of agents after reset()',
      (env) => {
        const reset = env.reset.bind(env);
        env.reset = (options) => {
          const result = reset(options);
          env.agents = new Set(env.agents) as never;
          return result;
        };
      },
      'reset: agents: expected a list of names, empty after the last step, got an object',
    ],
    [
      'a Set of agents from the second reading on',
      (env) => {
        let readings = 0;
        const get = (): unknown => (readings++ === 0 ? [] : new Set(['last']));
        Object.defineProperty(env, 'agents', { get, set: () => undefined });
      },
      'reset: agents: expected a list of names, empty after the last step, got an object',
    ],
    [
      'null for the agents after the last step',
      (env) => {
        const step = env.step.bind(env);
        env.step = (actions) => {
          const result = step(actions);
          if (env.t === 5) env.agents = null as never;
          return result;
        };
      },
      'step 5: agents: expected a list of names, empty after the last step, got null',
    ],
    [
      'agents that cannot be read',
      (env) => {
        const step = env.step.bind(env);
        env.step = (actions) => {
          const result = step(actions);
          Object.defineProperty(env, 'agents', {
            get: () => {
              // eslint-disable-next-line @typescript-eslint/only-throw-error -- somebody else's code may
              throw 'not now';
            },
          });
          return result;
        };
      },
      'step 1: expected the outcome of a step, got an error: not now',
    ],
  ])('%s', (_, change, expected) => {
    expect(faults(change)).toEqual([expected]);
  });

  it('nothing for the agents after restore()', () => {
    expect(
      checkEnvironment(() => {
        const env = new Saved();
        return Object.assign(env, { restore: () => (env.agents = undefined as never) });
      }).faults,
    ).toEqual(['after restore(): agents: expected a list of names, empty after the last step, got nothing']);
  });
});

describe('a fault of step()', () => {
  it.each<[string, (result: StepResult, env: Staggered) => unknown, readonly string[]]>([
    [
      'an observation of another width, later on',
      ({ observations }, { t }) => t === 3 && (observations['last'] = new Float32Array(3)),
      ['step 3: observations.last: expected 2 numbers, got 3'],
    ],
    [
      'an observation left out',
      ({ observations }) => delete observations['late'],
      ['step 1: observations.late: expected a Float32Array of 2 numbers, got nothing'],
    ],
    [
      'an observation of a stranger',
      ({ observations }) => (observations['ghost'] = new Float32Array(2)),
      ['step 1: observations: expected agents among early, late, last, got ghost'],
    ],
    [
      'a reward that is no number, and one left out',
      ({ rewards }) => ((rewards['early'] = Infinity), delete rewards['last']),
      [
        'step 1: rewards.early: expected a finite number, got Infinity',
        'step 1: rewards.last: expected a finite number, got nothing',
      ],
    ],
    [
      'flags that are numbers',
      (result) => [
        Object.assign(result.terminations, { early: 0 }),
        Object.assign(result.truncations, { late: 1 }),
      ],
      [
        'step 1: terminations.early: expected true or false, got 0',
        'step 1: truncations.late: expected true or false, got 1',
      ],
    ],
    [
      'no infos',
      (result) => Object.assign(result, { infos: undefined }),
      ['step 1: infos: expected an object with an entry for each agent, got nothing'],
    ],
    [
      'an agent that stays after its end',
      (_, env) => (env.t === 2 ? (env.agents = ['early', ...env.agents]) : 0),
      ['step 2: agents: expected a list without early, whose episode is over, got it with early'],
    ],
    [
      'an agent that leaves without an end',
      (_, env) => (env.t === 1 ? (env.agents = ['early', 'last']) : 0),
      [
        'step 1: agents: expected a list with late, which is neither terminated nor truncated, got it without late',
      ],
    ],
    [
      'a stranger among the agents, for one step',
      (_, env) => env.t === 4 && Object.assign(env, { agents: [...env.agents, 'ghost'] }),
      ['step 4: agents: expected some of early, late, last, got ghost'],
    ],
    [
      'a stranger who stays after the last step',
      (_, env) => env.t === 5 && Object.assign(env, { agents: ['ghost'] }),
      ['step 5: agents: expected some of early, late, last, got ghost'],
    ],
    [
      'an agent that comes back after its end',
      (_, env) => env.t === 4 && (env.agents = ['early', ...env.agents]),
      [
        'step 4: agents: expected a list without early, which was not in the episode before the step, got it with ' +
          'early; agents join at reset() only, and do not come back after their end',
      ],
    ],
  ])('%s', (_, change, expected) => {
    expect(stepsGive(change).slice(0, expected.length)).toEqual(expected);
  });

  it('an agent that joins after reset()', () => {
    expect(
      faults((env) => {
        const reset = env.reset.bind(env);
        const step = env.step.bind(env);
        env.reset = (options) => {
          const result = reset(options);
          env.agents = ['early', 'last'];
          return result;
        };
        env.step = (actions) => {
          const result = step(actions);
          if (env.t === 1) env.agents = ['early', 'late', 'last'];
          return result;
        };
      }),
    ).toEqual([
      'step 1: agents: expected a list without late, which was not in the episode before the step, got it with ' +
        'late; agents join at reset() only, and do not come back after their end',
    ]);
  });

  it('an error, with its place', () => {
    const [fault] = stepsGive((_, { t }) => {
      if (t === 4) throw new TypeError('x is undefined');
    });
    expect(fault).toMatch(
      /^step 4: expected the outcome of a step, got an error: TypeError: x is undefined \(contract\.test\.ts:\d+:\d+\)$/,
    );
  });

  it('an array that is used again for the next observation', () => {
    const shared = new Float32Array(2);
    expect(
      faults((env) => {
        env.observation = (name) => (name === 'last' ? shared.fill(env.t) : Float32Array.of(1, env.t));
      }),
    ).toEqual([
      'step 1: observations.last: expected an array of its own at every step, got the one of the step before, ' +
        'overwritten; give a copy: slice()',
    ]);
  });

  it('an action that is written to', () => {
    expect(
      faults((env) => {
        const step = env.step.bind(env);
        env.step = (actions) => {
          (actions['early'] as Float32Array | undefined)?.fill(7);
          return step(actions);
        };
      }),
    ).toEqual([
      'step 1: actions.early: expected what the caller gave, unchanged, got other numbers; work on a copy',
    ]);
  });

  it('no end', () => {
    expect(
      checkEnvironment(() => Object.assign(new Staggered(), { ends: { early: 1, late: 2, last: 99 } }), {
        maxSteps: 50,
      }).faults,
    ).toEqual([
      'step 51: expected its end within 50 steps, by terminations or truncations, got an episode that goes on',
    ]);
  });

  it('numbers that are none where an action lies beyond its bounds; an error is as good as a number', () => {
    const beyond = (make: (x: number) => number): readonly string[] =>
      faults((env) => {
        const step = env.step.bind(env);
        env.step = (actions) => {
          const early = actions['early'] as Float32Array | undefined;
          const result = step(actions);
          if (early !== undefined) result.rewards['early'] = make(early[0]!);
          return result;
        };
      });
    expect(beyond((x) => Math.sqrt(1 + x))).toEqual([
      'step 1 with every action below its lowest: rewards.early: expected a finite number, got NaN',
    ]);
    const refuse = (x: number): number => {
      if (x < -1 || x > 1) throw new RangeError('out of bounds');
      return x;
    };
    expect(beyond(refuse)).toEqual([]);
    expect(beyond((x) => 1 / (1 - x))).toEqual([
      'step 1 with every action at its highest: rewards.early: expected a finite number, got Infinity',
    ]);
  });
});

describe('something that does not repeat itself', () => {
  const saved = '; put everything that the future depends on into snapshot()';
  const hint = '; draw random numbers from a generator of the seed, and start anew in reset()';

  it('in a new environment: randomness that is not the seed’s', () => {
    const stream = new FastStream(1, 'nobody seeds this');
    const [fault, ...others] = faults((env) => (env.observation = () => Float32Array.of(stream.double(), 0)));
    expect(fault).toMatch(
      /^in a new environment: reset: observations\.early\[0\]: expected 0\.\d+ as the first time, with the same seed and actions, got 0\.\d+;/,
    );
    expect(fault!.endsWith(hint)).toBe(true);
    expect(others).toEqual([]);
  });

  it('in the same environment: what an episode leaves behind', () => {
    expect(
      faults((env) => {
        let steps = 0;
        const step = env.step.bind(env);
        env.step = (actions) => {
          const result = step(actions);
          steps += 1;
          if (result.rewards['last'] !== undefined) result.rewards['last'] += steps;
          return result;
        };
      }),
    ).toEqual([
      'after a reset({ seed }) in the middle of an episode: step 1: rewards.last: expected 14 as the first time, with ' +
        `the same seed and actions, got 31${hint}`,
    ]);
  });

  it('after restore(): what snapshot() leaves out', () => {
    expect(
      checkEnvironment(() => {
        const env = new Saved();
        const restore = env.restore.bind(env);
        env.restore = (bytes) => {
          restore(bytes);
          env.seed += 1;
        };
        return env;
      }).faults,
    ).toEqual([
      'after restore(): step 1: observations.early[0]: expected 2 as the first time, with the same seed and actions, ' +
        `got 3${saved}`,
    ]);
    expect(checkEnvironment(() => Object.assign(new Saved(), { snapshot: () => 'text' })).faults).toEqual([
      'snapshot: expected a Uint8Array, got text',
    ]);
    expect(checkEnvironment(() => Object.assign(new Saved(), { restore: () => undefined })).faults).toEqual([
      'after restore(): step 1: agents: expected late, last as the first time, with the same seed and actions, got ' +
        `early, late, last${saved}`,
    ]);
    expect(
      checkEnvironment(() => {
        const env = new Saved();
        return Object.assign(env, { restore: () => (env.agents = ['last']) });
      }).faults,
    ).toEqual([`after restore(): agents: expected early, late, last, got last${saved}`]);
  });
});
