/** saveModel() and loadModel(): saved models continue bit for bit, anything else is rejected. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  FastStream,
  makeEnv,
  makeLearner,
  MADDPGLearner,
  train,
  type Config,
  type LearnerMAS,
} from '../../src/index.ts';
import { readNetworks } from '../../src/run/networks.ts';
import { loadInitial } from '../../src/train/session.ts';
import { ALIKE, alike, faultOf, numbersOf, sampleOf, SMALL } from './small.ts';

const scratch = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-model-'));
afterAll(() => {
  fs.rmSync(scratch, { recursive: true });
});
let dir: string;
beforeEach(() => {
  dir = path.join(fs.mkdtempSync(path.join(scratch, 'test-')), 'model');
});

function update(learner: LearnerMAS, from: number, to: number): void {
  for (let k = from; k < to; k++) learner.update(sampleOf(learner, k));
}

const SCHEDULE = { lr_schedule: 'exponential', decay_rate: 0.5, decay_steps: 3 } as const;

describe('a saved model', () => {
  it.each<Partial<Config>>([
    { agent: 'MADDPG', ...SCHEDULE },
    { agent: 'MATD3', target_noise: 0.2, actor_update_delay: 3, ...SCHEDULE },
    { agent: 'IDDPG', target_update: 'hard', sync_frequency: 5 },
    { agent: 'ISAC' },
    { agent: 'MASAC', dropout: 0.2, ...SCHEDULE },
  ])('of %j continues bit for bit in another learner', async (keys) => {
    const whole = await alike(keys);
    update(whole, 0, 4);
    expect(await whole.saveModel(dir)).toBe(path.join(dir, 'checkpoints', 'step-000000004'));
    const other = await alike({ ...keys, seed: 9 });
    update(other, 50, 53);
    expect(await other.loadModel(dir)).toBe(path.join(dir, 'checkpoints', 'step-000000004'));
    expect(other.iterations).toBe(4);
    update(whole, 4, 8);
    update(other, 4, 8);
    expect(numbersOf(other)).toEqual(numbersOf(whole));
  });

  it('includes observation normalisation', async () => {
    const keys = { use_obsnorm: true, obsnorm_range: 2 };
    const takeIn = (learner: LearnerMAS, seed: number): void => {
      const obs = new Float32Array(4 * learner.policy.spec.obsTotal);
      new FastStream(seed, 'obs').fillNormal(obs, 3);
      learner.policy.observations!.takeIn(obs, new Uint8Array(8).fill(1));
    };
    const whole = await alike(keys);
    takeIn(whole, 1);
    await whole.saveModel(dir);
    const heir = await alike({ ...keys, seed: 9 });
    loadInitial(heir.policy, readNetworks(dir, true));
    expect(heir.policy.observations!.arrays()).toEqual(whole.policy.observations!.arrays());
    update(whole, 0, 2);
    await whole.saveModel(dir);
    const other = await alike({ ...keys, seed: 9 });
    await other.loadModel(dir);
    for (const learner of [whole, other]) {
      takeIn(learner, 2);
      update(learner, 2, 4);
    }
    expect(numbersOf(other)).toEqual(numbersOf(whole));
    const plain = await alike();
    update(plain, 0, 4);
    expect(numbersOf(plain)['parameters critic/shared/W0']).not.toEqual(
      numbersOf(whole)['parameters critic/shared/W0'],
    );
  });

  it('of normalised observations is not loaded into a learner of raw ones', async () => {
    const whole = await alike({ use_obsnorm: true });
    const folder = await whole.saveModel(dir);
    const plain = await alike();
    const before = numbersOf(plain);
    expect(await faultOf(() => plain.loadModel(dir))).toBe(
      `UserError: ${folder}: expected networks of raw observations, got networks of normalised ones; set use_obsnorm: true`,
    );
    expect(numbersOf(plain)).toEqual(before);
  });

  it('replaces the previous model', async () => {
    const learner = await makeLearner({ ...SMALL, env_id: 'simple_push_v3' }, ALIKE, { modelDir: dir });
    update(learner, 0, 1);
    await learner.saveModel();
    update(learner, 1, 3);
    const folder = await learner.saveModel();
    expect(fs.readdirSync(path.join(dir, 'checkpoints')).sort()).toEqual(['latest', 'step-000000003']);
    expect(fs.readdirSync(folder).sort()).toEqual([
      ...['manifest.json', 'optimizer.safetensors', 'policy.json', 'state.json', 'weights.safetensors'],
    ]);
    const read = (name: string): unknown => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'));
    expect(read('manifest.json')).toMatchObject({
      step: 3,
      created_by: { agent: 'MADDPG', env_id: 'simple_push_v3', engine: 'reference' },
    });
    expect(read('policy.json')).toMatchObject({
      ...{ agent: 'MADDPG', env_id: 'simple_push_v3', activation_action: 'sigmoid', ensemble_size: 1 },
      groups: [{ name: 'shared', agents: [0, 1], actor_head: 'deterministic' }],
    });
    expect(read('state.json')).toMatchObject({
      iterations: 3,
      optimizer_steps: { 'actor/shared': 3, 'critic/shared': 3 },
      scheduler_steps: { 'actor/shared': 3, 'critic/shared': 3 },
    });
  });

  it('describes how the policy acts, and no environment unless given', async () => {
    const made = await alike({ activation_action: 'tanh' });
    const learner = new MADDPGLearner({}, made.policy, made.optimizer, null, 'cpu', dir);
    const folder = await learner.saveModel();
    const policy: unknown = JSON.parse(fs.readFileSync(path.join(folder, 'policy.json'), 'utf8'));
    expect(policy).toMatchObject({ activation_action: 'tanh' });
    expect(policy).not.toHaveProperty('env_id');
  });

  it('holds the state at the time of the call', async () => {
    const learner = await alike();
    const saving = learner.saveModel(dir);
    update(learner, 0, 1);
    await saving;
    await learner.loadModel(dir);
    expect(learner.iterations).toBe(0);
    expect(numbersOf(learner)).toEqual(numbersOf(await alike()));
  });
});

describe('loadModel()', () => {
  it('loads from a run, which saveModel() refuses to replace', async () => {
    const keys = {
      ...SMALL,
      ...{ running_steps: 60, start_training: 16, training_frequency: 4, parallels: 4, batch_size: 8 },
      ...{ buffer_size: 80, env_id: 'simple_v3', test_episode: 1, model_dir: scratch, name: 'run' },
    };
    const { run, updates } = await train(keys);
    const learner = await makeLearner(keys, ALIKE);
    expect(await faultOf(() => learner.loadModel(run))).toMatch(
      /^UserError: .*weights\.safetensors: expected actor\/shared\/W0 of/,
    );
    const fitting = await makeLearner(keys, makeEnv('simple_v3'));
    await fitting.loadModel(run);
    expect(fitting.iterations).toBe(updates);
    expect(await faultOf(() => fitting.saveModel(run))).toBe(
      `UserError: ${run}: expected a model folder, got a run directory, whose checkpoints would be lost; save to another folder`,
    );
  });

  it("restores a run's running moments of observations, which the next saveModel() keeps", async () => {
    const keys = {
      ...{ ...SMALL, use_obsnorm: true, env_id: 'simple_v3', batch_size: 8, buffer_size: 80, parallels: 4 },
      ...{ running_steps: 60, start_training: 16, training_frequency: 4, test_episode: 1 },
      ...{ model_dir: scratch, name: 'normalised' },
    };
    const { run } = await train(keys);
    const env = makeEnv('simple_v3');
    const [first, second] = [await makeLearner(keys, env), await makeLearner(keys, env)];
    await first.loadModel(run);
    expect(first.policy.observations!.arrays()['observation count 0']![0]).toBeGreaterThanOrEqual(60);
    await first.saveModel(dir);
    await second.loadModel(dir);
    expect(second.policy.observations!.arrays()).toEqual(first.policy.observations!.arrays());
    expect(numbersOf(second)).toEqual(numbersOf(first));
  });

  it('rejects missing, damaged or mismatched models, without side effects', async () => {
    const learner = await alike({ agent: 'MASAC' });
    update(learner, 0, 2);
    const before = numbersOf(learner);
    expect(await faultOf(() => learner.loadModel(dir))).toBe(
      `CheckpointError: ${dir}: expected a run or checkpoint folder, got no such folder`,
    );
    const wider = await alike({ agent: 'MASAC', critic_hidden_size: [8] });
    await wider.saveModel(dir);
    expect(await faultOf(() => learner.loadModel(dir))).toBe(
      `UserError: ${dir}/checkpoints/step-000000000/weights.safetensors: expected critic_1/shared/W0 of shape [4, 12], got [8, 12]`,
    );
    const own = path.join(scratch, 'damaged');
    const weights = path.join(await learner.saveModel(own), 'weights.safetensors');
    const bytes = fs.readFileSync(weights);
    bytes[bytes.length - 1]! ^= 1;
    fs.writeFileSync(weights, bytes);
    update(learner, 2, 3);
    const later = numbersOf(learner);
    expect(await faultOf(() => learner.loadModel(own))).toMatch(
      /^CheckpointError: .*weights\.safetensors: expected SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}: it is damaged/,
    );
    expect(numbersOf(learner)).toEqual(later);
    expect(later).not.toEqual(before);
    expect(learner.iterations).toBe(3);
  });

  it('rejects counters of other optimizers', async () => {
    const shared = await alike();
    await shared.saveModel(dir);
    const apart = await alike({ use_parameter_sharing: false });
    expect(await faultOf(() => apart.loadModel(dir))).toBe(
      `UserError: ${dir}/checkpoints/step-000000000/state.json: expected optimizer_steps of actor/agent_0, actor/agent_1, critic/agent_0, critic/agent_1, got actor/shared, critic/shared`,
    );
  });
});
