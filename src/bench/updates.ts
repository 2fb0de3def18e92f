/** The time of an update at several sizes. */
import { FastStream } from '../core/random.ts';
import type { EngineName } from '../engine/engine.ts';
import { withLearner } from './learner.ts';
import { median, repeat } from './sampling.ts';

export interface UpdateFigure {
  readonly engine: EngineName;
  readonly threads: number;
  readonly batch: number;
  readonly hidden: number;
  readonly ms: number;
  readonly ms_min: number;
  readonly ms_max: number;
  readonly gflops: number;
  /** gflops relative to the measured peak of the threads used. */
  readonly share_of_peak: number;
}

export const UPDATE_SIZES = [
  { batch: 256, hidden: 64 },
  { batch: 1024, hidden: 64 },
  { batch: 1024, hidden: 256 },
] as const;

export function measureUpdate(
  engine: EngineName,
  threads: number,
  { batch, hidden }: { batch: number; hidden: number },
  peak: number,
): Promise<UpdateFigure> {
  return withLearner(engine, threads, hidden, (learner) => {
    const sample = learner.batch(batch);
    const stream = new FastStream(1, 'bench');
    for (const array of [sample.obs, sample.obsNext, sample.rewards]) stream.fillNormal(array, 1);
    sample.actions.forEach((_, k) => (sample.actions[k] = stream.double()));
    sample.agentMask.fill(1);
    const times = repeat(() => learner.update(sample));
    const ms = median(times);
    const gflops = operationsOf(batch, hidden) / (ms * 1e6);
    return {
      ...{ engine, threads, batch, hidden, ms, ms_min: Math.min(...times), ms_max: Math.max(...times) },
      gflops,
      share_of_peak: (gflops * 1e9) / (peak * threads),
    };
  });
}

/** FLOPs of a MADDPG update for SPREAD; shared first layers count once (ARCHITECTURE.md). */
function operationsOf(batch: number, hidden: number): number {
  const rows = 3 * batch;
  const actor = rows * (18 * hidden + hidden * hidden + hidden * 5);
  const joint = batch * 69 * hidden;
  const critic = joint + rows * (hidden * hidden + hidden);
  const criticBack = 2 * rows * (hidden * hidden + hidden) + joint;
  const throughCritic = rows * (hidden * hidden + hidden) + batch * 15 * hidden;
  const actorBack = 2 * rows * (hidden * hidden + hidden * 5) + rows * 18 * hidden;
  return 2 * (2 * actor + 3 * critic + criticBack + throughCritic + actorBack);
}
