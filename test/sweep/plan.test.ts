/** Planning: what could not train is refused before anything is written. */
import { describe, expect, it } from 'vitest';
import { planSweep } from '../../src/sweep/plan.ts';
import { readSweep } from '../../src/sweep/sweep-file.ts';

/** Faults of a sweep, without the places of its keys. */
async function faultsOf(text: string): Promise<string> {
  const sweep = readSweep(`config: smoke.yaml\nseeds: 1\n${text}\n`, 's.yaml');
  return planSweep(sweep, process.cwd()).then(
    () => 'none',
    (error: unknown) => (error as Error).message,
  );
}

describe('a setting that could not train', () => {
  it.each([
    ['scenarios: [simple_v3, simple_spred_v3]', /^2-simple_spred_v3: .*env_id: expected .*simple_spred_v3/s],
    ['set: { env_options.N: 0.5 }', /^run: .*env_options\.N: expected .*got 0\.5/],
    [
      'algorithms: [MADDPG, MASAC]\nset: { continuous_action: false }',
      /^2-masac: .*agent: expected .*discrete/,
    ],
    ['set: { buffer_size: 1000000000 }', /^run: .*buffer_size/],
  ])('%s is refused by the name of its group', async (text, fault) => {
    expect(await faultsOf(text)).toMatch(fault);
  });

  it('is not looked for in an environment that runs code', async () => {
    expect(await faultsOf('set: { env_name: custom, env_id: ./nowhere.mjs }')).toBe('none');
  });
});
