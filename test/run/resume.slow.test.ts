/** What a run keeps and records, and what resuming makes of it. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readManifest, verify } from '../../src/checkpoint/manifest.ts';
import { decodeSafetensors } from '../../src/checkpoint/safetensors.ts';
import {
  evaluate,
  loadPolicy,
  train,
  UserError,
  type TrainConfig,
  type TrainOptions,
} from '../../src/index.ts';

const model_dir = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-resume-'));
afterAll(() => {
  fs.rmSync(model_dir, { recursive: true });
});

/** 80 steps in 4 environments with a checkpoint every 16 steps, the first evaluation at step 32. */
const TINY: TrainConfig = {
  ...{ model_dir, running_steps: 80, start_training: 8, training_frequency: 8, parallels: 4 },
  ...{ buffer_size: 40, batch_size: 8, actor_hidden_size: [4], critic_hidden_size: [4] },
  ...{ test_episode: 1, eval_interval: 32, save_interval: 16, log_interval: 16, engine: 'reference' },
  env_options: { max_cycles: 5 },
};

const quiet: TrainOptions = { onWarning: () => undefined };
const at = (run: string, ...names: string[]): string => path.join(model_dir, run, ...names);
const checkpoint = (run: string, step: number): string =>
  at(run, 'checkpoints', `step-${String(step).padStart(9, '0')}`);
const pointer = (run: string, name: string): string =>
  fs.readFileSync(at(run, 'checkpoints', name), 'utf8').trim();
const replays = (run: string): string[] =>
  fs
    .readdirSync(at(run, 'checkpoints'))
    .filter((name) => fs.existsSync(at(run, 'checkpoints', name, 'replay.bin')));
const provenance = (folder: string): unknown =>
  JSON.parse(fs.readFileSync(path.join(folder, 'provenance.json'), 'utf8'));

async function faultOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof UserError) return `${error.exitCode} ${error.message}`;
    throw error;
  }
  return 'none';
}

/** First weights of the actors. */
function actors(files: Record<string, string>): unknown {
  const bytes = Buffer.from(files['weights.safetensors']!, 'base64');
  return decodeSafetensors(bytes, 'weights').get('actor/shared/W0');
}

/** Files of a folder. */
function contents(folder: string): Record<string, string> {
  return Object.fromEntries(
    fs.readdirSync(folder).map((name) => [name, fs.readFileSync(path.join(folder, name), 'base64')]),
  );
}

describe.concurrent('the replay buffer', () => {
  it('is kept in the two newest checkpoints; older ones are whole without it and still act', async () => {
    await train({ ...TINY, name: 'slim', keep_checkpoints: 0 }, quiet);
    expect(replays('slim')).toEqual(['step-000000064', 'step-000000080']);
    for (const step of [16, 32, 48]) {
      const manifest = verify(checkpoint('slim', step));
      expect(manifest.removed).toEqual(['replay.bin']);
      expect([...manifest.files.keys()]).not.toContain('replay.bin');
    }
    const policy = await loadPolicy(checkpoint('slim', 16));
    expect(policy.step).toBe(16);
    policy.dispose();
  });

  it('is kept in as many as keep_replay says, 0 meaning all', async () => {
    await train({ ...TINY, name: 'one', keep_checkpoints: 0, keep_replay: 1 }, quiet);
    expect(replays('one')).toEqual(['step-000000080']);
    await train({ ...TINY, name: 'all', keep_checkpoints: 0, keep_replay: 0 }, quiet);
    expect(replays('all')).toHaveLength(5);
  });

  it('is needed to resume: without it, the nearest checkpoint that has it and init_from are named', async () => {
    await train({ ...TINY, name: 'far', keep_checkpoints: 0 }, quiet);
    expect(await faultOf(train({}, { ...quiet, resume: checkpoint('far', 32) }))).toBe(
      `2 ${checkpoint('far', 32)}: expected a checkpoint with replay.bin to resume from, got one without (keep_replay); ` +
        `resume from ${checkpoint('far', 64)}, or start a new run from its networks with ` +
        `--set init_from=${checkpoint('far', 32)}`,
    );
  });

  it('may still lie there after a crash between the manifest and its removal; the next save removes it', async () => {
    await train({ ...TINY, running_steps: 48, name: 'torn', keep_replay: 1 }, quiet);
    const folder = checkpoint('torn', 32);
    fs.writeFileSync(path.join(folder, 'replay.bin'), 'left over');
    verify(folder);
    await train({ running_steps: 64 }, { ...quiet, resume: at('torn') });
    expect(replays('torn')).toEqual(['step-000000064']);
    expect(readManifest(folder).removed).toEqual(['replay.bin']);
  });
});

