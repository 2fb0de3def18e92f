/** maddpg eval --cross. */
import { beforeAll, describe, expect, it } from 'vitest';
import { crossText } from '../../src/cli/cross-text.ts';
import type { CrossResult } from '../../src/cli/crossing.ts';
import { train, type TrainConfig } from '../../src/index.ts';
import { runCli, temporaryFolder, TINY } from './run-cli.ts';

const cwd = temporaryFolder();
const PUSH = ['env_id=simple_push_v3', 'use_parameter_sharing=teams', 'augmentation=none'].map(
  (setting) => `--set=${setting}`,
);
beforeAll(async () => {
  const runs = [
    ['red', ...PUSH, '--model-dir=runs'],
    ['blue', ...PUSH, '--model-dir=runs', '--seed=2'],
    ['short', ...PUSH, '--model-dir=other', '--set=env_options.max_cycles=9'],
    ['spread', '--model-dir=other'],
    ['blind', ...PUSH, '--model-dir=other', '--set=env_options.hide_velocity=true'],
    [
      ...['whole', ...PUSH, '--model-dir=other', '--set=env_options.hide_velocity=true'],
      '--set=use_global_state=true',
    ],
  ];
  await Promise.all(
    runs.map(async ([name, ...options]) => {
      const { code, stderr } = await runCli(cwd, [
        'train',
        ...TINY,
        ...options,
        `--name=${name!}`,
        '--quiet',
      ]);
      expect({ name, code, stderr }).toMatchObject({ code: 0 });
    }),
  );
}, 60_000);

async function cross(...args: string[]): Promise<CrossResult> {
  const { code, stdout, stderr } = await runCli(cwd, ['eval', '--json', '--episodes=3', '--cross', ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as CrossResult;
}

describe.concurrent('maddpg eval --cross', () => {
  it('refuses runs of different curriculum stages', async () => {
    const [two, one] = await Promise.all(
      [2, 1].map(async (stage) => {
        const keys: TrainConfig = {
          ...{
            env_id: 'simple_tag_v3',
            env_options: { curriculum: true, max_cycles: 5 },
            engine: 'reference',
          },
          ...{ running_steps: 20, parallels: 4, start_training: 16, training_frequency: 4, batch_size: 8 },
          ...{ buffer_size: 40, actor_hidden_size: [4], critic_hidden_size: [4], eval_interval: 8 },
          ...{ use_parameter_sharing: 'teams', test_episode: 1 },
          ...{ model_dir: `${cwd}/staged`, name: `stage-${stage}` },
        };
        const { checkpoint } = await train(keys, {
          onWarning: () => undefined,
          onEvaluation: (_, run) => {
            run.setCurriculumStage(stage);
          },
        });
        return checkpoint!;
      }),
    );
    expect(await runCli(cwd, ['eval', '--cross', two!, one!])).toMatchObject({
      code: 2,
      stderr: `${one}: expected curriculum stage 2, as in ${two}, got curriculum stage 1; name runs of one stage\n`,
    });
  });

  it('plays every run of a folder against every other, and random, noop and scripted', async () => {
    const result = await cross('runs');
    const names = ['runs/blue', 'runs/red', 'random', 'noop', 'scripted'];
    expect(result).toMatchObject({ env_id: 'simple_push_v3', episodes: 3, seed: 0 });
    expect(result.players).toEqual([
      ...['blue', 'red'].map((name) => ({
        name: `runs/${name}`,
        checkpoint: `runs/${name}/checkpoints/step-000000200`,
        step: 200,
      })),
      ...names.slice(2).map((name) => ({ name })),
    ]);
    expect(result.sides.map(({ side }) => side)).toEqual(['adversary', 'agent']);
    for (const { standings } of result.sides) {
      expect(standings.map(({ player }) => player)).toEqual(names);
      for (const { against } of standings) expect(against.map(({ opponent }) => opponent)).toEqual(names);
    }
    expect(await cross('runs/blue', 'runs/red', 'runs/red/')).toEqual(result);
  });

  it('has the returns of eval where a run plays itself', async () => {
    const { sides } = await cross('runs/red', '--seed=4');
    const { stdout } = await runCli(cwd, [
      'eval',
      '--json',
      '--episodes=3',
      '--seed=4',
      '--checkpoint=runs/red',
    ]);
    const { policy } = JSON.parse(stdout) as {
      policy: { per_team: Record<string, { mean: number; std: number }> };
    };
    for (const { side, standings } of sides)
      expect(standings[0]!.against[0]).toMatchObject({ opponent: 'runs/red', ...policy.per_team[side] });
  });

  it('does not count checkpoints of one run as opponents of each other', async () => {
    const folder = 'runs/red/checkpoints/step-000000';
    const { sides } = await cross(`${folder}100`, `${folder}200`);
    expect(sides[0]!.standings.map(({ overall }) => overall!.opponents)).toEqual([3, 3, 4, 4, 4]);
  });

  it.each([
    [
      ['runs/red', 'other/short'],
      'other/short/checkpoints/step-000000200: expected the environment of runs/red/checkpoints/step-000000200, ' +
        'simple_push_v3, continuous actions, got simple_push_v3, continuous actions, max_cycles 9; name runs of one environment',
    ],
    [
      ['other/whole', 'other/blind'],
      'other/blind/checkpoints/step-000000200: expected the environment of other/whole/checkpoints/step-000000200, ' +
        'simple_push_v3, continuous actions, hide_velocity true, use_global_state true, got simple_push_v3, ' +
        'continuous actions, hide_velocity true; name runs of one environment',
    ],
    [
      ['other/spread'],
      '--cross: expected an environment with opponents, got simple_spread_v3, whose agents are all on one side; ' +
        'evaluate its runs with --checkpoint',
    ],
    [['nowhere'], 'nowhere: expected a run or checkpoint folder, got no such folder'],
    [
      ['runs/red', '--checkpoint=runs/red'],
      '--cross: expected no --checkpoint with it, got both; leave one of them out',
    ],
    [
      ['runs/red', '--policy=noop'],
      '--cross: expected no --policy with it (random and scripted always play), got noop; leave it out',
    ],
  ])('%o: %s', async (args, message) => {
    const { code, stdout, stderr } = await runCli(cwd, ['eval', '--cross', ...args]);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: `${message}\n` });
  });
});

