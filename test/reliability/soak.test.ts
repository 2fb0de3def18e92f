/** A long training takes no more memory, descriptors, threads or folders than a short one. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { median } from '../../src/bench/sampling.ts';
import { cases } from './scale.ts';
import { watch, type Sample } from './watched-training.ts';

const STEPS = cases(150_000, 10_000_000);
/** The short form is too short for a slope, and does everything more often. */
const LONG = STEPS >= 2_000_000;
const INTERVALS = LONG ? { log: 5_000, eval: 10_000, save: 20_000 } : { log: 500, eval: 2_000, save: 10_000 };
const KEPT = 3;

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-soak-'));
afterAll(() => {
  fs.rmSync(scratch, { recursive: true });
});

const CONFIGURATION = `
env_id: simple_spread_v3
seed: 1
threads: 1
parallels: 16
running_steps: ${STEPS}
start_training: 1600
training_frequency: 80
buffer_size: 16000
batch_size: 64
actor_hidden_size: [16]
critic_hidden_size: [16]
test_episode: 2
log_interval: ${INTERVALS.log}
eval_interval: ${INTERVALS.eval}
save_interval: ${INTERVALS.save}
keep_checkpoints: ${KEPT}
`;

/** Slope of the least squares line. */
function slope(x: readonly number[], y: readonly number[]): number {
  const mean = (z: readonly number[]): number => z.reduce((sum, value) => sum + value, 0) / z.length;
  const [mx, my] = [mean(x), mean(y)];
  return mean(x.map((value, k) => (value - mx) * (y[k]! - my))) / mean(x.map((value) => (value - mx) ** 2));
}

function table(samples: readonly Sample[]): string {
  const every = Math.ceil(samples.length / 12);
  const rows = samples
    .filter((_, k) => k % every === 0 || k === samples.length - 1)
    .map(({ step, rss, descriptors, threads }) => [
      step.toLocaleString('en'),
      rss.toFixed(1),
      descriptors,
      threads,
    ]);
  return [['step', 'RSS MiB', 'descriptors', 'threads'], ...rows]
    .map((row) => row.map((cell) => String(cell).padStart(12)).join(''))
    .join('\n');
}

describe.skipIf(process.platform !== 'linux')(`a training of ${STEPS.toLocaleString('en')} steps`, () => {
  let samples: readonly Sample[] = [];
  let early: readonly Sample[] = [];
  let late: readonly Sample[] = [];
  beforeAll(
    async () => {
      samples = await watch(scratch, CONFIGURATION);
      console.info(`soak:\n${table(samples)}`);
      // What starts late, starts in the first third.
      const third = Math.floor(samples.length / 3);
      early = samples.slice(third, 2 * third);
      late = samples.slice(2 * third);
    },
    60_000 + STEPS / 5,
  );

  it('is measured at every evaluation', () => {
    expect(samples.length).toBeGreaterThanOrEqual(STEPS / INTERVALS.eval - 1);
  });

  it('keeps its memory', () => {
    if (LONG) {
      const half = samples.slice(samples.length / 2);
      const growth = slope(
        half.map(({ step }) => step / 1e6),
        half.map(({ rss }) => rss),
      );
      console.info(`soak: memory grows by ${growth.toFixed(2)} MiB per million steps`);
      expect(growth).toBeLessThan(1);
    }
    // Garbage waits for its collection, so single samples say little.
    const usual = (some: readonly Sample[]): number => median(some.map(({ rss }) => rss));
    expect(usual(late) - usual(early)).toBeLessThan(6);
  });

  // A file is open for a moment now and then: what leaks is open in every sample.
  it.each(['descriptors', 'threads'] as const)('opens no more %s', (name) => {
    const fewest = (some: readonly Sample[]): number => Math.min(...some.map((sample) => sample[name]));
    expect(fewest(late)).toBeLessThanOrEqual(fewest(early));
  });

  it('keeps the newest checkpoints and the best', () => {
    // And the one that it makes room for.
    expect(Math.max(...samples.map(({ checkpoints }) => checkpoints))).toBeLessThanOrEqual(KEPT + 2);
    const left = fs
      .readdirSync(path.join(scratch, 'runs/run/checkpoints'))
      .filter((name) => /^\.|^step-/.test(name));
    expect(left.length).toBeLessThanOrEqual(KEPT + 1);
  });

  it.each(['metrics.jsonl', 'metrics.csv', 'events.out.tfevents.0.maddpg'])(
    'appends to %s as much per step as before',
    (file) => {
      const rate = (some: readonly Sample[]): number => {
        const [first, last] = [some[0]!, some.at(-1)!];
        return (last.bytes.get(file)! - first.bytes.get(file)!) / (last.step - first.step);
      };
      expect(rate(early)).toBeGreaterThan(0);
      expect(rate(late)).toBeLessThan(1.25 * rate(early));
    },
  );

  // Not a rate: every new best return logs a checkpoint.
  it('writes no longer lines to log.jsonl than before', () => {
    const lines = fs.readFileSync(path.join(scratch, 'runs/run/log.jsonl'), 'utf8').split('\n');
    const longest = (some: readonly string[]): number => Math.max(...some.map((line) => line.length));
    const half = lines.length / 2;
    expect(longest(lines.slice(half))).toBeLessThan(1.25 * longest(lines.slice(0, half)));
  });
});
