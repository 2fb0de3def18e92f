/** train(): errors name the key and `config`, warnings reach the caller. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { train, UserError, type Config } from '../../src/index.ts';

const model_dir = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-library-'));
afterAll(() => {
  fs.rmSync(model_dir, { recursive: true });
  vi.restoreAllMocks();
});
const TINY: Partial<Config> = {
  ...{ model_dir, running_steps: 40, start_training: 16, training_frequency: 8, parallels: 4 },
  ...{ buffer_size: 40, batch_size: 8, actor_hidden_size: [4], critic_hidden_size: [4] },
  ...{ start_noise: 0.3, test_episode: 1, engine: 'reference' },
};

describe('train()', () => {
  it.each<[Partial<Config>, string]>([
    [{ tau: 2 }, 'config: tau: expected a number > 0 and <= 1, got 2'],
    [
      { env_options: { N: 2, reward: () => 1 } },
      'config: env_options: expected numbers, strings, booleans, lists and mappings, got a function',
    ],
    [
      { env_options: { since: [new Date(0)] } },
      'config: env_options: expected numbers, strings, booleans, lists and mappings, got a Date',
    ],
    [
      { agent: 'ISAC', eval_policy: 'target' },
      'config: eval_policy: expected online with agent ISAC (ISAC and MASAC have no target actors), got "target"; set eval_policy to online or agent to MADDPG, MATD3 or IDDPG',
    ],
    [
      { env_id: 'simple_tag_v3', use_parameter_sharing: true },
      'config: use_parameter_sharing: expected agents of equal widths in a group, got adversary_0 (observation 16, action 5) and agent_0 (observation 14, action 5); set use_parameter_sharing: false or teams',
    ],
  ])('rejects %j, naming the key', async (keys, fault) => {
    const failed: unknown = await train({ ...TINY, ...keys }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(UserError);
    expect((failed as UserError).faults).toEqual([fault]);
    expect(fs.readdirSync(model_dir)).toEqual([]);
  });

  it('passes warnings to onWarning, or to Node by default', async () => {
    const line = 'config: priority_beta has no effect: replay is uniform';
    const heard: string[] = [];
    const onWarning = (warning: string): void => {
      heard.push(warning);
    };
    await train({ ...TINY, priority_beta: 1, name: 'heard' }, { onWarning });
    expect(heard).toEqual([line]);
    const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    await train({ ...TINY, priority_beta: 1, name: 'emitted' });
    expect(emitted.mock.calls).toEqual([[line, 'maddpg']]);
  });

  it('reports returns per team in result and metrics', async () => {
    const keys = { ...TINY, env_id: 'simple_push_v3', use_parameter_sharing: 'teams', name: 'push' } as const;
    const { run, final } = await train(keys);
    const { adversary, agent } = final!.per_team;
    const records = fs.readFileSync(path.join(run, 'metrics.jsonl'), 'utf8').trimEnd().split('\n');
    expect(JSON.parse(records.at(-1)!)).toMatchObject({
      'test/episode_return_mean': (adversary!.mean + agent!.mean) / 2,
      'test/episode_return_mean/adversary_0': adversary!.mean,
      'test/team_return_mean/adversary': adversary!.mean,
      'test/team_return_mean/agent': agent!.mean,
    });
  });

  it('warns if no update was made', async () => {
    const heard: string[] = [];
    const onWarning = (warning: string): void => {
      heard.push(warning);
    };
    const late = await train({ ...TINY, start_training: 40, name: 'late' }, { onWarning });
    const many = await train({ ...TINY, ensemble_size: 200, name: 'many' }, { onWarning });
    expect([late.updates, many.updates]).toEqual([0, 0]);
    expect(heard).toEqual([
      'config: running_steps: no update will be made in 40 steps, as the first is due after 40; raise it, or lower ' +
        'start_training or training_frequency',
      `no updates were made, so the policy is untrained: not all sub-policies have played; lower ensemble_size or raise running_steps`,
    ]);
  });
});
