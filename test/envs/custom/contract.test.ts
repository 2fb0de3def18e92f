import { describe, expect, it } from 'vitest';
import { FastStream } from '../../../src/core/random.ts';
import { checkEnvironment } from '../../../src/envs/custom/contract.ts';
import type { CustomEnvironment } from '../../../src/envs/custom/custom-environment.ts';
import type { StepResult } from '../../../src/envs/parallel-env.ts';
import { environmentIds, makeEnv } from '../../../src/envs/registry.ts';
import { box } from '../../../src/envs/spaces.ts';
import { Saved, Staggered } from './staggered.ts';

/** The faults found in a Staggered that `change` breaks. */
function faults(change: (env: Staggered) => unknown): readonly string[] {
  return checkEnvironment(() => {
    const env = new Staggered();
    change(env);
    return env;
  }).faults;
}

/** The faults found in a Staggered whose step results `change` alters. */
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

/** The faults found in whatever `make` returns. */
function faultsOf(make: () => unknown): readonly string[] {
  return checkEnvironment(make as () => CustomEnvironment).faults;
}

describe('checkEnvironment', () => {
  it('finds no faults in a correct environment and reports what it played', () => {
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

  it.each(environmentIds())('finds no faults in %s', (id) => {
    for (const continuous_actions of [true, false])
      expect(checkEnvironment(() => makeEnv(id, { continuous_actions })).faults).toEqual([]);
  });

  it('accepts an agent that sits out an episode from reset()', () => {
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

  it('closes every environment it created', () => {
    const open = { count: 0 };
    const { faults: found } = checkEnvironment(() => {
      open.count += 1;
      return Object.assign(new Saved(), { close: () => (open.count -= 1) });
    });
    expect({ found, open }).toEqual({ found: [], open: { count: 0 } });
  });

  it('closes all of them even if close() throws, and reports that once', () => {
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
      /^close: expected no error, got an error: the file is gone \(contract\.test\.ts:\d+:\d+\)$/,
    );
    expect({ others, closed }).toEqual({ others: [], closed: 2 });
  });

  it('closes an environment that has faults', () => {
    let closed = 0;
    expect(faultsOf(() => ({ close: () => (closed += 1) }))).toHaveLength(7);
    expect(closed).toBe(1);
  });
});

describe('a fault in the environment itself', () => {
  it.each<[string, () => unknown, readonly string[]]>([
    ['a number', () => 3, ['environment: expected an object, got 3']],
    ['null', () => null, ['environment: expected an object, got null']],
    [
      'a Promise',
      () => Promise.resolve(new Staggered()),
      [
        'environment: expected an object, got a Promise; return it synchronously, and await slow work at the top level ' +
          'of the module',
      ],
    ],
    [
      'an empty object',
      () => ({}),
      [
        'environment.observationSpace: expected a method, got nothing',
        'environment.actionSpace: expected a method, got nothing',
        'environment.reset: expected a method, got nothing',
        'environment.step: expected a method, got nothing',
        'environment.name: expected a string, got nothing',
        'environment.possibleAgents: expected an array of names, got nothing',
        'environment.agents: expected an array of names, got nothing',
      ],
    ],
    [
      'one without agents',
      () => Object.assign(new Staggered(), { possibleAgents: [] }),
      ['possibleAgents: expected a non-empty array of names, got Array of 0 values'],
    ],
    [
      'an agent twice',
      () => Object.assign(new Staggered(), { possibleAgents: ['last', 'last'] }),
      ['possibleAgents: expected unique names, got last twice'],
    ],
    [
      'snapshot() alone',
      () => Object.assign(new Staggered(), { snapshot: () => new Uint8Array() }),
      ['environment: expected both snapshot() and restore(), or neither, got only one'],
    ],
  ])('%s', (_, make, expected) => {
    expect(faultsOf(make)).toEqual(expected);
  });

  it('nothing, from the second makeEnv()', () => {
    let made = 0;
    expect(faultsOf(() => (made++ === 0 ? new Staggered() : undefined))).toEqual([
      'in a new environment: environment: expected an object, got nothing',
    ]);
  });

  it.each<[string, unknown, string]>([
    ['a string', 'no licence\nbuy one', 'no licence'],
    ['a multi-line error', new RangeError('no licence\nbuy one'), 'RangeError: no licence'],
    ['a string that starts with an empty line', '\nno licence', 'no licence'],
  ])('what makeEnv() throws is reported on one line: %s', (_, error, line) => {
    const [fault, ...others] = faultsOf(() => {
      throw error;
    });
    expect(fault!.replace(/ \(contract\.test\.ts:\d+:\d+\)$/, '')).toBe(
      `environment: expected an environment, got an error: ${line}`,
    );
    expect(others).toEqual([]);
  });

  it('a class, without a position in our own code', () => {
    expect(faultsOf(Staggered as unknown as () => unknown)).toEqual([
      "environment: expected an environment, got an error: TypeError: Class constructor Staggered cannot be invoked without 'new'",
    ]);
  });

  it('an error in makeEnv(), with its position', () => {
    const [fault, ...others] = faultsOf(() => {
      throw new RangeError('too small');
    });
    expect(fault).toMatch(
      /^environment: expected an environment, got an error: RangeError: too small \(contract\.test\.ts:\d+:\d+\)$/,
    );
    expect(others).toEqual([]);
  });
});

describe('a fault in a space', () => {
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

describe('a fault in reset()', () => {
  it.each<[string, (env: Staggered) => unknown, readonly string[]]>([
    [
      'no result',
      (env) => Object.assign(env, { reset: () => undefined }),
      ['reset: expected { observations, infos }, got nothing'],
    ],
    [
      'an array of numbers',
      (env) =>
        (env.observation = (name) =>
          name === 'late' ? ([1, 2] as unknown as Float32Array) : new Float32Array(2)),
      ['reset: observations.late: expected a Float32Array of 2 numbers, got Array of 2 values'],
    ],
    [
      'the wrong width',
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
      'no live agent',
      (env) => Object.defineProperty(env, 'agents', { get: () => [], set: () => undefined }),
      ['reset: agents: expected at least one agent in the new episode, got none'],
    ],
    [
      'an unknown agent',
      (env) => Object.defineProperty(env, 'agents', { get: () => ['last', 'ghost'], set: () => undefined }),
      ['reset: agents: expected names among early, late, last, got ghost'],
    ],
    [
      'an agent twice',
      (env) => Object.defineProperty(env, 'agents', { get: () => ['last', 'last'], set: () => undefined }),
      ['reset: agents: expected unique names, got last twice'],
    ],
    [
      'out of bounds',
      (env) => (env.observationSpace = () => box(2, 0, 2.5)),
      [
        "reset: observations.late[0]: expected a number from 0 to 2.5, the bounds of observationSpace('late'), got 3",
      ],
    ],
  ])('%s', (_, change, expected) => {
    expect(faults(change).slice(0, expected.length)).toEqual(expected);
  });
});

describe('a result or an agents array of the wrong type is reported once', () => {
  const synchronous = (method: string): string => `${method}() must be synchronous: no async, no await`;

  it.each<[string, (env: Staggered) => unknown, string]>([
    [
      'a Promise from reset()',
      (env) => {
        const reset = env.reset.bind(env);
        Object.assign(env, { reset: () => Promise.resolve(reset()) });
      },
      `reset: expected { observations, infos }, got a Promise; ${synchronous('reset')}`,
    ],
    [
      'a Promise from step()',
      (env) => {
        const step = env.step.bind(env);
        Object.assign(env, { step: (actions: never) => Promise.resolve(step(actions)) });
      },
      'step 1: expected { observations, rewards, terminations, truncations, infos }, got a Promise; ' +
        synchronous('step'),
    ],
    [
      'nothing from step()',
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
      'reset: agents: expected an array of names, empty after the last step, got an object',
    ],
    [
      'a Set of agents from the second read on',
      (env) => {
        let readings = 0;
        const get = (): unknown => (readings++ === 0 ? [] : new Set(['last']));
        Object.defineProperty(env, 'agents', { get, set: () => undefined });
      },
      'reset: agents: expected an array of names, empty after the last step, got an object',
    ],
    [
      'null for agents after the last step',
      (env) => {
        const step = env.step.bind(env);
        env.step = (actions) => {
          const result = step(actions);
          if (env.t === 5) env.agents = null as never;
          return result;
        };
      },
      'step 5: agents: expected an array of names, empty after the last step, got null',
    ],
    [
      'an agents getter that throws',
      (env) => {
        const step = env.step.bind(env);
        env.step = (actions) => {
          const result = step(actions);
          Object.defineProperty(env, 'agents', {
            get: () => {
              // eslint-disable-next-line @typescript-eslint/only-throw-error -- user code may
              throw 'not now';
            },
          });
          return result;
        };
      },
      'step 1: expected the result of a step, got an error: not now',
    ],
  ])('%s', (_, change, expected) => {
    expect(faults(change)).toEqual([expected]);
  });

  it('undefined for agents after restore()', () => {
    expect(
      checkEnvironment(() => {
        const env = new Saved();
        return Object.assign(env, { restore: () => (env.agents = undefined as never) });
      }).faults,
    ).toEqual([
      'after restore(): agents: expected an array of names, empty after the last step, got nothing',
    ]);
  });
});

describe('a fault in step()', () => {
  it.each<[string, (result: StepResult, env: Staggered) => unknown, readonly string[]]>([
    [
      'an observation of the wrong width, later on',
      ({ observations }, { t }) => t === 3 && (observations['last'] = new Float32Array(3)),
      ['step 3: observations.last: expected 2 numbers, got 3'],
    ],
    [
      'a missing observation',
      ({ observations }) => delete observations['late'],
      ['step 1: observations.late: expected a Float32Array of 2 numbers, got nothing'],
    ],
    [
      'an observation of an unknown agent',
      ({ observations }) => (observations['ghost'] = new Float32Array(2)),
      ['step 1: observations: expected agents among early, late, last, got ghost'],
    ],
    [
      'an infinite reward, and a missing one',
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
      ['step 1: infos: expected an object with an entry per agent, got nothing'],
    ],
    [
      'an agent that stays after its episode ended',
      (_, env) => (env.t === 2 ? (env.agents = ['early', ...env.agents]) : 0),
      ['step 2: agents: expected a list without early, whose episode is over, got one with early'],
    ],
    [
      'an agent that leaves before its episode ended',
      (_, env) => (env.t === 1 ? (env.agents = ['early', 'last']) : 0),
      [
        'step 1: agents: expected a list with late, which is neither terminated nor truncated, got one without late',
      ],
    ],
    [
      'an unknown agent, for one step',
      (_, env) => env.t === 4 && Object.assign(env, { agents: [...env.agents, 'ghost'] }),
      ['step 4: agents: expected names among early, late, last, got ghost'],
    ],
    [
      'an unknown agent after the last step',
      (_, env) => env.t === 5 && Object.assign(env, { agents: ['ghost'] }),
      ['step 5: agents: expected names among early, late, last, got ghost'],
    ],
    [
      'an agent that returns after its episode ended',
      (_, env) => env.t === 4 && (env.agents = ['early', ...env.agents]),
      [
        'step 4: agents: expected a list without early, which was not in the episode before this step, got one with ' +
          'early; agents join only at reset() and do not return',
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
      'step 1: agents: expected a list without late, which was not in the episode before this step, got one with ' +
        'late; agents join only at reset() and do not return',
    ]);
  });

  it('an error, with its position', () => {
    const [fault] = stepsGive((_, { t }) => {
      if (t === 4) throw new TypeError('x is undefined');
    });
    expect(fault).toMatch(
      /^step 4: expected the result of a step, got an error: TypeError: x is undefined \(contract\.test\.ts:\d+:\d+\)$/,
    );
  });

  it('an array that is reused for the next observation', () => {
    const shared = new Float32Array(2);
    expect(
      faults((env) => {
        env.observation = (name) => (name === 'last' ? shared.fill(env.t) : Float32Array.of(1, env.t));
      }),
    ).toEqual([
      'step 1: observations.last: expected a new array at every step, got the previous one, overwritten; return a ' +
        'copy: slice()',
    ]);
  });

  it('an action that is overwritten', () => {
    expect(
      faults((env) => {
        const step = env.step.bind(env);
        env.step = (actions) => {
          (actions['early'] as Float32Array | undefined)?.fill(7);
          return step(actions);
        };
      }),
    ).toEqual([
      'step 1: actions.early: expected the array passed in, unchanged, got different numbers; modify a copy',
    ]);
  });

  it('an episode that never ends', () => {
    expect(
      checkEnvironment(() => Object.assign(new Staggered(), { ends: { early: 1, late: 2, last: 99 } }), {
        maxSteps: 50,
      }).faults,
    ).toEqual([
      'step 51: expected the episode to end within 50 steps, by terminations or truncations, got no end',
    ]);
  });

  it('NaN for an action beyond its bounds, where throwing is fine', () => {
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
      'step 1 with every action beyond its lower bound: rewards.early: expected a finite number, got NaN',
    ]);
    const refuse = (x: number): number => {
      if (x < -1 || x > 1) throw new RangeError('out of bounds');
      return x;
    };
    expect(beyond(refuse)).toEqual([]);
    expect(beyond((x) => 1 / (1 - x))).toEqual([
      'step 1 with every action at its upper bound: rewards.early: expected a finite number, got Infinity',
    ]);
  });
});

describe('a result that is not reproducible', () => {
  const saved = '; save the complete state in snapshot()';
  const hint = '; seed your own random generator in reset(), and reset all other state there';

  it('in a new environment: randomness that ignores the seed', () => {
    const stream = new FastStream(1, 'ignores the seed');
    const [fault, ...others] = faults((env) => (env.observation = () => Float32Array.of(stream.double(), 0)));
    expect(fault).toMatch(
      /^in a new environment: reset: observations\.early\[0\]: expected 0\.\d+ as in the first run with the same seed and actions, got 0\.\d+;/,
    );
    expect(fault!.endsWith(hint)).toBe(true);
    expect(others).toEqual([]);
  });

  it('in the same environment: state that survives reset()', () => {
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
      'after a mid-episode reset({ seed }): step 1: rewards.last: expected 14 as in the first run with the same seed ' +
        `and actions, got 31${hint}`,
    ]);
  });

  it('after restore(): state that snapshot() leaves out', () => {
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
      'after restore(): step 1: observations.early[0]: expected 2 as in the first run with the same seed and actions, ' +
        `got 3${saved}`,
    ]);
    expect(checkEnvironment(() => Object.assign(new Saved(), { snapshot: () => 'text' })).faults).toEqual([
      'snapshot: expected a Uint8Array, got text',
    ]);
    expect(checkEnvironment(() => Object.assign(new Saved(), { restore: () => undefined })).faults).toEqual([
      'after restore(): step 1: agents: expected late, last as in the first run with the same seed and actions, got ' +
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
