/**
 * Damaged checkpoints, read as eval and as --resume read them. Without a matching manifest none is accepted; with one, it is
 * refused in one line or loads and goes on with finite numbers.
 */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepFolders } from '../../src/checkpoint/layout.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { FastStream } from '../../src/core/random.ts';
import { UserError } from '../../src/core/user-error.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { customEnvironments } from '../../src/envs/custom/factory.ts';
import type { EnvironmentFactory } from '../../src/envs/environment-factory.ts';
import { mpeEnvironments } from '../../src/envs/mpe/open.ts';
import { readSnapshot, requireReplay } from '../../src/run/file-store.ts';
import { requireFittingFiles } from '../../src/run/fitting.ts';
import { loadPolicy } from '../../src/run/load-policy.ts';
import { requireSameRun } from '../../src/run/resume.ts';
import { startRun } from '../../src/run/train.ts';
import { NotFiniteError, TrainingSession } from '../../src/train/session.ts';
import { Doors } from '../envs/custom/doors.ts';
import { contentOf, damage, damageSigned } from './damage.ts';
import { cases, firstSeed } from './scale.ts';

const SMALL = {
  ...{ running_steps: 60, parallels: 2, start_training: 10, training_frequency: 2, batch_size: 4 },
  ...{ buffer_size: 40, actor_hidden_size: [4], critic_hidden_size: [4], uniform_steps: 6 },
  ...{
    eval_interval: 30,
    save_interval: 20,
    test_episode: 1,
    log_interval: 30,
    keep_checkpoints: 0,
    keep_replay: 0,
  },
  ...{ engine: 'reference', env_options: { max_cycles: 12 } },
} as const satisfies Partial<Config>;

const KINDS: Readonly<Record<string, Partial<Config>>> = {
  maddpg: { agent: 'MADDPG' },
  matd3: {
    agent: 'MATD3',
    replay: 'prioritized',
    use_obsnorm: true,
    env_id: 'simple_adversary_v3',
    use_parameter_sharing: 'teams',
  },
  ensemble: { agent: 'MADDPG', ensemble_size: 2, use_parameter_sharing: false, n_step: 2 },
  masks: {
    agent: 'MADDPG',
    env_name: 'custom',
    env_id: 'doors',
    env_options: {},
    use_parameter_sharing: 'teams',
  },
};

interface Run {
  readonly dir: string;
  readonly config: Config;
  readonly newest: string;
  readonly older: string;
  readonly open: () => EnvironmentFactory;
}

const scratch = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-fuzz-'));
const runs: Run[] = [];
let engine: Engine;

async function trained(name: string, keys: Partial<Config>): Promise<Run> {
  const loaded = loadConfig({ keys: { ...SMALL, ...keys, name, model_dir: path.join(scratch, 'runs') } });
  const { config } = loaded;
  const open = (): EnvironmentFactory =>
    config.env_name === 'custom'
      ? customEnvironments('doors', () => new Doors(), {})
      : mpeEnvironments(config);
  const { run: dir } = await startRun(loaded, config.env_name === 'custom' ? { environments: open } : {});
  const folders = stepFolders(path.join(dir, 'checkpoints')).map((one) =>
    path.join(dir, 'checkpoints', one.name),
  );
  return { dir, config, newest: folders.at(-2)!, older: folders.at(-3)!, open };
}

beforeAll(async () => {
  engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });
  for (const [name, keys] of Object.entries(KINDS)) runs.push(await trained(name, keys));
  // Of the same kind as the first, but another run.
  runs.push(await trained('other', { ...KINDS['maddpg'], seed: 7 }));
}, 60_000);
afterAll(() => {
  fs.rmSync(scratch, { recursive: true });
});

/** Reads as `maddpg eval` does, and acts. */
async function readByEval(folder: string): Promise<void> {
  const loaded = await loadPolicy(folder, { engine: 'reference' });
  const { spec } = loaded;
  const obs = new Float32Array(spec.obsTotal);
  const actions = new Float32Array(spec.actTotal);
  const stream = new FastStream(1, 'obs');
  for (let k = 0; k < 3; k++) {
    stream.fillNormal(obs, 1);
    loaded.actor(obs, actions); // throws UserError unless the actions are finite
  }
  loaded.dispose();
}

