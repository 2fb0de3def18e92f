/** Soft target updates, and hard ones every sync_frequency updates. */
import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { FastStream } from '../../src/core/random.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { createBatch } from '../../src/replay/batch.ts';
import { buildLearner, buildPolicy } from '../../src/train/build.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });
const BATCH = 4;
const space = { obsWidth: 3, actWidth: 2, actionKind: 'box', actionLow: 0, actionHigh: 1 } as const;
const SPEC = jointSpec(['a_0', 'a_1'].map((name) => ({ name, team: 'a', ...space })));

/** Of 12 updates: those that change the targets, and those after which they equal the online networks. */
function changes(keys: Partial<Config>): { changed: number[]; copied: number[] } {
  const { config } = loadConfig({ flags: { actor_hidden_size: [4], critic_hidden_size: [4], ...keys } });
  const policy = buildPolicy(config, SPEC, engine);
  policy.initialize(new FastStream(1, 'weights'));
  const learner = buildLearner(config, policy);
  const stream = new FastStream(2, 'samples');
  const [changed, copied]: [number[], number[]] = [[], []];
  const all = (prefix: string): number[][] =>
    [...policy.networks.keys()]
      .filter((name) => name.startsWith('target_'))
      .map((name) => [...policy.store.read('parameters', name.replace('target_', prefix))]);
  for (let update = 1; update <= 12; update++) {
    const before = all('target_');
    const batch = createBatch(SPEC, BATCH);
    for (const array of [batch.obs, batch.obsNext, batch.rewards, batch.actions]) stream.fillNormal(array, 1);
    batch.agentMask.fill(1);
    learner.update(batch);
    const after = all('target_');
    if (after.every((block, k) => String(block) !== String(before[k]))) changed.push(update);
    if (String(after) === String(all(''))) copied.push(update);
  }
  return { changed, copied };
}

describe('target_update', () => {
  it('soft: targets approach the online networks at every update', () => {
    const every = Array.from({ length: 12 }, (_, k) => k + 1);
    expect(changes({ target_update: 'soft', tau: 0.5 })).toEqual({ changed: every, copied: [] });
  });

  it('hard: targets are copied every sync_frequency updates and constant in between', () => {
    const hard = { target_update: 'hard', sync_frequency: 5 } as const;
    for (const agent of ['MADDPG', 'IDDPG'] as const)
      expect(changes({ agent, ...hard })).toEqual({ changed: [5, 10], copied: [5, 10] });
  });

  it('hard: works with delayed updates of MATD3', () => {
    const matd3 = { agent: 'MATD3', target_update: 'hard' } as const;
    expect(changes({ ...matd3, sync_frequency: 4 })).toEqual({ changed: [4, 8, 12], copied: [4, 8, 12] });
    expect(changes({ ...matd3, actor_update_delay: 3, sync_frequency: 6 }).copied).toEqual([6, 12]);
  });
});
