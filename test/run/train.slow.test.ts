/** A training that cannot begin writes nothing. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WasmEngine } from '../../src/engine/wasm/engine.ts';
import { train, type TrainConfig } from '../../src/index.ts';
import { filesBelow } from '../cli/run-cli.ts';

const model_dir = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-train-'));
afterAll(() => {
  fs.rmSync(model_dir, { recursive: true });
});

const TINY: TrainConfig = {
  ...{ model_dir, running_steps: 40, start_training: 20, training_frequency: 4, parallels: 4 },
  ...{ buffer_size: 40, batch_size: 8, actor_hidden_size: [4], critic_hidden_size: [4] },
  ...{ test_episode: 1, save_interval: 20 },
};

let failing = false;
const create = WasmEngine.create.bind(WasmEngine);
beforeEach(() => {
  failing = true;
  vi.spyOn(WasmEngine, 'create').mockImplementation((...args) =>
    failing ? Promise.reject(new RangeError('could not allocate memory')) : create(...args),
  );
});
afterEach(() => {
  vi.restoreAllMocks();
});

it('without an engine there is no folder of a run', async () => {
  await expect(train({ ...TINY, name: 'none' })).rejects.toThrow('could not allocate memory');
  expect(fs.readdirSync(model_dir)).toEqual([]);
});

it('without an engine a run that goes back to an older checkpoint is as it was', async () => {
  failing = false;
  const { run } = await train({ ...TINY, name: 'back', keep_replay: 0 });
  const before = filesBelow(run);
  failing = true;
  const resume = path.join(run, 'checkpoints', 'step-000000020');
  await expect(train({}, { resume })).rejects.toThrow('could not allocate memory');
  expect(filesBelow(run)).toEqual(before);
});
