import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeEnvironment, environmentIds, makeEnv, makeVectorEnv } from '../../src/envs/registry.ts';
import { fault } from './fault.ts';

const spread = 'simple_spread_v3';

/** URLs of all files that importing `file` loads, and names of packages and built-in modules. */
function loadedBy(file: URL, found = new Set<string>()): Set<string> {
  if (found.has(file.href)) return found;
  found.add(file.href);
  const source = readFileSync(file, 'utf8');
  for (const [, name] of source.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)'/gm))
    if (name!.startsWith('.')) loadedBy(new URL(name!, file), found);
    else found.add(name!);
  return found;
}

describe('the registry', () => {
  it('imports no Node module, so every scenario works in a browser bundle', () => {
    const loaded = [...loadedBy(new URL('../../src/envs/registry.ts', import.meta.url))];
    expect(loaded.filter((name) => name.endsWith('.ts')).length).toBeGreaterThan(25);
    expect(loaded.filter((name) => !name.startsWith('file:'))).toEqual([]);
    const customs = [...loadedBy(new URL('../../src/envs/custom/load.ts', import.meta.url))];
    expect(customs).toContain('node:fs');
  });

  it('lists ids in alphabetical order and describes each', () => {
    const ids = environmentIds();
    expect(ids).toContain(spread);
    expect(ids).toEqual([...ids].sort());
    for (const id of ids) {
      const { agents, options } = describeEnvironment(id);
      expect(
        agents.map(({ name }) => name),
        id,
      ).toEqual(makeEnv(id).possibleAgents);
      for (const option of options) expect(option.doc, `${id}: ${option.name}`).toMatch(/\w.*\.$/);
    }
  });

  it('describes simple_spread: spaces, and options with their defaults and ranges', () => {
    const { agents, options } = describeEnvironment(spread);
    expect(agents[2]).toEqual({
      name: 'agent_2',
      observationSpace: { kind: 'box', shape: [18], low: -Infinity, high: Infinity },
      discreteActionSpace: { kind: 'discrete', n: 5 },
      continuousActionSpace: { kind: 'box', shape: [5], low: 0, high: 1 },
    });
    expect(options.map(({ name, default: value, range }) => [name, value, range])).toEqual([
      ['N', 3, 'an integer from 1 to 256'],
      ['local_ratio', 0.5, 'a number from 0 to 1'],
      ['curriculum', false, 'true or false'],
      ['terminate_on_success', false, 'true or false'],
      ['num_agent_neighbors', null, 'an integer from 1 to 256, or null'],
      ['num_landmark_neighbors', null, 'an integer from 1 to 256, or null'],
      ['max_cycles', 25, 'an integer from 1 to 1000000000'],
      ['continuous_actions', false, 'true or false'],
      ['dynamic_rescaling', true, 'true or false'],
      ['benchmark_data', false, 'true or false'],
      ['hide_velocity', false, 'true or false'],
    ]);
  });

  it('names an unknown environment and the nearest one', () => {
    const text = fault(() => makeEnv('simple_spred_v3'));
    expect(text).toBe(
      `env_id: expected one of ${environmentIds().join(', ')}, got simple_spred_v3; did you mean ${spread}?`,
    );
    expect(fault(() => describeEnvironment('breakout'))).toBe(
      `env_id: expected one of ${environmentIds().join(', ')}, got breakout`,
    );
  });

  it('names an unknown option and the nearest one', () => {
    const names = describeEnvironment(spread).options.map(({ name }) => name);
    expect(fault(() => makeEnv(spread, { num_agent_neighbours: 2 }))).toBe(
      `env_options.num_agent_neighbours: expected an option of ${spread} (${names.join(', ')}), ` +
        'got num_agent_neighbours; did you mean num_agent_neighbors?',
    );
    expect(fault(() => makeEnv(spread, { toString: 2 }))).toContain(
      'env_options.toString: expected an option',
    );
  });

  it('refuses a value of the wrong type or out of range', () => {
    const text = (options: Record<string, unknown>): string => fault(() => makeVectorEnv(spread, options, 2));
    expect(text({ N: 0 })).toBe('env_options.N: expected an integer from 1 to 256, got 0');
    expect(text({ N: 2.5 })).toBe('env_options.N: expected an integer from 1 to 256, got 2.5');
    expect(text({ N: '3' })).toBe('env_options.N: expected an integer from 1 to 256, got 3');
    expect(text({ N: null })).toBe('env_options.N: expected an integer from 1 to 256, got null');
    expect(text({ N: [3] })).toBe('env_options.N: expected an integer from 1 to 256, got Array of 1 values');
    expect(text({ local_ratio: NaN })).toBe(
      'env_options.local_ratio: expected a number from 0 to 1, got NaN',
    );
    expect(text({ max_cycles: 0 })).toBe(
      'env_options.max_cycles: expected an integer from 1 to 1000000000, got 0',
    );
    expect(text({ curriculum: 1 })).toBe('env_options.curriculum: expected true or false, got 1');
    expect(text({ num_agent_neighbors: 0 })).toBe(
      'env_options.num_agent_neighbors: expected an integer from 1 to 256, or null, got 0',
    );
    expect(text({ num_agent_neighbors: null, N: undefined })).toBe('no error');
  });

  it('refuses an invalid number of environments', () => {
    expect(fault(() => makeVectorEnv(spread, {}, 0))).toBe(
      'number of environments: expected an integer of at least 1, got 0',
    );
  });
});
