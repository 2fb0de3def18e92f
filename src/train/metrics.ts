/** What a metric record holds, besides speeds (trainer.ts) and what an evaluation measures (evaluation-watch.ts): docs/metrics.md. */
import { recordReturns, summarize, type ReturnSummary } from '../evaluate/returns.ts';
import type { TrainingSession } from './session.ts';

/** Training metrics since the last record, whose interval ends here. */
export function trainingMetrics(session: TrainingSession): Record<string, number> {
  const { config, means, rollout, skippedUpdates, step, updateMeans } = session;
  const record: Record<string, number> = {};
  const episodes = rollout.stats.report();
  if (episodes) {
    const summary = summarize(rollout.env.spec, [episodes.perAgent]);
    record['train/episode_return'] = summary.mean;
    recordReturns(record, summary, { agents: 'train/episode_return', teams: 'train/team_return' });
  }
  Object.assign(record, means.take());
  for (const [name, value] of Object.entries(updateMeans.take())) record[`learner/${name}`] = value;
  if (config.ensemble_size > 1) record['learner/skipped_updates'] = skippedUpdates;
  record['rollout/noise_scale'] = rollout.noiseScale(step);
  return record;
}

/** Returns of an evaluation. */
export function evaluationMetrics(returns: ReturnSummary): Record<string, number> {
  const record = { 'test/episode_return_mean': returns.mean, 'test/episode_return_std': returns.std };
  recordReturns(record, returns, { agents: 'test/episode_return_mean', teams: 'test/team_return_mean' });
  return record;
}
