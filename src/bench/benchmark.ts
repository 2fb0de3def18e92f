/**
 * Benchmarks of `maddpg bench`: updates, acting, environments and training. Figures are medians over repeats within one
 * process.
 */
import { availableParallelism, cpus } from 'node:os';
import type { EngineName } from '../engine/engine.ts';
import { engineStatus } from '../engine/registry.ts';
import { environmentIds } from '../envs/registry.ts';
import { measureAct, type ActFigure } from './acting.ts';
import { measurePeak } from './peak.ts';
import type { EnvironmentFigure } from './stepping.ts';
import { measureTraining, TRAIN_SECONDS } from './training.ts';
import { measureUpdate, UPDATE_SIZES, type UpdateFigure } from './updates.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  /** Peak of one core with 128-bit SIMD. */
  readonly peak_gflops: number;
}

export interface BenchReport {
  readonly machine: Machine;
  readonly updates: readonly UpdateFigure[];
  readonly act: readonly ActFigure[];
  readonly envs: readonly EnvironmentFigure[];
  readonly train: readonly {
    readonly engine: EngineName;
    readonly threads: number;
    readonly env_steps_per_second: number;
  }[];
}

/** An engine and its number of threads. */
export interface EngineSetting {
  readonly engine: EngineName;
  readonly threads: number;
}

/** Figures of one engine setting. */
export type EngineFigures = Pick<BenchReport, 'updates' | 'act' | 'train'>;

/** Runs a measurement in a separate process. */
export interface Elsewhere {
  engine(setting: EngineSetting): EngineFigures;
  environment(env_id: string): EnvironmentFigure;
}

/**
 * Runs all benchmarks; `note` gets a line before each part. TensorFlow and each environment run in separate processes
 * (`elsewhere`): TensorFlow fixes its thread count per process, and JIT code slows down with every scenario it has seen,
 * whereas a run has only one.
 */
export async function benchmark(note: (line: string) => void, elsewhere: Elsewhere): Promise<BenchReport> {
  const peak = await measurePeak();
  const figures: EngineFigures[] = [];
  for (const setting of engineSettings())
    figures.push(
      setting.engine === 'tensorflow'
        ? elsewhere.engine(setting)
        : await benchmarkEngine(setting, note, peak),
    );
  const envs = environmentIds().map((env_id) => {
    note(`${env_id}: stepping`);
    return elsewhere.environment(env_id);
  });
  return {
    machine: machineOf(peak),
    updates: figures.flatMap(({ updates }) => updates),
    act: figures.flatMap(({ act }) => act),
    envs,
    train: figures.flatMap(({ train }) => train),
  };
}

/** This machine. `peak`: FLOP/s of measurePeak(). */
export function machineOf(peak: number): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    node: process.version,
    peak_gflops: peak / 1e9,
  };
}

/** Benchmarks one engine setting in this process. */
export async function benchmarkEngine(
  { engine, threads }: EngineSetting,
  note: (line: string) => void,
  peak?: number,
): Promise<EngineFigures> {
  const peakOfCore = peak ?? (await measurePeak());
  const label = `engine ${engine}, ${threads} thread${threads === 1 ? '' : 's'}`;
  const updates: UpdateFigure[] = [];
  for (const size of UPDATE_SIZES) {
    note(`${label}: update of ${size.batch} samples, ${size.hidden} hidden units`);
    updates.push(await measureUpdate(engine, threads, size, peakOfCore));
  }
  note(`${label}: acting`);
  const act = [await measureAct(engine, threads)];
  note(`${label}: training for ${TRAIN_SECONDS} seconds`);
  const train = [{ engine, threads, env_steps_per_second: await measureTraining(engine, threads) }];
  return { updates, act, train };
}

/** Every available engine, with one thread and, if it supports threads, with all cores, at most 8. */
function engineSettings(): EngineSetting[] {
  const all = Math.min(availableParallelism(), 8);
  return engineStatus()
    .filter(({ available, device }) => available && device === 'cpu')
    .flatMap(({ name: engine }) =>
      engine === 'reference' || all === 1
        ? [{ engine, threads: 1 }]
        : [
            { engine, threads: 1 },
            { engine, threads: all },
          ],
    );
}
