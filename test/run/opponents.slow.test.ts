/** Runs whose evaluations play against frozen opponents. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readManifest } from '../../src/checkpoint/manifest.ts';
import { train, type TrainConfig, type TrainOptions } from '../../src/index.ts';
import { listRuns } from '../../src/run/list.ts';

const model_dir = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-opponents-'));
afterAll(() => {
  fs.rmSync(model_dir, { recursive: true });
});

const TINY: TrainConfig = {
  ...{ model_dir, running_steps: 80, start_training: 8, training_frequency: 4, parallels: 4 },
  ...{ buffer_size: 40, batch_size: 8, actor_hidden_size: [4], critic_hidden_size: [4] },
  ...{ test_episode: 3, eval_interval: 16, save_interval: 16, log_interval: 16, engine: 'reference' },
  ...{ env_id: 'simple_push_v3', use_parameter_sharing: 'teams', env_options: { max_cycles: 5 } },
};
const quiet: TrainOptions = { onWarning: () => undefined };
const at = (run: string, ...names: string[]): string => path.join(model_dir, run, ...names);
const newest = (run: string): string => at(run, 'checkpoints', 'step-000000080');
const pooled = (): TrainConfig => ({
  ...TINY,
  best_team: 'agent',
  opponents: ['random', 'scripted', at('foe')],
});

type Line = Readonly<Record<string, unknown>>;
const linesOf = (run: string, file: string): Line[] =>
  fs
    .readFileSync(at(run, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
const entry = (run: string, msg: string): Line[] =>
  linesOf(run, 'log.jsonl').filter((one) => one['msg'] === msg);

beforeAll(async () => {
  await train({ ...TINY, name: 'foe', seed: 9 }, quiet);
});

describe('a pool of opponents', () => {
  it('decides which evaluation is the best; metrics and log have its returns and weights', async () => {
    const events: string[] = [];
    const { best, best_by } = await train(
      { ...pooled(), name: 'pooled' },
      { ...quiet, onEvent: (line) => events.push(line) },
    );
    const evaluations = linesOf('pooled', 'metrics.jsonl').filter((one) => 'test/pool_return' in one);
    expect(evaluations.map(({ step }) => step)).toEqual([16, 32, 48, 64, 80]);
    const pool = evaluations.map((one) => one['test/pool_return'] as number);
    for (const [k, one] of evaluations.entries()) {
      const each = ['random', 'scripted', 'foe'].map((name) => one[`test/return_against/${name}`] as number);
      expect(new Set(each).size).toBe(3);
      expect(pool[k]).toBeCloseTo((each[0]! + each[1]! + each[2]!) / 3, 12);
    }
    expect(best!.mean).toBe(Math.max(...pool));
    expect(best_by).toBe(`agent against random, scripted, ${at('foe')}`);
    expect(entry('pooled', 'evaluation').map(({ score }) => score)).toEqual(pool);
    expect(events).toContainEqual(
      expect.stringMatching(
        /^step 16: return \S+ \(adversary \S+, agent \S+\) over 3 greedy episodes; \S+ for agent against random, scripted, \S+ \(best\)$/,
      ),
    );
    const { sha256 } = readManifest(newest('foe')).files.get('weights.safetensors')!;
    expect(entry('pooled', 'opponents').map(({ opponents }) => opponents)).toEqual([
      [
        { name: 'random' },
        { name: 'scripted' },
        { name: 'foe', checkpoint: newest('foe'), step: 80, weights: sha256 },
      ],
    ]);
    const { runs } = listRuns([at('pooled')]);
    expect(runs[0]).toMatchObject({ best, best_by, last: { step: 80, mean: pool[4] } });
  });

  it('changes nothing in the training itself', async () => {
    await train({ ...TINY, name: 'plain' }, quiet);
    await train({ ...pooled(), name: 'watched' }, quiet);
    for (const file of ['weights.safetensors', 'optimizer.safetensors', 'replay.bin', 'rollout.bin'])
      expect(fs.readFileSync(path.join(newest('watched'), file)), file).toEqual(
        fs.readFileSync(path.join(newest('plain'), file)),
      );
  });

  it('leaves resuming exact, also after an evaluation that was interrupted', async () => {
    await train({ ...pooled(), name: 'whole' }, quiet);
    const stop = new AbortController();
    let updates = 0;
    const onUpdate = (): void => {
      if (++updates === 6) stop.abort();
    };
    const { interrupted } = await train(
      { ...pooled(), name: 'parts' },
      { ...quiet, signal: stop.signal, onUpdate },
    );
    expect(interrupted).toBe(true);
    const state = at('parts', 'checkpoints', 'step-000000032', 'state.json');
    expect(JSON.parse(fs.readFileSync(state, 'utf8'))).toMatchObject({ step: 32, evaluation_due: true });
    await train({}, { ...quiet, resume: at('parts') });
    const files = ['weights.safetensors', 'optimizer.safetensors', 'replay.bin', 'rollout.bin'];
    for (const file of files)
      expect(fs.readFileSync(path.join(newest('parts'), file)), file).toEqual(
        fs.readFileSync(path.join(newest('whole'), file)),
      );
    const returns = (run: string): unknown[] =>
      linesOf(run, 'metrics.jsonl').map((one) => [one['step'], one['test/pool_return']]);
    expect(returns('parts')).toEqual(returns('whole'));
  });

  it('stays the same when the run is resumed', async () => {
    fs.cpSync(at('foe'), at('rival'), { recursive: true });
    const config = { ...TINY, best_team: 'agent', opponents: [at('rival')], name: 'kept', running_steps: 48 };
    await train(config, quiet);
    await train({ ...TINY, name: 'other', seed: 3 }, quiet);
    fs.rmSync(at('rival'), { recursive: true });
    fs.cpSync(at('other'), at('rival'), { recursive: true });
    const hash = (run: string): string =>
      readManifest(newest(run)).files.get('weights.safetensors')!.sha256.slice(0, 12);
    const resume = at('kept');
    const keys = { running_steps: 80 };
    await expect(train(keys, { ...quiet, resume })).rejects.toThrow(
      `opponents: expected rival with the weights that ${resume} began with (sha256 ${hash('foe')}), got those of ` +
        `${newest('rival')} (${hash('other')}); name the checkpoint with the former, or start a new run`,
    );
    await expect(train({ ...keys, opponents: ['noop'] }, { ...quiet, resume })).rejects.toThrow(
      `opponents: expected rival among them, as in ${resume}, got none of that name; restore it, or start a new run\n` +
        `opponents: expected none but those of ${resume}, got noop; take it out, or start a new run`,
    );
    await expect(train({ ...keys, best_team: 'adversary' }, { ...quiet, resume })).rejects.toThrow(
      `best_team: expected "agent", as in ${resume}, got "adversary"; restore it, or start a new run`,
    );
  });
});

it('best_team alone goes by the return against those it trains with', async () => {
  const { best, best_by } = await train({ ...TINY, best_team: 'adversary', name: 'alone' }, quiet);
  const means = linesOf('alone', 'metrics.jsonl').map(
    (one) => one['test/team_return_mean/adversary'] as number,
  );
  expect(best!.mean).toBe(Math.max(...means));
  expect(best_by).toBe('adversary against those it trains with');
  expect(linesOf('alone', 'metrics.jsonl').some((one) => 'test/pool_return' in one)).toBe(false);
});

describe('opponents that do not fit are refused before anything is written', () => {
  const refusal = async (keys: TrainConfig): Promise<string> => {
    try {
      await train({ ...TINY, name: 'never', ...keys }, quiet);
    } catch (error) {
      expect(fs.existsSync(at('never'))).toBe(false);
      return (error as Error).message;
    }
    return 'none';
  };

  it.each<[string, TrainConfig, string]>([
    [
      'without best_team',
      { opponents: ['random'] },
      'config: opponents: expected [] without best_team, whose side plays against them, got ["random"]; ' +
        'set best_team to the team to judge, or take the opponents out',
    ],
    [
      'a team that the environment lacks',
      { best_team: 'agnet' },
      'config: best_team: expected a team of simple_push_v3 (adversary, agent), got agnet; did you mean agent?',
    ],
    [
      'no sides',
      { env_id: 'simple_spread_v3', use_parameter_sharing: true, best_team: 'agent', opponents: ['random'] },
      'config: best_team: expected null (in simple_spread_v3 all agents are on one side), got agent; leave it and opponents out',
    ],
    [
      'twice',
      { best_team: 'agent', opponents: ['noop', 'noop'] },
      'config: opponents: expected each opponent once, got ["noop","noop"]; take the second one out',
    ],
    [
      'nowhere',
      { best_team: 'agent', opponents: ['./nowhere-at-all'] },
      `config: opponents: ${path.resolve('nowhere-at-all')}: expected a run or checkpoint folder, got no such folder`,
    ],
    [
      'no controller',
      {
        env_id: 'simple_adversary_v3',
        env_options: { num_agent_neighbors: 1 },
        best_team: 'agent',
        opponents: ['scripted'],
      },
      'config: opponents: expected an environment with a scripted controller that its options leave usable, got ' +
        'simple_adversary_v3; take scripted out',
    ],
  ])('%s', async (_, keys, message) => {
    expect(await refusal(keys)).toBe(message);
  });

  it('of another environment, or of other spaces', async () => {
    const opponents = [at('foe')];
    expect(await refusal({ env_id: 'simple_tag_v3', best_team: 'agent', opponents })).toBe(
      `config: opponents: ${newest('foe')}: expected a policy trained in simple_tag_v3, got one of simple_push_v3`,
    );
    expect(await refusal({ best_team: 'agent', opponents, continuous_action: false })).toBe(
      `config: opponents: ${newest('foe')}: expected an environment with adversary_0 (observation 8, box action 5 ` +
        'from 0 to 1), as in training, got simple_push_v3 with adversary_0 (observation 8, discrete action 5)',
    );
  });
});
