/** The learner that updates and acting are measured with. */
import { loadConfig } from '../config/load.ts';
import { jointSpec, type JointSpec } from '../core/joint-spec.ts';
import type { Engine, EngineName } from '../engine/engine.ts';
import { createEngine } from '../engine/registry.ts';
import type { Learner } from '../learners/learner.ts';
import { buildLearner, buildPolicy } from '../train/build.ts';

/** Dimensions of simple_spread: 3 agents, 18 observations, 5 actions. */
export const SPREAD: JointSpec = jointSpec(
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

/** Runs `measure` with a MADDPG learner for SPREAD whose networks have two layers of `hidden` units. */
export async function withLearner<T>(
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
