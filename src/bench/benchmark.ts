/**
 * Benchmarks of `maddpg bench`: update and acting time, environment and training throughput. Figures are medians over
 * repeats within one process.
 */
import { availableParallelism, cpus } from 'node:os';
import type { Config } from '../config/keys.ts';
import { loadConfig } from '../config/load.ts';
import { resolveConfigPath } from '../config/source.ts';
import { FastStream } from '../core/random.ts';
import { jointSpec, type JointSpec } from '../core/joint-spec.ts';
import type { Engine, EngineName } from '../engine/engine.ts';
import { createEngine, engineStatus } from '../engine/registry.ts';
import { measurePeak } from './peak.ts';
import { WasmProgram } from '../engine/wasm/program.ts';
import { environmentIds, makeVectorEnv } from '../envs/registry.ts';
import { mpeEnvironments } from '../envs/mpe/open.ts';
import type { Learner } from '../learners/learner.ts';
import { ReplayBuffer } from '../replay/replay-buffer.ts';
import { Exploration } from '../rollout/noise.ts';
import { buildLearner, buildPolicy } from '../train/build.ts';
import { TrainingSession } from '../train/session.ts';

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

export interface ActFigure {
  readonly engine: EngineName;
  readonly threads: number;
  readonly environments: number;
  readonly us: number;
}

/** Throughput of one environment on one core. */
export interface EnvironmentFigure {
  readonly env_id: string;
  /** Median over 20 ms slices. */
  readonly steps_per_second: number;
  /** Best slice. */
  readonly steps_per_second_max: number;
}

export interface BenchReport {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly node: string;
    /** Peak of one core with 128-bit SIMD. */
    readonly peak_gflops: number;
  };
  readonly updates: readonly UpdateFigure[];
  readonly act: readonly ActFigure[];
  readonly envs: readonly EnvironmentFigure[];
  readonly train: readonly {
    readonly engine: EngineName;
    readonly threads: number;
    readonly env_steps_per_second: number;
  }[];
}

const SIZES = [
  { batch: 256, hidden: 64 },
  { batch: 1024, hidden: 64 },
  { batch: 1024, hidden: 256 },
] as const;
const ACT_ENVIRONMENTS = 16;
const TRAIN_SECONDS = 5;

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
 * Runs all benchmarks; `note` gets a line before each part. Engines and environments are measured in separate processes
 * (`elsewhere`): TensorFlow fixes its thread count per process, and JIT code slows down with every scenario it has seen,
 * whereas a training has only one.
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
  const machine = {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    node: process.version,
    peak_gflops: peak / 1e9,
  };
  return {
    machine,
    updates: figures.flatMap(({ updates }) => updates),
    act: figures.flatMap(({ act }) => act),
    envs,
    train: figures.flatMap(({ train }) => train),
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
  for (const size of SIZES) {
    note(`${label}: update of ${size.batch} samples, ${size.hidden} hidden units`);
    updates.push(await measureUpdate(engine, threads, size, peakOfCore));
  }
  note(`${label}: acting`);
  const act = [await measureAct(engine, threads)];
  note(`${label}: training for ${TRAIN_SECONDS} seconds`);
  const train = [{ engine, threads, env_steps_per_second: await measureTraining(engine, threads) }];
  return { updates, act, train };
}

/** Times in microseconds: each kernel of an update, and each part of a vector step. */
export interface Profile {
  readonly update: readonly { readonly kernel: string; readonly calls: number; readonly us: number }[];
  readonly step: readonly { readonly part: string; readonly us: number }[];
}

/** Profiles an update (wasm, one thread, 256 samples, 64 hidden units) and a vector step of 16 environments. */
export async function profile(): Promise<Profile> {
  const update = await withLearner('wasm', 1, 64, (learner) => {
    const program = learner.program(256);
    if (!(program instanceof WasmProgram)) throw new Error('expected the program of engine wasm');
    const kernels = new Map<string, { calls: number; us: number }>();
    for (const { kernel, run } of program.calls()) {
      const sum = kernels.get(kernel) ?? { calls: 0, us: 0 };
      kernels.set(kernel, { calls: sum.calls + 1, us: sum.us + median(repeat(run, 10, 40)) * 1000 });
    }
    return [...kernels].map(([kernel, sum]) => ({ kernel, ...sum })).sort((a, b) => b.us - a.us);
  });
  return { update, step: await profileStep() };
}

/** A started training session. */
function begun(config: Config, engine: Engine): TrainingSession {
  const session = new TrainingSession(config, mpeEnvironments(config).make(config.parallels), engine);
  session.begin();
  return session;
}

