/**
 * The mpe2 package from PyPI compared with the built-in scenarios, and training on it. Skipped by name if the
 * interpreter lacks the package; .ci/run creates one that has it.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { FastStream } from '../../../src/core/random.ts';
import { openPettingZoo } from '../../../src/envs/pettingzoo/open.ts';
import { makeVectorEnv } from '../../../src/envs/registry.ts';
import { loadPolicy, train } from '../../../src/index.ts';
import { resumeRun, startRun } from '../../../src/run/train.ts';
import { PYTHON, pythonHas } from './python.ts';

const E = 2;

// npm does not install Python and its packages.
describe.skipIf(!pythonHas('mpe2'))(`the package mpe2 in Python (skipped if ${PYTHON} lacks it)`, () => {
  it.each([
    ['simple_spread_v3', { continuous_actions: true, max_cycles: 20 }],
    ['simple_spread_v3', { continuous_actions: false, N: 4, local_ratio: 0.25, max_cycles: 20 }],
    ['simple_adversary_v3', { continuous_actions: true, max_cycles: 20 }],
    ['simple_speaker_listener_v4', { continuous_actions: false, max_cycles: 20 }],
    ['simple_push_v3', { continuous_actions: true, max_cycles: 20 }],
  ])('plays %s %o exactly like the built-in scenario over several episodes', (id, options) => {
    const environments = openPettingZoo({ module: `mpe2.${id}`, options, python: PYTHON, timeout: 60 });
    try {
      const theirs = environments.make(E);
      const ours = makeVectorEnv(id, options, E);
      const discrete = !options.continuous_actions;
      expect(theirs.spec).toEqual(ours.spec);
      expect(theirs.name).toBe(id);
      const stream = new FastStream(1, 'actions');
      for (const env of [theirs, ours]) env.reset([42, 7]);
      expect(theirs.obs).toEqual(ours.obs);
      for (let t = 0; t < 50; t++) {
        const actions = Float32Array.from({ length: E * ours.spec.actTotal }, () => stream.double());
        if (discrete) actions.forEach((x, k) => (actions[k] = Math.round(x * 3)));
        for (const env of [theirs, ours]) env.step(actions);
        for (const array of ['obs', 'nextObs', 'rewards', 'terminals', 'agentMask', 'ended'] as const)
          expect({ t, [array]: theirs[array] }).toEqual({ t, [array]: ours[array] });
      }
    } finally {
      environments.close();
    }
  });

  const SHORT = {
    parallels: E,
    running_steps: 400,
    start_training: 100,
    training_frequency: 10,
    buffer_size: 400,
    batch_size: 16,
    actor_hidden_size: [8],
    critic_hidden_size: [8],
    eval_interval: 200,
    test_episode: 2,
    log_interval: 200,
    save_interval: 200,
    threads: 1,
  } as const;

  it('trains to the same weights as the built-in scenario', async () => {
    const model_dir = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-mpe2-'));
    try {
      const weights = async (name: string, keys: object): Promise<Buffer> => {
        const { checkpoint, updates, steps } = await train({ ...SHORT, ...keys, name, model_dir });
        expect({ steps, updates }).toEqual({ steps: 400, updates: 30 });
        return fs.readFileSync(path.join(checkpoint!, 'weights.safetensors'));
      };
      const theirs = await weights('theirs', {
        env_name: 'pettingzoo',
        env_id: 'mpe2.simple_spread_v3',
        env_options: { continuous_actions: true },
        python: PYTHON,
      });
      expect(theirs).toEqual(await weights('ours', { env_id: 'simple_spread_v3' }));
      // The policy acts without Python.
      const policy = await loadPolicy(path.join(model_dir, 'theirs'));
      expect(policy.spec.agents.map(({ name }) => name)).toEqual(['agent_0', 'agent_1', 'agent_2']);
    } finally {
      fs.rmSync(model_dir, { recursive: true });
    }
  });

  it('resumes from a checkpoint with new episodes and a warning', async () => {
    const model_dir = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-mpe2-'));
    try {
      const flags = {
        ...SHORT,
        env_name: 'pettingzoo',
        env_id: 'mpe2.simple_spread_v3',
        env_options: { continuous_actions: true },
        python: PYTHON,
        model_dir,
      } as const;
      const first = await startRun(loadConfig({ flags }));
      const state = JSON.parse(fs.readFileSync(path.join(first.checkpoint!, 'state.json'), 'utf8')) as object;
      expect(state).toMatchObject({ environments: 'new episodes' });
      const warnings: string[] = [];
      const onWarning = (line: string): void => {
        warnings.push(line);
      };
      const second = await resumeRun(first.run, { keys: { running_steps: 600 } }, { onWarning });
      expect(second.steps).toBe(600);
      expect(warnings).toEqual([
        'running_steps changes from 400 to 600: the schedules of learning rates are stretched and jump at this step',
        'mpe2.simple_spread_v3 does not save environment state: the resumed run starts new episodes, so its ' +
          'results differ from those of an uninterrupted run',
      ]);
    } finally {
      fs.rmSync(model_dir, { recursive: true });
    }
  });
});
