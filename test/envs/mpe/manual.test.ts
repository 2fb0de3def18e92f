import { describe, expect, it } from 'vitest';
import { describeEnvironment, environmentIds } from '../../../src/envs/registry.ts';

const PARTS = [
  'Agents',
  'Landmarks',
  'Start',
  'Actions',
  'Observes',
  'Reward',
  'Ends',
  'Benchmark',
  'Options',
];
const COMMON = ['max_cycles', 'continuous_actions', 'dynamic_rescaling', 'benchmark_data', 'hide_velocity'];

describe('the manual page', () => {
  it.each(environmentIds())('of %s has every part in order, names every option and fits 80 columns', (id) => {
    const { manual, options } = describeEnvironment(id);
    const name = id.replace(/_v\d+$/, '');
    expect(manual.startsWith(`${name}: `)).toBe(true);
    expect(manual.endsWith('.\n')).toBe(true);
    const parts = [...manual.matchAll(/^([A-Z]\w+) /gm)].map(([, part]) => part!);
    expect(parts.filter((part) => PARTS.includes(part))).toEqual(PARTS);
    const own = options.map((option) => option.name).filter((option) => !COMMON.includes(option));
    const listed = manual.slice(manual.search(/^Options/m));
    for (const option of own) expect(listed).toMatch(new RegExp(`\\b${option}\\b`));
    expect(manual.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});
