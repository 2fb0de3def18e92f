/**
 * Advice for recorded trainings (advice/README.md has their commands): those that failed get exactly theirs, those that learned
 * get none.
 */
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { resolveConfigPath } from '../../src/config/source.ts';
import { openEnvironments } from '../../src/envs/open.ts';
import { readRecords } from '../../src/metrics/jsonl.ts';
import type { MetricRecord } from '../../src/metrics/sink.ts';
import { Advice } from '../../src/train/advice.ts';
import { tooFewUpdates } from '../../src/train/checks.ts';
import { randomReturns } from '../../src/train/random-returns.ts';

const at = (name: string): string => fileURLToPath(new URL(`advice/${name}`, import.meta.url));

/** Arguments of `maddpg train`, by recording. */
const RECORDED = new Map(
  [...fs.readFileSync(at('README.md'), 'utf8').matchAll(/^\| `(.+?)` +\| `(.+?)` +\|$/gm)].map(
    ([, name, args]) => [name!, args!],
  ),
);
const HEALTHY = [...RECORDED.keys()].filter((name) => name.startsWith('healthy-'));

function configOf(name: string): Config {
  const words = RECORDED.get(name)!.split(' ');
  const of = (flag: string): string[] => words.filter((_, k) => words[k - 1] === flag);
  return loadConfig({ file: of('--config').map((file) => resolveConfigPath(file, '.')), sets: of('--set') })
    .config;
}

function recordsOf(name: string): readonly MetricRecord[] {
  return readRecords(at(`${name}.jsonl`)).records;
}

/** What a recording is told, with the advice of the start. */
async function told(name: string, keys: Partial<Config> = {}): Promise<string[]> {
  const config = { ...configOf(name), ...keys };
  const factory = await openEnvironments(config);
  const advice = new Advice(config, () => randomReturns(config, factory));
  return [...tooFewUpdates(config), ...recordsOf(name).flatMap((record) => advice.take(record))];
}

const RANDOM = 'that of random actions (-25.43)';

describe('a recorded training', () => {
  it.each([
    [
      'saturated-box',
      `step 20010: 100 % of the outputs of the actors are at their bounds, as since step 5010, and the return (-64.96) is not clearly above ${RANDOM}: lower learning_rate_actor`,
    ],
  ])('that failed gets its advice: %s', async (name, ...lines) => {
    expect(await told(name)).toEqual(lines);
  });

  it.each(HEALTHY)('that learned gets none: %s', async (name) => {
    expect(await told(name)).toEqual([]);
  });

  it('is in the table exactly if its file is there', () => {
    const files = fs.readdirSync(at('.')).filter((file) => file.endsWith('.jsonl'));
    expect([...RECORDED.keys()].map((name) => `${name}.jsonl`).sort()).toEqual(files.sort());
  });
});

describe('advice', () => {
  it('is not repeated after a resume, at whatever record', () => {
    const config = configOf('diverges-tau');
    const records = recordsOf('diverges-tau');
    const linesAfter = (resumed: number): number[] => {
      const advice = new Advice(config, () => undefined, records.slice(0, resumed));
      return records.slice(resumed).flatMap((record) => advice.take(record).map(() => record.step));
    };
    expect(records.map((_, resumed) => linesAfter(resumed))).toEqual(
      records.map((_, resumed) => (resumed < 2 ? [10000] : [])),
    );
  });

  it('has the random policy played once, and only when a comparison needs it', () => {
    const asked = (name: string): number[] => {
      const config = configOf(name);
      const steps: number[] = [];
      let step = 0;
      const advice = new Advice(config, () => void steps.push(step));
      for (const record of recordsOf(name)) {
        ({ step } = record);
        advice.take(record);
      }
      return steps;
    };
    expect(asked('healthy-mpe')).toEqual([30000]);
    expect(asked('saturated-box')).toEqual([20010]);
    expect(asked('few-updates')).toEqual([]);
  });

  it('compares with the first evaluation where no random policy is known', () => {
    const advice = new Advice(configOf('saturated-box'), () => undefined);
    expect(recordsOf('saturated-box').flatMap((record) => advice.take(record))).toEqual([
      'step 20010: 100 % of the outputs of the actors are at their bounds, as since step 5010, and the return (-64.96) is ' +
        'not clearly above that of step 5010 (-64.96): lower learning_rate_actor',
    ]);
  });

  it('about opponents needs every team to do no better than random', () => {
    const config = configOf('healthy-tag');
    const spread = (mean: number): { mean: number; std: number } => ({ mean, std: 1 });
    const random = {
      ...{ ...spread(0), episodes: 100, ci95: null, per_agent: {} },
      per_team: { adversary: spread(4), agent: spread(-10) },
    };
    const lines = (adversary: number, agent: number): string[] => {
      const advice = new Advice(config, () => random);
      return [40000, 50000].flatMap((step) =>
        advice.take({
          ...{ step, wall_s: 0, 'test/episode_return_mean': -8, 'test/episode_return_std': 1 },
          ...{ 'test/team_return_mean/adversary': adversary, 'test/team_return_mean/agent': agent },
        }),
      );
    };
    expect(lines(2, -12)).toEqual([
      'step 50000: the return (-8.00) is below that of random actions (0.00): lower learning_rate_actor, or change ' +
        'learning_rate_critic',
    ]);
    expect(lines(2, -9)).toEqual([]);
    expect(lines(9, -30)).toEqual([]);
  });

  it('passes over numbers that are missing or not finite', () => {
    const config = configOf('healthy-mpe');
    const advice = new Advice(config, () => undefined);
    const records = [NaN, Infinity].flatMap((x) =>
      [30000, 40000, 60000].map((step) => ({
        ...{ step, wall_s: 0, 'test/episode_return_mean': x, 'test/q_mean': x, 'test/q_bias': x },
        'learner/predictQ': x,
      })),
    );
    expect(records.flatMap((record) => advice.take(record))).toEqual([]);
  });
});
