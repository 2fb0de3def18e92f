/** What the thread of `maddpg train` tells of a run. */
import { expect, it } from 'vitest';
import { training, type TrainNews } from '../../src/cli/training.ts';
import { temporaryFolder } from './run-cli.ts';

it('tells the evaluations before a resume again, so that their curve goes on', async () => {
  const modelDir = temporaryFolder();
  const told = async (options: Partial<Parameters<typeof training>[0]>): Promise<unknown[]> => {
    const evaluations: unknown[] = [];
    const tell = (news: TrainNews): void => {
      if ('evaluation' in news) evaluations.push(news.evaluation);
    };
    await training({ command: 'test', ...options }, { signal: new AbortController().signal, tell });
    return evaluations;
  };
  const small = [
    'running_steps=400',
    'eval_interval=100',
    'test_episode=1',
    'batch_size=8',
    'start_training=40',
  ];
  const set = [...small, 'engine=reference', 'actor_hidden_size=[4]', 'critic_hidden_size=[4]'];
  const before = await told({ config: ['smoke.yaml'], set, name: 'run', modelDir, until: 200 });
  expect(before).toHaveLength(2);
  const all = await told({ resume: `${modelDir}/run` });
  expect(all).toHaveLength(4);
  expect(all.slice(0, 2)).toEqual(before);
});
