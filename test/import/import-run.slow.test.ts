/** Imported runs do what XuanCe does with its checkpoints: act, and make the next update. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../src/core/user-error.ts';
import { ReferenceEngine } from '../../src/engine/reference/engine.ts';
import { openEnvironments } from '../../src/envs/open.ts';
import { importRun } from '../../src/import/import-run.ts';
import { AppendFile } from '../../src/metrics/append-file.ts';
import { modelKeyOf, inXuance, xuanceTensors } from '../../src/policy/xuance-names.ts';
import { readSnapshot } from '../../src/run/file-store.ts';
import { TrainingSession } from '../../src/train/session.ts';
import { createBatch } from '../../src/replay/batch.ts';
import { unpack } from '../golden/learner-case.ts';
import {
  CASES,
  checkpointOf,
  configOf,
  RECURRENT_CASES,
  type RecurrentCase,
  type XuanceCase,
} from './xuance-cases.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-import-'));
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

it('an import that finds no room says which file, and to start again', async () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    path: 'runs/full/events',
  });
  vi.spyOn(AppendFile.prototype, 'append').mockImplementationOnce(() => {
    throw error;
  });
  const loaded = configOf(CASES['maddpg_shared']!, { name: 'full', model_dir: folder });
  const file = checkpointOf('maddpg_shared');
  await expect(importRun(loaded, { file, from: 'xuance', command: 'test', overrides: [] })).rejects.toEqual(
    new UserError(
      'runs/full/events: expected to write it, got no space left on the device (ENOSPC); there is no checkpoint yet; ' +
        'free some space, then start again',
      { exitCode: 1 },
    ),
  );
});

/** A session that resumes the run imported from a case's checkpoint. */
async function imported(name: string, one: XuanceCase | RecurrentCase): Promise<TrainingSession> {
  const loaded = configOf(one, { name, model_dir: folder });
  const { run, updates, notes } = await importRun(loaded, {
    ...{ file: checkpointOf(name), from: 'xuance', command: 'test', overrides: [] },
  });
  expect(updates).toBe(3);
  expect(notes.filter((note) => note.includes('temperature'))).toHaveLength(
    one.agent.endsWith('SAC') ? 1 : 0,
  );
  const { config } = loaded;
  const environments = await openEnvironments(config);
  const session = new TrainingSession(config, environments.make(config.parallels), new ReferenceEngine());
  const { files, state, checkpoint } = readSnapshot(run);
  session.restore(files, state, checkpoint);
  return session;
}

/** Draws as joint rows [B, SA]: XuanCe has [B N, A], or a [B, A] for each agent. */
function draws({ shared, eps }: XuanceCase, of: 'obs' | 'next'): Float32Array {
  const half = eps.slice(of === 'obs' ? 0 : eps.length / 2, of === 'obs' ? eps.length / 2 : eps.length);
  if (shared) return unpack(half[0]!).data;
  const each = half.map((draw) => unpack(draw).data);
  const width = half[0]!.shape[1]!;
  return Float32Array.from({ length: each.length * each[0]!.length }, (_, k) => {
    const column = k % (width * each.length);
    return each[Math.floor(column / width)]![
      Math.floor(k / (width * each.length)) * width + (column % width)
    ]!;
  });
}

