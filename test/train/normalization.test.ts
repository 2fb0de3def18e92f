import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors } from '../../src/checkpoint/safetensors.ts';
import type { Config } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { makeEnv, makeVectorEnv } from '../../src/envs/registry.ts';
import { loadPolicy, train } from '../../src/index.ts';
import type { Batch } from '../../src/replay/batch.ts';
import { episodeReturns } from '../../src/evaluate/play.ts';
import { summarize } from '../../src/evaluate/returns.ts';
import type { TrainingSession } from '../../src/train/session.ts';
import { begun } from './begun.ts';

const QUICK = {
  ...{ actor_hidden_size: [4], critic_hidden_size: [4], batch_size: 8, buffer_size: 800, parallels: 4 },
  ...{ start_training: 120, training_frequency: 4, running_steps: 400, lr_schedule: 'constant' },
  // Actions that do not depend on observations.
  uniform_steps: 400,
} as const satisfies Partial<Config>;

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });

/** A session after its first update, and that update's sample. */
function afterFirstUpdate(keys: Partial<Config>): { session: TrainingSession; batch: Batch } {
  const { config } = loadConfig({ flags: { ...QUICK, ...keys } });
  const env = makeVectorEnv('simple_spread_v3', { continuous_actions: true }, config.parallels);
  const session = begun(config, env, engine);
  while (session.updates === 0) session.advance();
  return { session, batch: session.learner.batch(config.batch_size) };
}

describe('a critic with use_obsnorm', () => {
  const plain = afterFirstUpdate({});

  it('sees observations and next observations normalised by current moments, and raw rewards', () => {
    const { batch, session } = afterFirstUpdate({ use_obsnorm: true, obsnorm_range: 1.5 });
    for (const name of ['obs', 'obsNext'] as const) {
      const expected = plain.batch[name].slice();
      session.policy.observations!.apply(expected);
      expect([...batch[name]]).toEqual([...expected]);
      expect([...batch[name]]).not.toEqual([...plain.batch[name]]);
      expect(Math.max(...batch[name])).toBe(1.5);
    }
    expect([...batch.rewards]).toEqual([...plain.batch.rewards]);
  });
});

describe('a run with use_obsnorm', () => {
  it('evaluates, saves and loads with its training moments', async () => {
    const model_dir = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-obsnorm-'));
    try {
      const { run, checkpoint, final } = await train({
        ...QUICK,
        ...{ use_obsnorm: true, model_dir, threads: 1, uniform_steps: 200, test_episode: 3, test_seed: 7 },
      });
      const policy = await loadPolicy(run);
      const env = makeVectorEnv('simple_spread_v3', { continuous_actions: true }, 1);
      const loaded = summarize(env.spec, episodeReturns(env, policy.actor, 3, 7));
      expect(final).toMatchObject({ mean: loaded.mean, std: loaded.std, episodes: 3 });

      const file = path.join(checkpoint!, 'weights.safetensors');
      const tensors = decodeSafetensors(fs.readFileSync(file), file);
      expect([...policy.policy.tensors().get('observation/std')!.data]).toEqual([
        ...tensors.get('observation/std')!.data,
      ]);
      const written: unknown = JSON.parse(fs.readFileSync(path.join(checkpoint!, 'policy.json'), 'utf8'));
      expect(written).toMatchObject({ observation_norm: { range: 5, epsilon: 1e-8 } });

      // Evaluation and act() do not change the moments.
      const again = summarize(env.spec, episodeReturns(env, policy.actor, 3, 7));
      expect(again).toEqual(loaded);
      const { observations } = makeEnv('simple_spread_v3', { continuous_actions: true }).reset({ seed: 7 });
      env.reset([7]);
      const actions = new Float32Array(env.spec.actTotal);
      policy.actor(env.obs, actions);
      expect(Object.values(policy.act(observations)).flatMap((own) => [...(own as Float32Array)])).toEqual([
        ...actions,
      ]);
    } finally {
      fs.rmSync(model_dir, { recursive: true });
    }
  });
});
