import type { Config } from '../../src/config/keys.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { VectorEnv } from '../../src/envs/vector-env.ts';
import { TrainingSession } from '../../src/train/session.ts';

/** A started training session. */
export function begun(config: Config, env: VectorEnv, engine: Engine): TrainingSession {
  const session = new TrainingSession(config, env, engine);
  session.begin();
  return session;
}
