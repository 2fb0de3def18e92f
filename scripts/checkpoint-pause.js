// Prints how long training pauses for each checkpoint, with a replay buffer of 100,000 transitions of six agents (175 MB):
//
//   node scripts/checkpoint-pause.js
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { train } from '../dist/index.js';
import { CheckpointWriter } from '../dist/run/checkpoint-writer.js';

/** @type {number[]} */
const pauses = [];
const { save } = CheckpointWriter.prototype;
/** @param {Parameters<typeof save>} args */
CheckpointWriter.prototype.save = async function (...args) {
  const began = performance.now();
  await save.apply(this, args);
  pauses.push(performance.now() - began);
};

const model_dir = mkdtempSync(join(tmpdir(), 'maddpg-pause-'));
await train(
  {
    env_id: 'simple_world_comm_v3',
    use_parameter_sharing: 'teams',
    buffer_size: 100_000,
    running_steps: 480_000,
    save_interval: 60_000,
    training_frequency: 1600,
    eval_interval: 10_000_000,
    test_episode: 1,
    model_dir,
  },
  { onWarning: () => undefined },
);
rmSync(model_dir, { recursive: true });
console.log(`milliseconds: ${pauses.map((ms) => ms.toFixed(0)).join(', ')}`);
