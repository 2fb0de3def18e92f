import { describe, expect, it } from 'vitest';
import { describeEnvironment, environmentIds } from '../../../src/envs/registry.ts';

describe('the manual', () => {
  it.each(environmentIds())('of %s has every part, and names every option', (id) => {
    const { manual, options } = describeEnvironment(id);
    const name = id.replace(/_v\d+$/, '');
    expect(manual.startsWith(`${name}: `)).toBe(true);
    expect(manual.endsWith('.\n')).toBe(true);
    expect(manual).not.toMatch(/^ ?\*/m);
    for (const part of ['Agents', 'Bodies', 'Action', 'Sees', 'Reward', 'Ends'])
      expect(manual).toMatch(new RegExp(`^${part} +\\S`, 'm'));
    expect(manual).toMatch(/Benchmark data/);
    const common = ['max_cycles', 'continuous_actions', 'dynamic_rescaling', 'benchmark_data'];
    for (const option of options) if (!common.includes(option.name)) expect(manual).toContain(option.name);
  });
});
