/** Runs in memory: their zip is the run directory of the command line. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Config } from '../../src/config/keys.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { loadConfig } from '../../src/config/load.ts';
import { UserError } from '../../src/core/user-error.ts';
import { ReferenceEngine } from '../../src/engine/reference/engine.ts';
import { mpeEnvironments } from '../../src/envs/mpe/open.ts';
import { packRun, readArchive } from '../../src/run/archive.ts';
import { readSnapshot } from '../../src/run/file-store.ts';
import { train } from '../../src/library/train.ts';
import { loadPolicy } from '../../src/run/load-policy.ts';
import { MemoryRun, type OpenedRun } from '../../src/run/memory-run.ts';
import { resumeRun, startRun } from '../../src/run/train.ts';
import { isArchive, unpackBeside, unpackedFor } from '../../src/run/unpack.ts';
import { Trainer } from '../../src/train/trainer.ts';
import { startCli } from '../cli/run-cli.ts';

const KEYS: Partial<Config> = {
  ...{ running_steps: 400, start_training: 100, training_frequency: 20, parallels: 4, threads: 1 },
  ...{ buffer_size: 400, batch_size: 16, actor_hidden_size: [8], critic_hidden_size: [8], name: 'spread' },
  ...{ eval_interval: 100, log_interval: 100, save_interval: 200, test_episode: 3, engine: 'reference' },
};
const { config } = resolveConfig({ keys: KEYS });

/** Trains in memory, up to the evaluation at `until`. */
async function trained(until = Infinity, resume?: OpenedRun): Promise<MemoryRun> {
  const engine = new ReferenceEngine();
  const run = new MemoryRun(config, engine.name, { ...(resume && { resume }) });
  const stop = new AbortController();
  const factory = mpeEnvironments(config);
  await new Trainer(config, { factory, evaluation: factory.make(1) }, engine, run, {
    resume: resume?.snapshot,
    signal: stop.signal,
    onEvaluation: ({ step }) => {
      if (step >= until) stop.abort();
    },
  }).run();
  return run;
}

