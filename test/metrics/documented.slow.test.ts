/** docs/metrics.md against what runs write. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { train, type TrainConfig } from '../../src/index.ts';

const model_dir = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-documented-'));
afterAll(() => {
  fs.rmSync(model_dir, { recursive: true });
});

interface Row {
  readonly name: string;
  readonly when: string;
  matches(metric: string): boolean;
}

const docs = fs.readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
/** Rows of the first table: name, unit, when, value. */
const rows = [...docs.matchAll(/^\| `(\S+)` +\| (\S.*?) +\| (\S.*?) +\| \S.* \|$/gm)].map(
  ([, name, , when]): Row => {
    const pattern = name!.replaceAll('[', '(').replaceAll(']', ')?').replaceAll(/<\w+>/g, '[^/]+');
    return { name: name!, when: when!, matches: (metric) => new RegExp(`^${pattern}$`).test(metric) };
  },
);

type Records = readonly Readonly<Record<string, unknown>>[];

/** Records at steps 60 (evaluation), 100, 120 (evaluation) and 200 (the last evaluation), each after episodes and updates. */
async function recordsOf(name: string, keys: TrainConfig): Promise<Records> {
  const small: TrainConfig = {
    ...{ model_dir, name, engine: 'reference', running_steps: 200, start_training: 8, parallels: 4 },
    ...{ training_frequency: 4, buffer_size: 200, batch_size: 8, actor_hidden_size: [4] },
    ...{ critic_hidden_size: [4], test_episode: 2, eval_interval: 60, save_interval: 200, log_interval: 100 },
    ...{ env_options: { max_cycles: 5 }, lr_schedule: 'constant', actor_update_delay: 2 },
  };
  await train({ ...small, ...keys }, { onWarning: () => undefined });
  const lines = fs
    .readFileSync(path.join(model_dir, name, 'metrics.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Records[number]);
}

const RUNS: Record<string, TrainConfig> = {
  maddpg: { agent: 'MADDPG' },
  matd3: { agent: 'MATD3', env_id: 'simple_adversary_v3', use_parameter_sharing: 'teams' },
  opponents: {
    ...{ env_id: 'simple_push_v3', use_parameter_sharing: 'teams' },
    ...{ best_team: 'agent', opponents: ['random', 'scripted'] },
  },
  masac: { agent: 'MASAC' },
  inferred: { agent: 'MADDPG', infer_policies: true, use_parameter_sharing: false },
  ensemble: { agent: 'IDDPG', ensemble_size: 2, continuous_action: false, gumbel: 'straight_through' },
};

const runs = new Map<string, Records>();
beforeAll(async () => {
  for (const [name, keys] of Object.entries(RUNS)) runs.set(name, await recordsOf(name, keys));
}, 60_000);

describe('docs/metrics.md', () => {
  it('has a row for every metric, and no metric twice', () => {
    const written = new Set([...runs.values()].flat().flatMap((record) => Object.keys(record)));
    for (const metric of written)
      expect(
        rows.filter((row) => row.matches(metric)),
        metric,
      ).toHaveLength(1);
  });

  it('has no row for a metric that no run writes', () => {
    const written = [...runs.values()].flat().flatMap((record) => Object.keys(record));
    const unwritten = rows.filter((row) => !written.some((metric) => row.matches(metric)));
    expect(unwritten.map(({ name }) => name)).toEqual([]);
  });

  it.each(Object.keys(RUNS))('says when the metrics of %s are written', (name) => {
    const records = runs.get(name)!;
    expect(records.map(({ step }) => step)).toEqual([60, 100, 120, 180, 200]);
    const evaluations = records.filter(({ step }) => step !== 100);
    for (const metric of new Set(records.flatMap((record) => Object.keys(record)))) {
      const { when } = rows.find((row) => row.matches(metric))!;
      expect(['every record', 'ended episodes', 'updates', 'evaluation']).toContain(when);
      // Every record here follows updates and the end of episodes.
      expect(
        records.filter((record) => metric in record),
        metric,
      ).toEqual(when === 'evaluation' ? evaluations : records);
    }
  });
});
