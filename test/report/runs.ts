/** Runs for tests of reports: made up in memory, or written as run directories. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyValue, Run } from '../../src/report/run.ts';

export const KEYS: Readonly<Record<string, KeyValue>> = {
  agent: 'MADDPG',
  env_name: 'mpe',
  env_id: 'simple_spread_v3',
  env_options: {},
  continuous_action: true,
  seed: 1,
  gamma: 0.9,
};

/** A run with these test returns, one every 100 steps and 2 seconds. */
export function runOf(
  name: string,
  returns: readonly number[],
  keys: Readonly<Record<string, KeyValue>> = {},
): Run {
  return {
    ...{ name, path: `runs/${name}`, keys: { ...KEYS, ...keys } },
    metrics: {
      step: Float64Array.from(returns, (_, k) => 100 * (k + 1)),
      wall_s: Float64Array.from(returns, (_, k) => 2 * (k + 1)),
      'test/episode_return_mean': Float64Array.from(returns),
    },
  };
}

/** A folder for the files of a test. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'maddpg-report-'));
}

/** Writes config.yaml and metrics.jsonl of a run, as a training leaves them. */
export function writeRun(folder: string, { name, keys, metrics }: Run): string {
  const dir = join(folder, name);
  mkdirSync(dir, { recursive: true });
  const yaml = Object.entries(keys).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  writeFileSync(join(dir, 'config.yaml'), yaml.join(''));
  const records = Array.from(metrics['step']!, (_, k) =>
    Object.fromEntries(
      Object.entries(metrics).flatMap(([key, column]) =>
        Number.isNaN(column[k]) ? [] : [[key, column[k]!]],
      ),
    ),
  );
  writeFileSync(join(dir, 'metrics.jsonl'), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  return dir;
}
