import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { decodeSafetensors } from '../../src/checkpoint/safetensors.ts';
import { loadPolicy, train } from '../../src/index.ts';
import { Policy } from '../../src/policy/policy.ts';

const model_dir = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-load-'));
afterAll(() => {
  fs.rmSync(model_dir, { recursive: true });
});

it('a policy has the tensors of its checkpoint, all of them, and draws no weights before', async () => {
  const summary = await train({
    ...{ agent: 'MASAC', use_obsnorm: true, model_dir, running_steps: 40, start_training: 8, parallels: 4 },
    ...{ training_frequency: 8, buffer_size: 40, batch_size: 8, engine: 'reference', test_episode: 1 },
    ...{ actor_hidden_size: [4], critic_hidden_size: [4] },
  });
  const checkpoint = summary.checkpoint!;
  const file = path.join(checkpoint, 'weights.safetensors');
  const saved = decodeSafetensors(fs.readFileSync(file), file);
  expect([...saved.keys()]).toEqual(
    expect.arrayContaining(['alpha/shared/log_alpha', 'observation/mean', 'target_critic_1/shared/W0']),
  );
  const drawn = vi.spyOn(Policy.prototype, 'initialize');
  const loaded = await loadPolicy(checkpoint, { engine: 'reference' });
  expect(loaded.policy.tensors()).toEqual(saved);
  expect(drawn).not.toHaveBeenCalled();
  loaded.dispose();
});
