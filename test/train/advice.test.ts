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
  return loadConfig({
    file: of('--config').map((file) => resolveConfigPath(file, at(''))),
    sets: of('--set'),
  }).config;
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

function saturated(
  step: string,
  since: string,
  mean: string,
  level: string,
  how = 'action_regularization',
): string {
  return (
    `${step}: 100 % of the outputs of the actors have been at their bounds ${since}, and the return of ${mean} is not ` +
    `clearly above ${level}: lower learning_rate_actor, or raise ${how}`
  );
}

function overestimates(step: string, bias: string, share: string, mean: string): string {
  return (
    `${step}: Q is ${bias} above the return that follows (${share} of an episode's), and the return of ${mean} ` +
    `is not clearly above ${RANDOM}: lower gamma, or raise tau or learning_rate_critic`
  );
}

describe('a recorded training', () => {
  it.each([
    ['saturated-box', [saturated('step 20010', 'since step 5010', '-64.96', RANDOM)]],
    ['saturated-plain', [saturated('step 20000', 'since step 5000', '-63.98', RANDOM)]],
    [
      'saturated-discrete',
      [
        saturated(
          ...(['step 20010', 'since step 5010', '-64.96'] as const),
          ...(['that of random actions (-26.53)', 'logit_regularization'] as const),
        ),
      ],
    ],
    ['overestimates-gamma', [overestimates('step 40005', '8.92', '27 %', '-19.77')]],
    [
      'overestimates-slow',
      [
        overestimates('step 30000', '3.79', '42 %', '-47.49'),
        `step 55005: the return of -41.93 is below ${RANDOM}: lower learning_rate_actor, or change learning_rate_critic`,
      ],
    ],
    ['overestimates-xuance', [overestimates('step 1040000', '6.7', '39 %', '-19.52')]],
    [
      'diverges-tau',
      [
        'step 10000: the critic diverges: mean Q is 4790000 and growing, but returns justify about 151: lower tau, gamma or ' +
          'learning_rate_critic',
      ],
    ],
    [
      'below-random',
      [
        `step 50010: the return of -67.51 is below ${RANDOM}: lower learning_rate_actor, or change learning_rate_critic`,
      ],
    ],
    [
      'few-updates',
      [
        'running_steps: 150000 steps make 372 updates, expected at least 400 to learn anything; raise it or n_epochs, or ' +
          'lower training_frequency or parallels',
      ],
    ],
    [
      'few-updates-matd3',
      [
        'running_steps: 200000 steps make 497 updates, expected at least 1000 with tau 0.001; raise it, n_epochs or tau, or ' +
          'lower training_frequency or parallels',
      ],
    ],
  ])('that failed gets its advice: %s', async (name, lines) => {
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

  it('needs returns that give Q a scale', () => {
    const advice = new Advice(configOf('diverges-tau'), () => undefined);
    const without = recordsOf('diverges-tau').map((record) =>
      Object.fromEntries(
        Object.entries(record).map(([key, value]) => [
          key,
          key.startsWith('test/episode_return') ? 0 : value,
        ]),
      ),
    ) as unknown as MetricRecord[];
    expect(without.flatMap((record) => advice.take(record)).join()).not.toMatch(/diverges|Infinity/);
  });

  it('compares with the first evaluation where no random policy is known', () => {
    const advice = new Advice(configOf('saturated-box'), () => undefined);
    expect(recordsOf('saturated-box').flatMap((record) => advice.take(record))).toEqual([
      saturated('step 20010', 'since step 5010', '-64.96', 'that of step 5010 (-64.96)'),
    ]);
  });

  it.each([
    ['', { agent: 'MASAC' }],
    [
      ', or raise action_regularization (Box) or logit_regularization (Discrete)',
      { env_name: 'custom', env_id: './mine.mjs' },
    ],
  ] as const)('names keys that act on these actors: "%s"', (keysAgainstIt, keys) => {
    const advice = new Advice({ ...configOf('saturated-box'), ...keys }, () => undefined);
    const lines = recordsOf('saturated-box').flatMap((record) => advice.take(record));
    expect(lines).toHaveLength(1);
    expect(lines[0]!.split('lower learning_rate_actor')[1]).toBe(keysAgainstIt);
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
      'step 50000: the return of -8.00 is below that of random actions (0.00): lower learning_rate_actor, or change ' +
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
