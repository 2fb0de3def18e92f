/** The throughput of a run with XuanCe's simple_spread settings, updates included, evaluation and I/O left out. */
import type { Config } from '../config/keys.ts';
import { loadConfig } from '../config/load.ts';
import { resolveConfigPath } from '../config/source.ts';
import type { Engine, EngineName } from '../engine/engine.ts';
import { createEngine } from '../engine/registry.ts';
import { mpeEnvironments } from '../envs/mpe/open.ts';
import { TrainingSession } from '../train/session.ts';

export const TRAIN_SECONDS = 5;

/** A started training session. */
export function begun(config: Config, engine: Engine): TrainingSession {
  const session = new TrainingSession(config, mpeEnvironments(config).make(config.parallels), engine);
  session.begin();
  return session;
}

/** Runs `measure` with a run that has made its first updates. */
export async function withTraining<T>(
  engineName: EngineName,
  threads: number,
  measure: (session: TrainingSession) => T | Promise<T>,
): Promise<T> {
  const { config } = loadConfig({
    file: resolveConfigPath('xuance/maddpg/simple_spread_v3', process.cwd()),
    flags: { engine: engineName, threads },
  });
  const engine = await createEngine(config);
  try {
    const session = begun(config, engine);
    while (session.updates < 3) session.advance();
    return await measure(session);
  } finally {
    engine.dispose();
  }
}

/** Environment steps per second over the next `seconds` of a run. */
export function stepsPerSecond(session: TrainingSession, seconds: number): number {
  const [firstStep, before] = [session.step, performance.now()];
  while (performance.now() - before < seconds * 1000) session.advance();
  return (session.step - firstStep) / ((performance.now() - before) / 1000);
}

/** Environment steps per second of a run on this thread. */
export function measureTraining(
  engine: EngineName,
  threads: number,
  seconds = TRAIN_SECONDS,
): Promise<number> {
  return withTraining(engine, threads, (session) => stepsPerSecond(session, seconds));
}