describe('a run imported from XuanCe', () => {
  it('is tested for five algorithms, shared and independent, and with LayerNorm', () => {
    expect(Object.keys(CASES)).toEqual([
      ...['maddpg', 'matd3', 'iddpg', 'isac', 'masac'].flatMap((agent) => [
        `${agent}_shared`,
        `${agent}_independent`,
      ]),
      'maddpg_shared_layernorm',
    ]);
  });

  for (const [name, one] of Object.entries(CASES))
    it(`acts and updates as XuanCe: ${name}`, async () => {
      const session = await imported(name, one);
      const { policy, learner } = session;

      const acted = policy.act(unpack(one.obs).data, 'online');
      const actions = unpack(one.actions).data;
      expect(acted).toHaveLength(actions.length);
      actions.forEach((x, k) => {
        expect(Math.abs(acted[k]! - x)).toBeLessThanOrEqual(1e-6);
      });

      const batch = createBatch(policy.spec, 8);
      const { obs, obs_next, rewards, terminals, agent_mask } = one.batch;
      batch.obs.set(unpack(obs).data);
      batch.obsNext.set(unpack(obs_next).data);
      batch.actions.set(unpack(one.batch.actions).data);
      batch.rewards.set(unpack(rewards).data);
      batch.terminals.set(unpack(terminals).data);
      batch.agentMask.set(unpack(agent_mask).data);
      const soft = one.eps.length > 0;
      const info = learner.update(
        batch,
        soft ? { eps_obs: draws(one, 'obs'), eps_next: draws(one, 'next') } : {},
      );

      for (const [key, x] of Object.entries(one.info)) {
        // After loading, XuanCe's schedule starts anew from the decayed rate; ours goes on.
        if (soft && key.includes('learning_rate')) continue;
        const own = one.shared ? key.replace('agent_0/', '') : key;
        expect(Math.abs(info[own]! - x), key).toBeLessThanOrEqual(5e-6 * Math.max(1, Math.abs(x)));
      }
      const tensors = policy.tensors();
      let compared = 0;
      for (const group of policy.groups) {
        const key = modelKeyOf(policy, group);
        for (const spec of policy.networks.values()) {
          if (!spec.name.endsWith(`/${group.name}`) || !inXuance(spec)) continue;
          for (const { name: tensor, xuance } of xuanceTensors(spec, key)) {
            const want = unpack(one.after[xuance]!).data;
            const got = tensors.get(tensor)!.data;
            const bound = tensor.startsWith('target_') ? 1e-6 : 5e-6;
            expect(got).toHaveLength(want.length);
            const worst = Math.max(...want.map((x, k) => Math.abs(got[k]! - x) / (1 + Math.abs(x))));
            expect(worst, tensor).toBeLessThanOrEqual(bound);
            compared += 1;
          }
        }
        if (soft) {
          const alpha = tensors.get(`alpha/${group.name}/log_alpha`)!.data[0]!;
          expect(Math.abs(alpha - one.log_alpha[key]!)).toBeLessThanOrEqual(5e-6);
        }
      }
      expect(compared).toBe(Object.keys(one.after).length);
    });

  it('is tested for recurrent actors and critics, shared and independent, GRU and LSTM', () => {
    expect(Object.keys(RECURRENT_CASES)).toEqual([
      ...['maddpg_shared_gru', 'matd3_independent_lstm', 'masac_shared_lstm', 'iddpg_independent_gru'],
    ]);
  });

  for (const [name, one] of Object.entries(RECURRENT_CASES))
    it(`plays episodes as XuanCe, with its moments of Adam: ${name}`, async () => {
      const { policy } = await imported(name, one);
      const { shape, data: obs } = unpack(one.obs);
      const { data: actions } = unpack(one.actions);
      const [episodes, steps] = shape as [number, number];
      const { obsTotal, actTotal } = policy.spec;
      let largest = 0;
      for (let e = 0; e < episodes; e++) {
        const states = policy.states(1);
        for (let t = 0; t < steps; t++) {
          const at = e * steps + t;
          const own = obs.slice(at * obsTotal, (at + 1) * obsTotal);
          const acted = policy.act(own, 'online', undefined, undefined, states);
          expect(acted).toHaveLength(actTotal);
          acted.forEach((x, k) => (largest = Math.max(largest, Math.abs(x - actions[at * actTotal + k]!))));
        }
      }
      if (process.env['MADDPG_SHOW_DIFFERENCES']) console.log(`${name}: ${largest}`);
      expect(largest).toBeLessThanOrEqual(1e-6);
      const moments = policy.tensors('exp_avg_sq');
      for (const spec of policy.networks.values())
        if (spec.recurrent && !spec.name.startsWith('target_'))
          expect(moments.get(`${spec.name}/rnn_W_ih1`)!.data.some((x) => x > 0)).toBe(true);
    });
});