/** What a run of the command line and one in memory have in common: all but times and places. */
function filesIn(run: string): string[] {
  return fs
    .readdirSync(run, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(run, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}

it('recurrent policies become the same in memory as on the command line', async () => {
  const keys: Partial<Config> = {
    ...{ ...KEYS, name: 'recurrent', use_rnn: true, buffer_size: 20, batch_size: 4 },
    ...{ fc_hidden_sizes: [8], recurrent_hidden_size: 8, training_frequency: 25 },
  };
  const recurrent = resolveConfig({ keys }).config;
  const engine = new ReferenceEngine();
  const factory = mpeEnvironments(recurrent);
  const run = new MemoryRun(recurrent, engine.name);
  const trainer = new Trainer(recurrent, { factory, evaluation: factory.make(1) }, engine, run);
  expect((await trainer.run()).updates).toBe(4);
  const { run: folder } = await train({ ...keys, model_dir: root });
  const loaded = await loadPolicy(folder);
  expect(trainer.policy.tensors()).toEqual(loaded.policy.tensors());
  loaded.dispose();
});

let root: string;
let whole: MemoryRun;
let half: MemoryRun;
beforeAll(async () => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-memory-'));
  whole = await trained();
  half = await trained(200);
});
afterAll(() => {
  fs.rmSync(root, { recursive: true });
});

function write(folder: string, run: MemoryRun): string {
  fs.mkdirSync(path.join(root, folder));
  const file = path.join(root, folder, 'x.zip');
  fs.writeFileSync(file, run.zip());
  return file;
}

const weightsOf = (at: string): Uint8Array => readSnapshot(at).files.get('weights.safetensors')!;

describe('a run in memory', () => {
  it('is, unpacked, the run that the command line writes', async () => {
    const run = unpackBeside(write('unpacked', whole));
    const { config: own, ...loaded } = loadConfig({
      keys: { ...KEYS, name: 'other', model_dir: path.join(root, 'cli') },
    });
    await startRun({ ...loaded, config: own });
    const other = path.join(root, 'cli/other');
    const kept = filesIn(other).filter(
      (name) => !/step-000000(200|300)/.test(name) && !name.includes('lock'),
    );
    expect(filesIn(run).filter((name) => !/step-000000(200|300)/.test(name))).toEqual(kept);
    const columns = (at: string): string =>
      fs.readFileSync(path.join(at, 'metrics.csv'), 'utf8').split('\n')[0]!;
    expect(columns(run)).toBe(columns(other));
    expect(weightsOf(run)).toEqual(weightsOf(other));
    for (const file of ['checkpoints/latest', 'checkpoints/best'])
      expect(fs.readFileSync(path.join(run, file))).toEqual(fs.readFileSync(path.join(other, file)));
  });

  it('goes on from its zip, in memory and on disk, to the same bits', async () => {
    const opened = MemoryRun.open(half.zip());
    expect([opened.name, opened.snapshot.state.step, opened.snapshot.resumable]).toEqual([
      'spread',
      200,
      true,
    ]);
    expect(opened.records.map(({ step }) => step)).toEqual([100, 200]);
    const rest = MemoryRun.open((await trained(Infinity, opened)).zip());
    const end = MemoryRun.open(whole.zip());
    expect(rest.snapshot.files.get('weights.safetensors')).toEqual(
      end.snapshot.files.get('weights.safetensors'),
    );
    expect(rest.records.map(({ step }) => step)).toEqual(end.records.map(({ step }) => step));

    const folder = unpackBeside(write('resumed', half));
    const warnings: string[] = [];
    await resumeRun(folder, {}, { onWarning: (line) => warnings.push(line) });
    expect(weightsOf(folder)).toEqual(end.snapshot.files.get('weights.safetensors'));
    expect(warnings).toEqual([]);
  });

  it('comes back from the command line', async () => {
    const folder = unpackBeside(write('there', half));
    const files = new Map(
      filesIn(folder).map((name) => [name, new Uint8Array(fs.readFileSync(path.join(folder, name)))]),
    );
    const opened = MemoryRun.open(packRun({ name: 'back', files }));
    expect((await trained(Infinity, opened)).records.at(-1)!.step).toBe(400);
  });

  it('is saved when a page asks for it, without a trace in the training', async () => {
    const engine = new ReferenceEngine();
    const run = new MemoryRun(config, engine.name);
    const factory = mpeEnvironments(config);
    let steps = 0;
    const trainer: Trainer = new Trainer(config, { factory, evaluation: factory.make(1) }, engine, run, {
      gate: () => {
        steps += 1;
        return steps === 31 ? trainer.save().then(() => void zips.push(run.zip())) : undefined;
      },
    });
    const zips: Uint8Array[] = [];
    await trainer.run();
    expect(MemoryRun.open(zips[0]!).snapshot.state.step).toBe(120);
    const weights = (of: MemoryRun): unknown =>
      MemoryRun.open(of.zip()).snapshot.files.get('weights.safetensors');
    expect(weights(run)).toEqual(weights(whole));
  });

  it('keeps the replay buffer of its newest checkpoint only', () => {
    const { snapshot, best } = MemoryRun.open(whole.zip());
    expect(snapshot.state.step).toBe(400);
    expect(best!.resumable).toBe(best!.state.step === 400);
  });

  it.each([
    ['config.yaml', 'x.zip/spread/config.yaml: expected the configuration of a run, got no such file'],
    ['checkpoints/latest', 'x.zip/spread: expected a run with a checkpoint, got none: train a little longer'],
    [
      'checkpoints/step-000000200/manifest.json',
      'x.zip/spread/checkpoints/latest: expected the name of a checkpoint beside it, got "step-000000200"',
    ],
    [
      'checkpoints/step-000000200/rollout.bin',
      /^x\.zip\/spread\/checkpoints\/step-000000200\/rollout\.bin: expected \d+ bytes, got no such file: it is damaged$/,
    ],
  ])('is refused without %s', (missing, fault) => {
    const { name, files } = readArchive(half.zip(), 'x.zip');
    const others = new Map([...files].filter(([file]) => file !== missing));
    expect(() => MemoryRun.open(packRun({ name, files: others }), 'x.zip')).toThrow(fault);
  });

  it('is refused if a file is not the one that was saved', () => {
    const { name, files } = readArchive(half.zip(), 'x.zip');
    const file = 'checkpoints/step-000000200/weights.safetensors';
    const changed = files.get(file)!.slice();
    changed[changed.length - 1]! ^= 1;
    const zip = packRun({ name, files: new Map([...files, [file, changed]]) });
    expect(() => MemoryRun.open(zip, 'x.zip')).toThrow(
      /weights\.safetensors: expected SHA-256 .*: it is damaged$/,
    );
  });
});

describe('the zip of a run on disk', () => {
  it('is unpacked where no such folder is, and only there', () => {
    const zip = write('twice', half);
    const run = unpackBeside(zip);
    expect(run).toBe(path.join(path.dirname(zip), 'spread'));
    expect(fs.readdirSync(path.dirname(zip)).sort()).toEqual(['spread', 'x.zip']);
    expect(() => unpackBeside(zip)).toThrow(
      `${zip}: expected no ${run} yet, as the run is unpacked there, got one; resume that with --resume ${run}, or move it away`,
    );
  });

  it('brings no environment of its own, as resuming would run it', () => {
    const folder = path.join(root, 'program');
    fs.mkdirSync(folder);
    const zip = path.join(folder, 'x.zip');
    const { name, files } = readArchive(half.zip(), 'x.zip');
    const text = 'env_name: custom\nenv_id: ./env.mjs\n';
    const config = new TextEncoder().encode(text);
    fs.writeFileSync(zip, packRun({ name, files: new Map([...files, ['config.yaml', config]]) }));
    expect(() => unpackBeside(zip)).toThrow(
      `${zip}: expected the run of an environment outside the zip, got one whose program came with it; ` +
        'if you trust it, unpack it yourself and resume the folder',
    );
    expect(fs.readdirSync(folder)).toEqual(['x.zip']);
  });

  it('leaves nothing behind if it is faulty', () => {
    const folder = path.join(root, 'faulty');
    fs.mkdirSync(folder);
    const zip = path.join(folder, 'x.zip');
    fs.writeFileSync(zip, half.zip().subarray(0, -1));
    expect(() => unpackBeside(zip)).toThrow(`${zip}: expected a whole zip of a run, got something else`);
    expect(fs.readdirSync(folder)).toEqual(['x.zip']);
  });

  it('is unpacked for a while, and paths in messages are those in the zip', async () => {
    const zip = write('while', half);
    let folder = '';
    const step = await unpackedFor(zip, async (run, name) => {
      folder = run!;
      const policy = await loadPolicy(folder, { engine: 'reference' });
      expect(name(policy.checkpoint)).toBe(`${zip}/spread/checkpoints/step-000000200`);
      return policy.step;
    });
    expect(step).toBe(200);
    expect(fs.existsSync(folder)).toBe(false);
    const failing = unpackedFor(zip, (run) => {
      folder = run!;
      return Promise.reject(new UserError(`${run!}/x: expected one, got none`));
    });
    await expect(failing).rejects.toThrow(`${zip}/spread/x: expected one, got none`);
    expect(fs.existsSync(folder)).toBe(false);
  });

  it.each(['eval', 'replay'])('leaves nothing behind when Ctrl-C ends maddpg %s', async (command) => {
    const zip = write(`interrupted-${command}`, half);
    const tmp = fs.mkdtempSync(path.join(root, 'tmp-'));
    const at = command === 'eval' ? [`--checkpoint=${zip}`] : [zip];
    const playing = startCli(root, [command, ...at, '--episodes=100000000'], { TMPDIR: tmp });
    await vi.waitFor(() => {
      expect(fs.readdirSync(tmp, { recursive: true, encoding: 'utf8' }).join()).toContain('weights');
    }, 30_000);
    playing.interrupt();
    expect((await playing.ended).code).toBe(130);
    expect(fs.readdirSync(tmp)).toEqual([]);
  });

  it('is told from a folder by its name and kind', () => {
    const zip = write('kind', half);
    fs.mkdirSync(path.join(root, 'kind/a.zip'));
    expect([zip, path.join(root, 'kind/a.zip'), path.join(root, 'none.zip'), root].map(isArchive)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
