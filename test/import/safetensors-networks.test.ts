import { expect, it } from 'vitest';
import { ReferenceEngine } from '../../src/engine/reference/engine.ts';
import { openEnvironments } from '../../src/envs/open.ts';
import { exportedPolicy } from '../../src/export/exported-policy.ts';
import { torch } from '../../src/export/torch.ts';
import { readSafetensorsNetworks } from '../../src/import/safetensors-networks.ts';
import { buildPolicy } from '../../src/train/build.ts';
import { configOf } from './xuance-cases.ts';

const ORIGIN = { maddpg: '1', agent: 'X', env_name: 'mpe', env_id: 'x', step: 0, weights: null };

async function roundTrip(agent: 'MADDPG' | 'IDDPG' | 'ISAC', critics = true, rnn?: 'GRU' | 'LSTM') {
  const keys = rnn ? { recurrent_critics: false } : {};
  const { config } = configOf({ agent, shared: true, normalize: !rnn, ...(rnn && { rnn }) }, keys);
  const { spec } = (await openEnvironments(config)).make(1);
  const policy = buildPolicy(config, spec, new ReferenceEngine());
  const [file] = torch.files(exportedPolicy(policy, policy.tensors(), ORIGIN, { actor: 'online', critics }));
  const { weights, notes } = readSafetensorsNetworks(file!.content as Uint8Array, 'x', policy);
  return { before: policy.tensors(), weights, notes };
}

it.each(['MADDPG', 'IDDPG'] as const)(
  'an export of %s comes back: ids to a rounding, all else equal, targets as copies',
  async (agent) => {
    const { before, weights, notes } = await roundTrip(agent);
    expect([...weights.keys()].sort()).toEqual([...before.keys()].sort());
    expect(notes).toEqual([
      'target_actor/shared is missing: it starts as a copy',
      'target_critic/shared is missing: it starts as a copy',
    ]);
    for (const [name, { data }] of before) {
      const back = weights.get(name)!.data;
      // Only differences of ids act: the first agent's column is 0, and in its bias.
      if (!/(W|b)0$/.test(name)) expect(back).toEqual(data);
    }
    // [J, A, e] or [o, e, a]: ids are columns 34 and 35, or 12 and 13.
    const [width, from] = agent === 'MADDPG' ? [36, 34] : [19, 12];
    const [old, now] = [before, weights].map((all) => all.get('critic/shared/W0')!.data);
    expect(now).toHaveLength(12 * width);
    old!.forEach((x, k) => {
      const c = k % width;
      const own = c === from || c === from + 1 ? x - old![k - c + from]! : x;
      expect(Math.abs(now![k]! - own)).toBeLessThanOrEqual(1.2e-7);
    });
  },
);

it('an export of recurrent actors comes back, ids behind their layers to a rounding', async () => {
  const { before, weights } = await roundTrip('MADDPG', true, 'LSTM');
  expect([...weights.keys()].sort()).toEqual([...before.keys()].sort());
  for (const [name, { data }] of before)
    if (!/\/(W|b)0$/.test(name)) expect(weights.get(name)!.data, name).toEqual(data);
  // [h, e]: ids are columns 6 and 7.
  const [old, now] = [before, weights].map((all) => all.get('actor/shared/W0')!.data);
  expect(now).toHaveLength(8 * 8);
  old!.forEach((x, k) => {
    const own = k % 8 >= 6 ? x - old![k - (k % 8) + 6]! : x;
    expect(Math.abs(now![k]! - own)).toBeLessThanOrEqual(1.2e-7);
  });
});

it('exports without critics, or of soft actors, are refused', async () => {
  await expect(roundTrip('MADDPG', false)).rejects.toThrow(
    'x: expected critic/shared/W0 of shape [12, 36], got none; exports need --critics, and those of soft actors lack logstd',
  );
  await expect(roundTrip('ISAC')).rejects.toThrow(
    'x: expected actor/shared/W_logstd of shape [5, 8], got none;',
  );
});
