import { describe, expect, it } from 'vitest';
import { makeEnv } from '../../../src/envs/registry.ts';
import type { Action } from '../../../src/envs/parallel-env.ts';
import { fault } from '../fault.ts';
import { allDo } from './arbitrary-actions.ts';

const ID = 'simple_spread_v3';
const REST = Float32Array.of(0, 0, 0, 0, 0);

describe('ParallelEnv behaves like PettingZoo’s parallel API', () => {
  it('has names, spaces and a state', () => {
    const env = makeEnv(ID, { N: 2, continuous_actions: true });
    expect(env.name).toBe(ID);
    expect(env.possibleAgents).toEqual(['agent_0', 'agent_1']);
    expect(env.observationSpace('agent_1')).toEqual({
      kind: 'box',
      shape: [12],
      low: -Infinity,
      high: Infinity,
    });
    expect(env.actionSpace('agent_1')).toEqual({ kind: 'box', shape: [5], low: 0, high: 1 });
    expect(makeEnv(ID).actionSpace('agent_2')).toEqual({ kind: 'discrete', n: 5 });
    const { observations } = env.reset({ seed: 1 });
    expect([...env.state()]).toEqual([...observations['agent_0']!, ...observations['agent_1']!]);
    expect(fault(() => env.actionSpace('agent_7'))).toBe(
      'agent: expected one of agent_0, agent_1, got agent_7',
    );
  });

  it('agents are listed from reset to the last step, which truncates', () => {
    const env = makeEnv(ID, { N: 1, max_cycles: 2 });
    expect(env.agents).toEqual([]);
    env.reset({ seed: 1 });
    expect(env.agents).toEqual(['agent_0']);
    expect(env.step({ agent_0: 0 }).truncations).toEqual({ agent_0: false });
    const last = env.step({ agent_0: 0 });
    expect(last.truncations).toEqual({ agent_0: true });
    expect(last.terminations).toEqual({ agent_0: false });
    expect(last.observations['agent_0']).toHaveLength(6);
    expect(env.agents).toEqual([]);
  });

  it('a step before reset or after the last step is an error', () => {
    const env = makeEnv(ID, { N: 1, max_cycles: 1 });
    const text = 'step(): expected a running episode, got none; call reset() first';
    expect(fault(() => env.step({ agent_0: 0 }))).toBe(text);
    env.reset();
    env.step({ agent_0: 0 });
    expect(fault(() => env.step({ agent_0: 0 }))).toBe(text);
    env.reset();
    expect(env.step({ agent_0: 0 }).rewards['agent_0']).toBeLessThan(0);
  });

  it('reset without a seed continues the generator, with one restarts it', () => {
    const env = makeEnv(ID);
    const [first, second] = [env.reset({ seed: 9 }), env.reset()].map(({ observations }) => observations);
    expect(second).not.toEqual(first);
    expect(env.reset({ seed: 9 }).observations).toEqual(first);
    expect(env.reset().observations).toEqual(second);
    expect(fault(() => env.reset({ seed: 1.5 }))).toBe(
      'seed: expected an integer from 0 to 2^53 - 1, got 1.5',
    );
  });

  it('returned observations are copies that later steps do not change', () => {
    const env = makeEnv(ID);
    const { observations } = env.reset({ seed: 3 });
    const kept = structuredClone(observations);
    const state = env.state();
    const keptState = state.slice();
    env.step(allDo(env, 2));
    const stepped = env.step(allDo(env, 2)).observations;
    expect(observations).toEqual(kept);
    expect(state).toEqual(keptState);
    stepped['agent_0']!.fill(7);
    expect(env.state()[0]).not.toBe(7);
  });

  it('clips continuous actions to [0, 1]', () => {
    const play = (action: Float32Array): Float32Array => {
      const env = makeEnv(ID, { continuous_actions: true });
      env.reset({ seed: 4 });
      env.step(allDo(env, action));
      env.step(allDo(env, action));
      return env.state();
    };
    expect(play(Float32Array.of(9, -3, 1.5, 0.25, Infinity))).toEqual(
      play(Float32Array.of(0, 0, 1, 0.25, 1)),
    );
  });

  it('a discrete move equals its one-hot continuous action', () => {
    const play = (continuous: boolean, action: Action): Float32Array => {
      const env = makeEnv(ID, { continuous_actions: continuous });
      env.reset({ seed: 4 });
      env.step(allDo(env, action));
      return env.state();
    };
    for (let move = 0; move < 5; move++) {
      const vector = new Float32Array(5);
      vector[move] = 1;
      expect(play(true, vector), `move ${move}`).toEqual(play(false, move));
    }
  });
});

describe('invalid actions are refused without side effects', () => {
  const refused = (continuous: boolean, actions: Record<string, unknown>): string => {
    const env = makeEnv(ID, { N: 2, continuous_actions: continuous });
    env.reset({ seed: 5 });
    const state = env.state();
    const message = fault(() => env.step(actions as Record<string, Action>));
    expect(env.state()).toEqual(state);
    expect(env.agents).toHaveLength(2);
    return message;
  };

  it('discrete', () => {
    const expected = 'actions.agent_1: expected an integer from 0 to 4, got';
    expect(refused(false, { agent_0: 1 })).toBe(`${expected} nothing`);
    expect(refused(false, { agent_0: 1, agent_1: 5 })).toBe(`${expected} 5`);
    expect(refused(false, { agent_0: 1, agent_1: -1 })).toBe(`${expected} -1`);
    expect(refused(false, { agent_0: 1, agent_1: 1.5 })).toBe(`${expected} 1.5`);
    expect(refused(false, { agent_0: 1, agent_1: NaN })).toBe(`${expected} NaN`);
    expect(refused(false, { agent_0: 1, agent_1: REST })).toBe(`${expected} Float32Array of 5 values`);
  });

  it('continuous', () => {
    const expected = 'actions.agent_1: expected a Float32Array of 5 numbers, got';
    expect(refused(true, { agent_0: REST })).toBe(`${expected} nothing`);
    expect(refused(true, { agent_0: REST, agent_1: 2 })).toBe(`${expected} 2`);
    expect(refused(true, { agent_0: REST, agent_1: REST.slice(1) })).toBe(
      `${expected} Float32Array of 4 values`,
    );
    expect(refused(true, { agent_0: REST, agent_1: [0, 0, 0, 0, 0] })).toBe(`${expected} Array of 5 values`);
    expect(refused(true, { agent_0: REST, agent_1: Float32Array.of(0, 1, NaN, 0, 0) })).toBe(
      `${expected} NaN`,
    );
  });

  it('of an unknown agent', () => {
    expect(refused(false, { agent_0: 1, agent_1: 1, agent_2: 1 })).toBe(
      'actions: expected agents among agent_0, agent_1, got agent_2',
    );
  });
});

describe('infos', () => {
  it('are empty at reset, and without benchmark_data always', () => {
    const plain = makeEnv(ID, { N: 1 });
    expect(plain.reset().infos).toEqual({ agent_0: {} });
    expect(plain.step({ agent_0: 0 }).infos).toEqual({ agent_0: {} });
    const asked = makeEnv(ID, { N: 1, benchmark_data: true });
    expect(asked.reset().infos).toEqual({ agent_0: {} });
    expect(asked.step({ agent_0: 0 }).infos['agent_0']).toHaveProperty('benchmark_data');
  });
});
