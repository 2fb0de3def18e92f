/** Advice in trainings: it changes nothing, and a resumed run does not hear it again. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { train, type TrainConfig, type TrainOptions } from '../../src/index.ts';
import { Advice } from '../../src/train/advice.ts';

const model_dir = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-advice-'));
afterAll(() => {
  fs.rmSync(model_dir, { recursive: true });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** 450 updates with a far too high rate of the actor, evaluated every 100 steps. */
const FAILING: TrainConfig = {
  ...{ model_dir, running_steps: 1000, start_training: 100, training_frequency: 2, parallels: 2 },
  ...{ buffer_size: 1000, batch_size: 8, actor_hidden_size: [4], critic_hidden_size: [4], seed: 2 },
  ...{ learning_rate_actor: 1, tau: 0.01, test_episode: 3, eval_interval: 100, save_interval: 200 },
  ...{ log_interval: 100, lr_schedule: 'constant', engine: 'reference', env_options: { max_cycles: 10 } },
};

const ADVICE = [
  "step 500: Q is 12.8 above the return that follows (56 % of an episode's), and the return of -12.31 is not clearly above " +
    'that of random actions (-9.73): lower gamma, or raise tau or learning_rate_critic',
];

/** Trains, and returns what was warned of. */
async function heard(config: TrainConfig, options: TrainOptions = {}): Promise<string[]> {
  const lines: string[] = [];
  await train(config, { ...options, onWarning: (line) => void lines.push(line) });
  return lines;
}

/** Files of the last checkpoint but those that hold times. */
function last(name: string): Record<string, string> {
  const checkpoint = path.join(model_dir, name, 'checkpoints', 'step-000001000');
  return Object.fromEntries(
    ['weights.safetensors', 'optimizer.safetensors', 'replay.bin', 'rollout.bin'].map((file) => [
      file,
      fs.readFileSync(path.join(checkpoint, file), 'base64'),
    ]),
  );
}

describe('advice in a training', () => {
  it('changes no byte of its checkpoints', async () => {
    expect(await heard({ ...FAILING, name: 'advised' })).toEqual(ADVICE);
    vi.spyOn(Advice.prototype, 'take').mockReturnValue([]);
    expect(await heard({ ...FAILING, name: 'alone' })).toEqual([]);
    expect(last('advised')).toEqual(last('alone'));
  });

  it('is not repeated by a resumed run, which ends with the same bytes', async () => {
    const stop = new AbortController();
    const onEvaluation: TrainOptions['onEvaluation'] = ({ step }) => {
      if (step === 700) stop.abort();
    };
    const stopped = { ...FAILING, name: 'stopped' };
    expect(await heard(stopped, { signal: stop.signal, onEvaluation })).toEqual(ADVICE);
    expect(await heard({}, { resume: path.join(model_dir, 'stopped') })).toEqual([]);
    expect(last('stopped')).toEqual(last('advised'));
  });
});
