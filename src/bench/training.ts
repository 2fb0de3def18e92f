/** The throughput of a training: environment steps per second, updates included. */
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

/** Environment steps per second with XuanCe's simple_spread settings, without evaluation and I/O. */
export async function measureTraining(engineName: EngineName, threads: number): Promise<number> {
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