describe('the tables of --cross', () => {
  const players = [
    { name: 'runs/a-long-name', checkpoint: 'runs/a-long-name/checkpoints/step-000000200', step: 200 },
    { name: 'random' },
  ];
  const against = (own: number, random: number): CrossResult['sides'][0]['standings'][0]['against'] => [
    { opponent: players[0]!.name, mean: own, std: 1, ci95: [own - 1, own + 1] },
    { opponent: 'random', mean: random, std: 1, ci95: [random - 1, random + 1] },
  ];
  const result: CrossResult = {
    ...{ maddpg: '0', env_id: 'war', episodes: 5, seed: 1, players },
    sides: ['red', 'blue'].map((side) => ({
      side,
      teams: [side],
      standings: [
        {
          player: players[0]!.name,
          overall: { opponents: 1, mean: 2, ci95: [1, 3], ci95_opponents: null },
          worst: { opponent: 'random', mean: 2 },
          against: against(-1.5, 2),
        },
        { player: 'random', overall: null, worst: null, against: against(-10, 0.25) },
      ],
    })),
  };

  it('number long names, and have a row and a column per player', () => {
    expect(crossText(result, Infinity)).toBe(`war, 5 episodes per game, seed 1

1  runs/a-long-name at step 200

Return of red, by its player, against blue of each player:

red     mean  95 % interval        worst       1  random
1       2.00   [1.00, 3.00]  2.00 random   -1.50    2.00
random     -              -            -  -10.00    0.25

Return of blue, by its player, against red of each player:

blue    mean  95 % interval        worst       1  random
1       2.00   [1.00, 3.00]  2.00 random   -1.50    2.00
random     -              -            -  -10.00    0.25

mean: over all opponents outside its own run; worst: against the strongest of them
95 % interval: of that mean, against these opponents, by Student's t
`);
  });

  it('leave out the last columns where a terminal is too narrow, and say so', () => {
    const lines = crossText(result, 50).split('\n');
    expect(lines.slice(6, 9)).toEqual([
      'red     mean  95 % interval        worst       1',
      '1       2.00   [1.00, 3.00]  2.00 random   -1.50',
      'random     -              -            -  -10.00',
    ]);
    expect(lines.at(-2)).toBe('1 of 2 columns do not fit: widen the terminal, or add --json');
  });
});
