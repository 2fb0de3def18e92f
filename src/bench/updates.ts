/** The time of an update at several sizes. */
import { FastStream } from '../core/random.ts';
import type { EngineName } from '../engine/engine.ts';
import type { Learner } from '../learners/learner.ts';
import type { SampleBatch } from '../learners/sample.ts';
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
  return withLearner(engine, threads, { hidden }, (learner, operations) => {
    const sample = randomBatch(learner, batch);
    const times = repeat(() => learner.update(sample));
    const ms = median(times);
    const gflops = operations.get(batch)! / (ms * 1e6);
    return {
      ...{ engine, threads, batch, hidden, ms, ms_min: Math.min(...times), ms_max: Math.max(...times) },
      gflops,
      share_of_peak: (gflops * 1e9) / (peak * threads),
    };
  });
}

/** Milliseconds of an update of recurrent networks, by `batch` episodes of `steps` steps. */
export function measureRecurrentUpdate(
  engine: EngineName,
  threads: number,
  { batch, steps, hidden }: { batch: number; steps: number; hidden: number },
): Promise<number> {
  return withLearner(engine, threads, { hidden, recurrent: true }, (learner) => {
    const sample = learner.episodes(batch, steps);
    const stream = new FastStream(1, 'bench');
    for (const array of [sample.obs, sample.rewards]) stream.fillNormal(array, 1);
    sample.actions.forEach((_, k) => (sample.actions[k] = stream.double()));
    sample.agentMask.fill(1);
    return median(repeat(() => learner.update(sample)));
  });
}

/** A batch of random transitions in the learner's own arrays. */
export function randomBatch(learner: Learner, batch: number): SampleBatch {
  const sample = learner.batch(batch);
  const stream = new FastStream(1, 'bench');
  for (const array of [sample.obs, sample.obsNext, sample.rewards]) stream.fillNormal(array, 1);
  sample.actions.forEach((_, k) => (sample.actions[k] = stream.double()));
  sample.agentMask.fill(1);
  return sample;
}