describe.concurrent('a recurrent run', () => {
  it.each<[TrainConfig['agent'] & string, TrainConfig]>([
    ['MADDPG', {}],
    ['ISAC', {}],
    ['MATD3', { sequence_length: 2, burn_in: 1, rnn: 'LSTM' }],
  ])(
    'of %s that was interrupted in the middle of episodes resumes to the same bytes: %j',
    async (agent, keys) => {
      // Evaluations at steps 32 and 64; episodes end at 20, 40, 60 and 80.
      const whole: TrainConfig = {
        ...{ ...TINY, agent, use_rnn: true, fc_hidden_sizes: [4], recurrent_hidden_size: 3 },
        ...{ buffer_size: 8, batch_size: 4, engine: 'wasm', ...keys },
      };
      const names = [`${agent}-unpaused`, `${agent}-paused`] as const;
      await train({ ...whole, name: names[0] }, quiet);
      const stop = new AbortController();
      const onEvaluation = (): void => {
        stop.abort();
      };
      const paused = await train(
        { ...whole, name: names[1] },
        { ...quiet, signal: stop.signal, onEvaluation },
      );
      expect([paused.steps, paused.interrupted]).toEqual([32, true]);
      const resumed = await train({}, { ...quiet, resume: at(names[1]) });
      expect([resumed.steps, resumed.updates]).toEqual([80, 4]);
      const [a, b] = names.map((run) => contents(checkpoint(run, 80)));
      for (const name of ['weights.safetensors', 'optimizer.safetensors', 'rollout.bin', 'replay.bin'])
        expect(b![name], name).toBe(a![name]);
    },
  );

  it('acts when loaded, and plays the same episodes in evaluation', async () => {
    const { run, final } = await train(
      { ...TINY, use_rnn: true, test_episode: 3, test_seed: 7, name: 'loaded' },
      quiet,
    );
    const { policy } = await evaluate(run, { episodes: 3, seed: 7 });
    expect(policy.mean).toBe(final!.mean);
  });
});