async function profileStep(): Promise<Profile['step']> {
  const { config } = loadConfig({
    file: resolveConfigPath('xuance/maddpg/simple_spread_v3', process.cwd()),
    flags: { engine: 'wasm', threads: 1, start_training: 10_000_000 },
  });
  const engine = await createEngine(config);
  try {
    const session = begun(config, engine);
    const { env } = session.rollout;
    const replay = new ReplayBuffer(env.spec, { capacity: config.buffer_size, parallels: config.parallels });
    const stream = new FastStream(1, 'bench');
    const exploration = new Exploration(env.spec, stream);
    const [obs, actions] = [env.obs.slice(), new Float32Array(env.count * env.spec.actTotal).fill(0.5)];
    const batch = session.learner.batch(config.batch_size);
    const parts: Record<string, () => unknown> = {
      'the whole vector step': () => {
        session.advance();
      },
      'acting (actors)': () => session.policy.act(obs),
      'exploration noise': () => {
        exploration.addNoise(actions, 0.1);
      },
      'stepping 16 environments': () => {
        env.step(actions);
      },
      'storing 16 transitions': () => {
        replay.store(obs, actions, env.rewards, env.nextObs, env.terminals, env.agentMask, env.ended);
      },
      'sampling a batch of 256 (once per update)': () => {
        replay.sample(stream, config.batch_size, batch);
      },
    };
    return Object.entries(parts).map(([part, act]) => ({ part, us: median(repeat(act, 500)) * 1000 }));
  } finally {
    engine.dispose();
  }
}

/** Every available engine, with one thread and, if it supports threads, with all cores. */
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

/** Dimensions of simple_spread: 3 agents, 18 observations, 5 actions. */
const SPREAD: JointSpec = jointSpec(
  [0, 1, 2].map((i) => ({
    name: `agent_${i}`,
    team: 'agent',
    obsWidth: 18,
    actWidth: 5,
    actionKind: 'box',
    actionLow: 0,
    actionHigh: 1,
  })),
);

async function withLearner<T>(
  engineName: EngineName,
  threads: number,
  hidden: number,
  measure: (learner: Learner, engine: Engine) => T,
): Promise<T> {
  const sizes = [hidden, hidden];
  const { config } = loadConfig({
    flags: { engine: engineName, threads, actor_hidden_size: sizes, critic_hidden_size: sizes },
  });
  const engine = await createEngine(config);
  try {
    return measure(buildLearner(config, buildPolicy(config, SPREAD, engine)), engine);
  } finally {
    engine.dispose();
  }
}

function measureUpdate(
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

function measureAct(engine: EngineName, threads: number): Promise<ActFigure> {
  return withLearner(engine, threads, 64, (learner) => {
    const obs = new Float32Array(ACT_ENVIRONMENTS * SPREAD.obsTotal).fill(0.5);
    const times = repeat(() => learner.policy.act(obs), 500);
    return { engine, threads, environments: ACT_ENVIRONMENTS, us: median(times) * 1000 };
  });
}

/** Measures one environment in this process for a second, with precomputed random actions. */
export function benchmarkEnvironment(env_id: string): EnvironmentFigure {
  const env = makeVectorEnv(env_id, { continuous_actions: true }, 16);
  env.reset(Array.from({ length: env.count }, (_, e) => e));
  const stream = new FastStream(1, 'bench');
  const actions = Array.from({ length: 16 }, () =>
    Float32Array.from({ length: env.count * env.spec.actTotal }, () => stream.double()),
  );
  const stepsIn = (milliseconds: number): number => {
    const before = performance.now();
    let vectorSteps = 0;
    let elapsed = 0;
    while (elapsed < milliseconds) {
      for (const joint of actions) env.step(joint);
      vectorSteps += actions.length;
      elapsed = performance.now() - before;
    }
    return (vectorSteps * env.count) / (elapsed / 1000);
  };
  stepsIn(300);
  const slices = Array.from({ length: 50 }, () => stepsIn(20));
  return { env_id, steps_per_second: median(slices), steps_per_second_max: Math.max(...slices) };
}

/** Environment steps per second with XuanCe's simple_spread settings, without evaluation and I/O. */
async function measureTraining(engineName: EngineName, threads: number): Promise<number> {
  const { config } = loadConfig({
    file: resolveConfigPath('xuance/maddpg/simple_spread_v3', process.cwd()),
    flags: { engine: engineName, threads },
  });
  const engine = await createEngine(config);
  try {
    const session = begun(config, engine);
    while (session.updates < 3) session.advance();
    const [firstStep, before] = [session.step, performance.now()];
    while (performance.now() - before < TRAIN_SECONDS * 1000) session.advance();
    return (session.step - firstStep) / ((performance.now() - before) / 1000);
  } finally {
    engine.dispose();
  }
}

/** Times of single calls in ms after a warm-up, over at least `atLeast` calls and `milliseconds`; one call if very slow. */
function repeat(act: () => unknown, atLeast = 10, milliseconds = 1000): number[] {
  const timed = (): number => {
    const before = performance.now();
    act();
    return performance.now() - before;
  };
  const first = timed();
  if (first > 2000) return [first];
  for (let k = 0; k < Math.min(200, milliseconds / 3 / first); k++) act();
  const times: number[] = [];
  const ends = performance.now() + milliseconds;
  while (performance.now() < ends || (times.length < atLeast && first < 200)) times.push(timed());
  return times;
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
