/**
 * A sweep whose workers are killed at random ends with the trials, byte for byte, of one that nobody disturbed. Kills follow
 * from a seed: SEED=123 npm run test:chaos repeats them as far as clocks allow. COUNT: kills.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { programAt, STORES, type TestServer } from '../sweep/servers.ts';
import { killAll, killAtRandom, start, type Ended } from './killed-sweep.ts';
import { contentsOf, firstDifference } from './run-contents.ts';
import { cases, firstSeed, LONG } from './scale.ts';

/** About a second each, with checkpoints all along. */
const TINY = `
parallels: 4
running_steps: 1600
start_training: 100
training_frequency: 4
buffer_size: 400
batch_size: 16
actor_hidden_size: [8]
critic_hidden_size: [8]
eval_interval: 200
test_episode: 2
save_interval: 120
log_interval: 40
keep_checkpoints: 2
start_noise: 0.5
end_noise: 0.1
`;
const KILLS = cases(5, 50);
const SEEDS = LONG || KILLS > 5 ? 20 : 3;
const TRIALS = 2 * SEEDS;
const SWEEP = `
config: tiny.yaml
algorithms: [MADDPG, MASAC]
seeds: [${Array.from({ length: SEEDS }, (_, k) => k + 1).join(', ')}]
`;

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-chaos-'));
const reference = path.join(scratch, 'reference');
const seed = firstSeed('chaos');
const summary = `${TRIALS} trials done, 0 failed, 0 unfinished\n`;

async function planned(dir: string): Promise<void> {
  fs.writeFileSync(path.join(scratch, 'tiny.yaml'), TINY);
  fs.writeFileSync(path.join(scratch, 'sweep.yaml'), SWEEP);
  const { code, stderr } = await start(scratch, ['sweep', 'plan', 'sweep.yaml', '--dir', dir]).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

/** Differences of trials from the reference. */
function faultsOf(dir: string): string[] {
  const names = fs.readdirSync(path.join(reference, 'trials')).sort();
  expect(fs.readdirSync(path.join(dir, 'trials')).sort()).toEqual(names);
  return names.flatMap((name) => {
    const [got, expected] = [dir, reference].map((folder) => contentsOf(path.join(folder, 'trials', name)));
    const difference = firstDifference(got!, expected!);
    return difference === undefined ? [] : [`SEED=${seed}: ${name}: ${difference}`];
  });
}

/** How often each trial said that it had reached its end. */
function endsOf(dir: string): number[] {
  return fs.readdirSync(path.join(dir, 'trials')).map(
    (name) =>
      fs
        .readFileSync(path.join(dir, 'trials', name, 'log.jsonl'), 'utf8')
        .split('\n')
        .filter((line) => line.includes('"ended":"running_steps"')).length,
  );
}

const TIMEOUT = 120_000 + 10_000 * (KILLS + TRIALS);

describe.skipIf(process.platform !== 'linux')('a sweep whose workers are killed', () => {
  beforeAll(async () => {
    await planned(reference);
    // Runs know where they are: as seen from the folder of the sweep, it is the same for all.
    const { code, stdout } = await start(reference, ['sweep', 'run', '.', '--workers=2']).ended;
    expect([code, stdout.slice(0, summary.length)]).toEqual([0, summary]);
  }, TIMEOUT);
  afterAll(() => {
    killAll();
    fs.rmSync(scratch, { recursive: true, maxRetries: 5 });
  });

  it(
    'in shares of one folder finishes every trial once, with the bytes of an undisturbed one',
    async () => {
      const dir = path.join(scratch, 'folder');
      await planned(dir);
      const isDone = ({ code, stdout }: Ended): boolean =>
        code === 0 && stdout.startsWith(`${SEEDS} trials done, 0 failed, 0 unfinished\n`);
      const workers = [0, 1].map((index) => ({
        args: ['sweep', 'run', '.', `--index=${index}`, '--of=2', '--workers=1'],
        isDone,
      }));
      const kills = await killAtRandom(dir, workers, KILLS, new FastStream(seed, 'folder'));
      console.info(`chaos: ${TRIALS} trials in a folder, ${kills} kills`);
      expect(kills).toBe(KILLS);
      expect(faultsOf(dir)).toEqual([]);
      expect(Math.max(...endsOf(dir))).toBe(1);
    },
    TIMEOUT,
  );

  describe.each(['redis', 'postgres'] as const)('on a queue in %s', (store) => {
    let server: TestServer | undefined;
    afterAll(() => {
      server?.stop();
    });

    it.skipIf(programAt(STORES[store].program) === undefined)(
      'finishes every trial once, with the bytes of an undisturbed one',
      async () => {
        server = await STORES[store].start();
        const dir = path.join(scratch, store);
        await planned(dir);
        const env = { MADDPG_QUEUE: server.url };
        const serving = start(dir, ['sweep', 'serve', '.'], env);
        const worker = {
          args: ['sweep', 'work', '--workers=1', '--lease=1', '--every=0', '--patience=10'],
          env,
          isDone: ({ code }: Ended) => code === 0,
        };
        const kills = await killAtRandom(dir, [worker, worker], KILLS, new FastStream(seed, store));
        const { code, stdout } = await serving.ended;
        console.info(`chaos: ${TRIALS} trials on ${store}, ${kills} kills`);
        expect([code, stdout.slice(0, summary.length)]).toEqual([0, summary]);
        expect(kills).toBe(KILLS);
        expect(faultsOf(dir)).toEqual([]);
        expect(Math.max(...endsOf(dir))).toBe(1);
      },
      TIMEOUT,
    );
  });
});