describe.concurrent('save_replay: unfinished', () => {
  it('drops all replay buffers when the run ends, and changes nothing else', async () => {
    await train({ ...TINY, name: 'kept' }, quiet);
    await train({ ...TINY, name: 'dropped', save_replay: 'unfinished' }, quiet);
    expect(replays('kept')).toEqual(['step-000000064', 'step-000000080']);
    expect(replays('dropped')).toEqual([]);
    for (const name of ['step-000000048', 'step-000000064', 'step-000000080'])
      verify(at('dropped', 'checkpoints', name));
    const [kept, dropped] = ['kept', 'dropped'].map((run) => contents(checkpoint(run, 80)));
    for (const name of ['weights.safetensors', 'optimizer.safetensors', 'rollout.bin'])
      expect(dropped![name], name).toBe(kept![name]);
    expect(Object.keys(dropped!)).toEqual(Object.keys(kept!).filter((name) => name !== 'replay.bin'));
  });

  it('keeps them while it is interrupted, resumes to the same bytes, and drops them then', async () => {
    const whole = { ...TINY, save_replay: 'unfinished' } as const;
    await train({ ...whole, name: 'unpaused' }, quiet);
    const stop = new AbortController();
    const onEvaluation = (): void => {
      stop.abort();
    };
    await train({ ...whole, name: 'paused' }, { ...quiet, signal: stop.signal, onEvaluation });
    expect(replays('paused')).toContain(pointer('paused', 'latest'));
    await train({}, { ...quiet, resume: at('paused') });
    expect(replays('paused')).toEqual([]);
    const [resumed, unpaused] = ['paused', 'unpaused'].map((run) => contents(checkpoint(run, 80)));
    for (const name of ['weights.safetensors', 'optimizer.safetensors', 'rollout.bin'])
      expect(resumed![name], name).toBe(unpaused![name]);
  });

  it('keeps them in a run that a callback stopped, which resumes', async () => {
    const early: TrainConfig = { ...TINY, name: 'stopped', save_replay: 'unfinished' };
    await train(early, {
      ...quiet,
      onEvaluation: (_, controls) => {
        controls.stop();
      },
    });
    expect(replays('stopped')).toContain(pointer('stopped', 'latest'));
    await train({}, { ...quiet, resume: at('stopped') });
    expect(replays('stopped')).toEqual([]);
  });

  it('leaves a finished run that says what it can and cannot do', async () => {
    await train({ ...TINY, name: 'over', save_replay: 'unfinished' }, quiet);
    expect(await faultOf(train({}, { ...quiet, resume: at('over') }))).toBe(
      `2 ${at('over')}: expected an unfinished run, got one with all 80 steps; it kept no replay buffer, so start a new ` +
        `run from its networks with --set init_from=${at('over')}`,
    );
    expect(await faultOf(train({ running_steps: 96 }, { ...quiet, resume: at('over') }))).toBe(
      `2 ${checkpoint('over', 80)}: expected a checkpoint with replay.bin to resume from, got one without (save_replay: ` +
        `unfinished); start a new run from its networks with --set init_from=${checkpoint('over', 80)}`,
    );
    await train({ ...TINY, name: 'heir', init_from: at('over') }, quiet);
    expect(actors(contents(checkpoint('heir', 80)))).not.toEqual(actors(contents(checkpoint('over', 80))));
  });

  it('drops what a crash after the last checkpoint left', async () => {
    await train({ ...TINY, name: 'crashed', save_replay: 'unfinished' }, quiet);
    await train({ ...TINY, name: 'donor' }, quiet);
    fs.rmSync(checkpoint('crashed', 64), { recursive: true });
    fs.cpSync(checkpoint('donor', 64), checkpoint('crashed', 64), { recursive: true });
    await faultOf(train({}, { ...quiet, resume: at('crashed') }));
    expect(replays('crashed')).toEqual([]);
    expect(verify(checkpoint('crashed', 64)).removed).toEqual(['replay.bin']);
  });
});

describe.concurrent('a run that goes back to an older checkpoint', () => {
  it('ends as before, and keeps what came after aside', async () => {
    await train({ ...TINY, name: 'back', keep_checkpoints: 0, keep_replay: 0 }, quiet);
    const files = ['weights.safetensors', 'optimizer.safetensors', 'replay.bin', 'rollout.bin'];
    const end = contents(checkpoint('back', 80));
    const metrics = fs.readFileSync(at('back', 'metrics.jsonl'), 'utf8');
    fs.writeFileSync(at('back', 'checkpoints', 'best'), 'step-000000064\n');
    const warnings: string[] = [];
    await train({}, { resume: checkpoint('back', 48), onWarning: (line) => warnings.push(line) });
    expect(warnings).toEqual([
      `going back to step 48: the metrics since then and step-000000064, step-000000080 are kept in ${at('back', 'abandoned')}`,
    ]);
    const again = contents(checkpoint('back', 80));
    for (const name of files) expect(again[name], name).toBe(end[name]);
    expect(contents(at('back', 'abandoned', 'step-000000080'))).toEqual(end);
    expect(fs.readFileSync(at('back', 'abandoned', 'metrics.jsonl'), 'utf8')).toBe(metrics);
    expect(pointer('back', 'latest')).toBe('step-000000080');
    expect(pointer('back', 'best')).not.toBe('step-000000064');
  });

  it('and cannot be written says which file, and how to go back there', async () => {
    await train({ ...TINY, name: 'stuck', keep_checkpoints: 0, keep_replay: 0 }, quiet);
    const older = checkpoint('stuck', 48);
    const folder = at('stuck', 'checkpoints', '.tmp-latest');
    fs.mkdirSync(folder);
    expect(await faultOf(train({}, { ...quiet, resume: older }))).toBe(
      `1 ${folder}: expected to write it, got a folder in place of a file (EISDIR); the last good checkpoint is ${older}; ` +
        `remove it, then resume with: npx maddpg train --resume ${older}`,
    );
  });

  it('has no best checkpoint if that was not evaluated yet', async () => {
    await train({ ...TINY, name: 'early', keep_checkpoints: 0, keep_replay: 0, running_steps: 48 }, quiet);
    expect(fs.existsSync(at('early', 'checkpoints', 'best'))).toBe(true);
    const stop = new AbortController();
    stop.abort();
    await train({}, { ...quiet, resume: checkpoint('early', 16), signal: stop.signal });
    expect(fs.existsSync(at('early', 'checkpoints', 'best'))).toBe(false);
    expect(pointer('early', 'latest')).toBe('step-000000016');
  });
});

