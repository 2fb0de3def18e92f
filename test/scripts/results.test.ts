/** The results page, its figures and the heads of our configurations follow from the raw results (npm run results). */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig, type LoadOptions } from '../../src/config/load.ts';
import { packagedSweeps } from '../../src/config/source.ts';
import type { Contestant, Scale } from '../../src/report/scores.ts';
import { planSweep } from '../../src/sweep/plan.ts';
import { readSweep } from '../../src/sweep/sweep-file.ts';

interface Line {
  readonly part: string;
  readonly setting: string;
  readonly seed?: number;
  readonly config?: string;
}
interface Task {
  readonly name: string;
  readonly config: string;
  readonly parts: readonly string[];
}
const scripts = path.resolve('scripts/results');
const load = async <T>(name: string): Promise<T> => (await import(path.join(scripts, name))) as T;
const { TASKS, SEEDS, sweepOf } = await load<{
  TASKS: readonly Task[];
  SEEDS: readonly number[];
  sweepOf: (task: Task, part: string) => object | undefined;
}>('tasks.js');
const { readRaw, fingerprint } = await load<{
  readRaw: (task: string) => Line[];
  fingerprint: (file: string) => string;
}>('raw.js');

interface Measure {
  readonly task: string;
  readonly rows: readonly {
    readonly setting: string;
    readonly scores: readonly number[];
    readonly scale: Scale;
  }[];
}
const { contestantsOf } = await load<{
  contestantsOf: (measures: readonly Measure[]) => Contestant[];
}>('statistics.js');

/** Those whose results are in. */
const REPORTED = TASKS.filter(({ name }) => readRaw(name).some(({ part }) => part === 'ours'));

describe('npm run results', () => {
  it(
    'wrote what its raw results say: page, figures, heads of configurations',
    { timeout: 60_000 },
    async () => {
      const { filesOf } = await load<{ filesOf: () => Promise<Record<string, string>> }>('page.js');
      const files = await filesOf();
      // Page and README, mpe.yaml, and of each task a configuration.
      expect(Object.keys(files).length).toBeGreaterThanOrEqual(3 + REPORTED.length);
      for (const [file, text] of Object.entries(files)) expect(fs.readFileSync(file, 'utf8')).toBe(text);
    },
  );

  it.each(REPORTED)('has five seeds of $config as it is now', ({ name, config }) => {
    const ours = readRaw(name).filter(({ part }) => part === 'ours');
    expect(ours.map(({ seed }) => seed)).toEqual(SEEDS);
    const present = fingerprint(path.join('configs', config));
    expect(new Set(ours.map((line) => line.config))).toEqual(new Set([present]));
  });

  it('plans sweeps without a fault', { timeout: 60_000 }, async () => {
    const planned = TASKS.flatMap((task) => task.parts.map((part) => sweepOf(task, part)));
    const texts = planned.flatMap((sweep) => (sweep ? [stringify(sweep)] : []));
    const files = packagedSweeps().map((name) => fs.readFileSync(path.join('configs', name), 'utf8'));
    for (const text of [...texts, ...files]) {
      const { trials } = await planSweep(readSweep(text, 'sweep'), process.cwd());
      expect(trials.length).toBeGreaterThan(0);
    }
  });

  it.each(['simple_spread', 'simple_speaker_listener'])(
    'measured mpe/%s_rnn.yaml as the last variant of its study of memory',
    async (name) => {
      const text = fs.readFileSync(`configs/sweeps/memory/${name}.yaml`, 'utf8');
      const { trials } = await planSweep(readSweep(text, name), process.cwd());
      const learned = (options: LoadOptions): object => {
        const { config } = loadConfig(options);
        // What trials set for themselves, and what has no effect with use_rnn.
        const { seed, env_seed, threads, save_replay, training_frequency, ...rest } = config;
        expect([seed, env_seed, threads, save_replay, training_frequency]).not.toContain(undefined);
        return rest;
      };
      expect(learned({ file: `configs/mpe/${name}_rnn.yaml` })).toEqual(
        learned({ file: `configs/mpe/${name}.yaml`, flags: trials.at(-1)!.keys }),
      );
    },
  );

  it('compares MADDPG with the settings that every task has, and nothing while a task lacks MADDPG', () => {
    const scale = { random: -20, scripted: -10 };
    const measure = (...settings: readonly string[]): Measure => ({
      task: 'simple',
      rows: settings.map((setting, k) => ({ setting, scores: [-15, -5 * k], scale })),
    });
    const both = contestantsOf([measure('MADDPG', 'ISAC', 'xuance'), measure('MADDPG', 'xuance')]);
    expect(both.map(({ label, scores }) => [label, scores])).toEqual([
      [
        'MADDPG',
        [
          [0.5, 2],
          [0.5, 2],
        ],
      ],
      [
        'XuanCe’s settings',
        [
          [0.5, 1],
          [0.5, 1.5],
        ],
      ],
    ]);
    expect(contestantsOf([measure('MADDPG', 'xuance'), measure('IDDPG', 'documented', 'xuance')])).toEqual(
      [],
    );
    expect(contestantsOf([])).toEqual([]);
  });

  it('has every run once', () => {
    for (const { name } of TASKS) {
      const runs = readRaw(name).map(({ part, setting, seed }) => [part, setting, seed].join());
      expect(new Set(runs).size).toBe(runs.length);
    }
  });
});

it('mpe.yaml is mpe/simple_spread.yaml', () => {
  expect(fs.readFileSync('configs/mpe.yaml', 'utf8')).toBe(
    fs.readFileSync('configs/mpe/simple_spread.yaml', 'utf8'),
  );
});
