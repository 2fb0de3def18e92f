/** Noise of update(): drawn from the learner's seed unless supplied. */
import { describe, expect, it } from 'vitest';
import { jointSpec, LearnerMAS, makeLearner, type Config } from '../../src/index.ts';
import { ALIKE, alike, faultOf, numbersOf, sampleOf, SMALL } from './small.ts';

const discrete = jointSpec(ALIKE.agents.map((agent) => ({ ...agent, actionKind: 'discrete' as const })));

/** Full state after three updates; initial weights do not depend on the seed. */
async function drawn(
  keys: Partial<Config>,
  spec: typeof ALIKE,
  seeds: { config?: number; options?: number },
): Promise<Record<string, number[]>> {
  const { args, policy, optimizer, scheduler } = await makeLearner({ ...SMALL, ...keys }, spec);
  const config = { ...SMALL, ...keys, ...(seeds.config !== undefined && { seed: seeds.config }) };
  const options = seeds.options === undefined ? {} : { seed: seeds.options };
  const learner = new LearnerMAS(args.agent, config, policy, optimizer, scheduler, options);
  for (let k = 0; k < 3; k++) learner.update(sampleOf(learner, k));
  return numbersOf(learner);
}

describe('noise of an update', () => {
  it.each<[Partial<Config>, typeof ALIKE]>([
    [{ agent: 'ISAC' }, ALIKE],
    [{ agent: 'MASAC' }, ALIKE],
    [{ agent: 'MATD3', target_noise: 0.2 }, ALIKE],
    [{ dropout: 0.3 }, ALIKE],
    [{}, discrete],
    [{ agent: 'IDDPG', gumbel: 'straight_through' }, discrete],
  ])('of %j is determined by the seed', async (keys, spec) => {
    const first = await drawn(keys, spec, { config: 8 });
    expect(await drawn(keys, spec, { options: 8 })).toEqual(first);
    expect(await drawn(keys, spec, { config: 9 })).not.toEqual(first);
    // The key table's default.
    expect(await drawn(keys, spec, {})).toEqual(await drawn(keys, spec, { options: 1 }));
  });

  it('is empty for MADDPG with Box actions', async () => {
    expect(await drawn({}, ALIKE, { config: 8 })).toEqual(await drawn({}, ALIKE, { config: 9 }));
    const learner = await alike();
    expect(await faultOf(() => learner.update(sampleOf(learner), { eps_obs: [] }))).toBe(
      'UserError: update: noise: expected none, got eps_obs',
    );
  });

  it('is validated if supplied, drawn otherwise', async () => {
    const learner = await alike({ agent: 'MASAC' });
    const sample = sampleOf(learner);
    const zero = [0, 0];
    const zeros = [0, 1, 2, 3, 4].map(() => [zero, zero]);
    for (const [noise, message] of [
      [{ eps: zeros }, 'noise: expected eps_obs, eps_next, got eps'],
      [{ eps_obs: [0] }, 'noise eps_obs: expected 5 x 4 numbers, got 1'],
    ] as const)
      expect(await faultOf(() => learner.update(sample, noise))).toBe(`UserError: update: ${message}`);
    const infoWith = async (noise?: Record<string, typeof zeros | Float32Array>) =>
      (await alike({ agent: 'MASAC' })).update(sample, noise);
    expect(await infoWith({ eps_next: zeros })).toEqual(await infoWith({ eps_next: new Float32Array(20) }));
    expect(await infoWith({ eps_next: zeros })).not.toEqual(await infoWith());
  });
});