describe.concurrent('provenance', () => {
  it('holds command, overrides, seeds, versions and host, and every change with its step', async () => {
    const command = 'npx maddpg train --config x.yaml';
    await train(
      { ...TINY, name: 'changed', seed: 5, running_steps: 48 },
      { ...quiet, command, overrides: ['seed=5'] },
    );
    const origin = {
      ...{ command, overrides: ['seed=5'], seed: 5, env_seed: 1 },
      ...{ maddpg: '0.1.0', node: process.version },
    };
    expect(provenance(checkpoint('changed', 48))).toMatchObject({ origin, changes: [] });
    const events: string[] = [];
    const later = { command: 'npx maddpg train --resume x', overrides: ['gamma=0.5'] };
    await train(
      { gamma: 0.5, running_steps: 80 },
      { ...quiet, ...later, resume: at('changed'), onEvent: (line) => events.push(line) },
    );
    const line = 'from step 48: running_steps 48 -> 80, gamma 0.99 -> 0.5';
    expect(events).toContain(`${line} (see config.yaml and log.jsonl)`);
    const keys = { running_steps: [48, 80], gamma: [0.99, 0.5] };
    expect(provenance(checkpoint('changed', 80))).toMatchObject({
      origin,
      changes: [{ step: 48, keys, ...later }],
    });
    const head = `# Changed while training:\n#   ${line}\n\n`;
    expect(fs.readFileSync(at('changed', 'config.yaml'), 'utf8').slice(0, head.length)).toBe(head);
    const log = fs
      .readFileSync(at('changed', 'log.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((entry) => JSON.parse(entry) as object);
    expect(log).toContainEqual(
      expect.objectContaining({ msg: 'started', command, seed: 5, host: expect.any(String) as string }),
    );
    expect(log).toContainEqual(
      expect.objectContaining({
        msg: 'resumed',
        ...later,
        change: expect.objectContaining({ step: 48, keys }) as object,
      }),
    );
  });

  it('is the same after resuming without a change as without a stop', async () => {
    await train({ ...TINY, name: 'whole' }, quiet);
    const stop = new AbortController();
    const onEpisode = (): void => {
      stop.abort();
    };
    await train({ ...TINY, name: 'parts' }, { ...quiet, signal: stop.signal, onEpisode });
    await train({}, { ...quiet, resume: at('parts') });
    expect(provenance(checkpoint('parts', 80))).toEqual(provenance(checkpoint('whole', 80)));
  });
});

describe.concurrent('init_from', () => {
  it('starts a new run with the networks of a checkpoint, and nothing else of it', async () => {
    await train({ ...TINY, name: 'taught', use_obsnorm: true }, quiet);
    const config = { ...TINY, use_obsnorm: true, init_from: at('taught'), start_training: 80 };
    await train({ ...config, name: 'pupil', running_steps: 80 }, quiet);
    const [teacher, pupil] = [checkpoint('taught', 80), checkpoint('pupil', 80)].map(contents);
    expect(JSON.parse(Buffer.from(pupil!['state.json']!, 'base64').toString())).toMatchObject({
      iterations: 0,
    });
    expect(actors(pupil!)).toEqual(actors(teacher!));
    await train({ ...TINY, use_obsnorm: true, name: 'stranger', start_training: 80 }, quiet);
    expect(actors(contents(checkpoint('stranger', 80)))).not.toEqual(actors(teacher!));
  });

  it('is refused before anything is written if the networks do not fit', async () => {
    await train({ ...TINY, name: 'small' }, quiet);
    const init_from = at('small');
    const wide = train({ ...TINY, name: 'wide', init_from, actor_hidden_size: [5] }, quiet);
    expect(await faultOf(wide)).toBe(
      '2 config: init_from: parameters: expected actor/shared/W0 of shape [5, 21], got [4, 21]',
    );
    const normal = train({ ...TINY, name: 'normal', init_from, use_obsnorm: true }, quiet);
    expect(await faultOf(normal)).toBe(
      `2 config: init_from: expected networks of normalised observations, as use_obsnorm true says, got ` +
        `${checkpoint('small', 80)}; set use_obsnorm to false`,
    );
    const none = train({ ...TINY, name: 'none', init_from: at('nowhere') }, quiet);
    expect(await faultOf(none)).toBe(
      `2 config: init_from: ${at('nowhere')}: expected a run or checkpoint folder, got no such folder`,
    );
    for (const name of ['wide', 'normal', 'none']) expect(fs.existsSync(at(name))).toBe(false);
  });
});

describe.concurrent('a run directory', () => {
  it('that vanishes ends the training with exit code 1', async () => {
    await train({ ...TINY, name: 'moved', running_steps: 48 }, quiet);
    const onEvaluation = (): void => {
      fs.renameSync(at('moved'), at('elsewhere'));
    };
    const further = { running_steps: 80, eval_interval: 60 };
    expect(await faultOf(train(further, { ...quiet, resume: at('moved'), onEvaluation }))).toBe(
      `1 ${at('moved')}: expected the folder of the run, got none: it was moved or deleted while training; if it was ` +
        'moved, resume it there',
    );
    expect(fs.existsSync(at('moved'))).toBe(false);
    // Its lock names this process, which lives on.
    await train({}, { ...quiet, resume: at('elsewhere'), takeOver: true });
    expect(pointer('elsewhere', 'latest')).toBe('step-000000080');
  });

  it('resumes without its metrics, with a warning', async () => {
    await train({ ...TINY, name: 'curveless', running_steps: 48 }, quiet);
    fs.rmSync(at('curveless', 'metrics.jsonl'));
    const warnings: string[] = [];
    const onWarning = (line: string): void => void warnings.push(line);
    await train({ running_steps: 80 }, { resume: at('curveless'), onWarning });
    expect(warnings.join('\n')).toContain('metrics.jsonl: expected the ');
    expect(pointer('curveless', 'latest')).toBe('step-000000080');
  });

  it('is left unlocked when a training ends, fails or is refused', async () => {
    await train({ ...TINY, name: 'ended' }, quiet);
    expect(fs.existsSync(at('ended', 'run.lock'))).toBe(false);
    expect(await faultOf(train({}, { ...quiet, resume: at('ended') }))).toContain(
      'expected an unfinished run',
    );
    expect(fs.existsSync(at('ended', 'run.lock'))).toBe(false);
    await faultOf(train({ ...TINY, name: 'failed', learning_rate_critic: 1e30 }, quiet));
    expect(fs.existsSync(at('failed', 'run.lock'))).toBe(false);
  });

  it('is not trained by two at once', async () => {
    let second: Promise<string> | undefined;
    const onEvaluation = (): void => {
      second ??= faultOf(train({}, { ...quiet, resume: at('twice') }));
    };
    await train({ ...TINY, name: 'twice' }, { ...quiet, onEvaluation });
    expect(await second).toContain(
      `2 ${at('twice')}: expected a run that no other process writes, got one in use by`,
    );
  });

  it('that cannot be written ends the training: the fault names file, last good checkpoint and remedy', async () => {
    await train({ ...TINY, name: 'blocked', running_steps: 48 }, quiet);
    const folder = at('blocked', 'checkpoints');
    const onEvaluation = (): void => {
      fs.renameSync(folder, `${folder}-away`);
      fs.writeFileSync(folder, '');
    };
    const further = { running_steps: 80, eval_interval: 60 };
    expect(await faultOf(train(further, { ...quiet, resume: at('blocked'), onEvaluation }))).toBe(
      `1 ${folder}: expected to write it, got a file in place of a folder (EEXIST); the last good checkpoint is ` +
        `${checkpoint('blocked', 48)}; remove it, then resume with: npx maddpg train --resume ${at('blocked')}`,
    );
    fs.rmSync(folder);
    fs.renameSync(`${folder}-away`, folder);
    await train(further, { ...quiet, resume: at('blocked') });
    expect(pointer('blocked', 'latest')).toBe('step-000000080');
  });
});
