/** `--format xuance`: what XuanCe wrote comes back, for our reader and for PyTorch's. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { openEnvironments } from '../../src/envs/open.ts';
import { exportedPolicy } from '../../src/export/exported-policy.ts';
import { xuance } from '../../src/export/xuance.ts';
import { readXuanceCheckpoint } from '../../src/import/xuance-checkpoint.ts';
import { ReferenceEngine } from '../../src/engine/reference/engine.ts';
import { buildPolicy, layoutOf } from '../../src/train/build.ts';
import { PYTHON, pythonHas } from '../envs/pettingzoo/python.ts';
import { CASES, checkpointOf, configOf, RECURRENT_CASES } from '../import/xuance-cases.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-xuance-'));
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});
const ORIGIN = { maddpg: '1', agent: 'X', env_name: 'mpe', env_id: 'x', step: 0, weights: null };

/** Equal names and shapes are what load_state_dict(strict=True) asks for. */
const COMPARE = `
import sys, torch
for files in zip(sys.argv[1::2], sys.argv[2::2]):
    theirs, ours = (torch.load(file, weights_only=True)["policy"] for file in files)
    assert set(theirs) == set(ours), set(theirs) ^ set(ours)
    assert all(ours[k].shape == v.shape and torch.equal(ours[k], v) for k, v in theirs.items())
`;

describe('an export for XuanCe', () => {
  for (const [name, one] of Object.entries({ ...CASES, ...RECURRENT_CASES }))
    it(`of networks that XuanCe wrote is what XuanCe wrote: ${name}`, async () => {
      const { config } = configOf(one);
      const layout = layoutOf(config, (await openEnvironments(config)).make(1).spec);
      const theirs = new Uint8Array(fs.readFileSync(checkpointOf(name)));
      const { weights } = readXuanceCheckpoint(theirs, name, layout, config);
      const [file] = xuance.files(exportedPolicy(layout, weights, ORIGIN, { actor: 'online' }));
      const content = file!.content as Uint8Array;
      const back = readXuanceCheckpoint(content, name, layout, config);
      expect(back.weights).toEqual(weights);
      expect(back.notes).toContain('the checkpoint has no optimizer state: Adam starts anew');
      fs.writeFileSync(path.join(folder, `${name}.pth`), content);
    });

  it.skipIf(!pythonHas('torch'))(
    'is, for torch.load(weights_only=True), what XuanCe wrote: names, shapes and numbers',
    () => {
      const pairs = Object.keys({ ...CASES, ...RECURRENT_CASES }).flatMap((name) => [
        checkpointOf(name),
        path.join(folder, `${name}.pth`),
      ]);
      execFileSync(PYTHON, ['-c', COMPARE, ...pairs], { stdio: ['ignore', 'ignore', 'inherit'] });
    },
    300_000,
  );

  it('is refused of policies that XuanCe has no networks for', async () => {
    const refusal = async (keys: Record<string, unknown>): Promise<string> => {
      const { config } = loadConfig({ flags: { env_id: 'simple_tag_v3', ...keys } });
      const { spec } = (await openEnvironments(config)).make(1);
      const policy = buildPolicy(config, spec, new ReferenceEngine());
      const choice = { actor: 'online', range: config.use_obsnorm ? 5 : undefined } as const;
      try {
        xuance.files(exportedPolicy(policy, policy.tensors(), ORIGIN, choice));
        return 'taken';
      } catch (error) {
        return (error as Error).message.replace(/^--format xuance: expected (.*); choose another$/, '$1');
      }
    };
    const each = { use_parameter_sharing: false };
    expect(await refusal(each)).toBe('taken');
    expect(await refusal({ use_parameter_sharing: 'teams' })).toBe(
      'networks that all agents share, or none, as XuanCe has, got some shared by teams',
    );
    expect(await refusal({ ...each, continuous_action: false })).toBe(
      'continuous actions, as XuanCe has, got discrete ones',
    );
    expect(await refusal({ ...each, ensemble_size: 2 })).toBe('one policy, as XuanCe has, got an ensemble');
    expect(await refusal({ ...each, use_obsnorm: true })).toBe(
      'raw observations, as XuanCe has, got normalised ones (use_obsnorm)',
    );
    expect(await refusal({ ...each, use_rnn: true })).toBe('taken');
    expect(await refusal({ ...each, use_rnn: true, recurrent_critics: false })).toBe(
      'recurrent critics of recurrent actors, as XuanCe has, got feed-forward ones (recurrent_critics: false)',
    );
    expect(await refusal({ ...each, critic_scope: 'team' })).toBe(
      'critics of all agents, as XuanCe has, got those of teams',
    );
  });
});