/** Reads as `maddpg train --resume` does, and makes an update. */
function readByResume(folder: string, { config, open, dir }: Run): void {
  const snapshot = readSnapshot(folder);
  requireReplay(snapshot);
  requireSameRun(snapshot.config, config, dir);
  const environments = open();
  try {
    const env = environments.make(config.parallels);
    requireFittingFiles(snapshot.files, snapshot.checkpoint, config, env.spec);
    const session = new TrainingSession(config, env, engine);
    session.restore(snapshot.files, snapshot.state, snapshot.checkpoint);
    const { updates } = session;
    for (let t = 0; t < 20 && session.updates === updates; t++) session.advance();
    session.checkFinite();
  } finally {
    environments.close();
  }
}

type Outcome = 'accepted' | 'refused' | 'diverged';

async function outcomeOf(read: () => void | Promise<void>): Promise<Outcome> {
  try {
    await read();
    return 'accepted';
  } catch (error) {
    // What the trainer turns into one line.
    if (error instanceof NotFiniteError) return 'diverged';
    if (!(error instanceof UserError)) throw error;
    for (const line of error.faults) {
      expect(line).toMatch(/^[^\n]{10,1500}$/);
    }
    return 'refused';
  }
}

describe('a damaged checkpoint', () => {
  it('is refused in one line, or loaded consistently if it was signed again', async () => {
    const count = cases(100, 10_000);
    const first = firstSeed('fuzz-checkpoints');
    const folder = path.join(scratch, 'case', 'checkpoints', 'step');
    const before = contentOf(path.join(scratch, 'runs'));
    const found: Record<string, number> = {};
    const failures: string[] = [];
    for (let seed = first; seed < first + count; seed++) {
      const draw = new FastStream(seed, 'damage');
      const run = runs[draw.below(runs.length)]!;
      const foreign = runs[draw.below(runs.length)]!;
      const signed = draw.below(10) >= 7;
      const copied = path.join(path.dirname(folder), path.basename(run.newest));
      fs.cpSync(run.newest, copied, { recursive: true });
      const whole = contentOf(copied);
      const others = { older: run.older, foreign: foreign.newest };
      let done: string;
      // Some damages change nothing: a page of zeros, a file swapped with itself.
      do done = (signed ? damageSigned : damage)(copied, draw, others);
      while (contentOf(copied).join() === whole.join());
      const damaged = contentOf(copied);
      for (const [how, read] of [
        ['eval', () => readByEval(copied)],
        [
          'resume',
          () => {
            readByResume(copied, run);
          },
        ],
      ] as const) {
        const what = `SEED=${seed} COUNT=1: ${done} in ${path.basename(run.dir)}, read by ${how}`;
        const started = performance.now();
        try {
          const outcome = await outcomeOf(read);
          const key = `${signed ? 'signed' : 'unsigned'}, ${how}: ${outcome}`;
          found[key] = (found[key] ?? 0) + 1;
          if (!signed && outcome !== 'refused') failures.push(`${what}: ${outcome}`);
        } catch (error) {
          failures.push(`${what}: ${String(error)} ${(error as Error).stack!.split('\n')[1]!}`);
        }
        if (performance.now() - started > 20_000) failures.push(`${what}: took longer than 20 s`);
      }
      expect(contentOf(copied), `SEED=${seed}`).toEqual(damaged);
      fs.rmSync(path.join(scratch, 'case'), { recursive: true });
    }
    expect(failures).toEqual([]);
    expect(contentOf(path.join(scratch, 'runs'))).toEqual(before);
    expect(process.resourceUsage().maxRSS).toBeLessThan(2 ** 20); // kB
    console.info(
      `fuzz-checkpoints: ${count} cases`,
      found,
      `peak ${process.resourceUsage().maxRSS >> 10} MiB`,
    );
  }, 3_600_000);

  it('is accepted if it is whole', async () => {
    for (const run of runs) {
      expect(await outcomeOf(() => readByEval(run.newest))).toBe('accepted');
      expect(
        await outcomeOf(() => {
          readByResume(run.newest, run);
        }),
      ).toBe('accepted');
    }
  });
});
