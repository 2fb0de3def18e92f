/** How fast this machine trains and evaluates a configuration, in a moment: for estimates, not for comparisons. */
import type { Config } from '../config/keys.ts';
import { createEngine } from '../engine/registry.ts';
import { mpeEnvironments } from '../envs/mpe/open.ts';
import { playEpisodes } from '../evaluate/play.ts';
import { EvaluationWatch } from '../train/evaluation-watch.ts';
import { begun, stepsPerSecond } from './training.ts';

export interface SettingSpeed {
  /** Environment steps per second of training, updates included. */
  readonly steps_per_second: number;
  /** An evaluation episode. */
  readonly episode_s: number;
}

/** Updates before the clock starts, and the time that they may take in milliseconds. */
const WARM = 3;
const WARM_MS = 10_000;
/** Long enough for any schedule. */
const STEPS = 1e9;

/** Trains a configuration of a particle environment for `seconds` on this thread, and evaluates for a quarter of them. */
export async function measureSetting(config: Config, seconds: number): Promise<SettingSpeed> {
  const engine = await createEngine(config);
  try {
    const session = begun({ ...config, running_steps: STEPS }, engine);
    const warm = performance.now() + WARM_MS;
    while (session.updates < WARM && performance.now() < warm) session.advance();
    const steps_per_second = stepsPerSecond(session, seconds);
    const env = mpeEnvironments(config).make(1);
    const watch = new EvaluationWatch(config, session.policy, env);
    return { steps_per_second, episode_s: episodeSeconds(watch, env, config.test_seed, seconds / 4) };
  } finally {
    engine.dispose();
  }
}

function episodeSeconds(
  watch: EvaluationWatch,
  env: ConstructorParameters<typeof EvaluationWatch>[2],
  seed: number,
  seconds: number,
): number {
  watch.begin();
  const episodes = playEpisodes(env, watch.actor, seed);
  const before = performance.now();
  let ended = 0;
  while (ended === 0 || performance.now() - before < seconds * 1000) {
    if (episodes.next().value) ended += 1;
    watch.stepped();
  }
  return (performance.now() - before) / 1000 / ended;
}
