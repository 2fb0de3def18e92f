/** The learner that updates and acting are measured with. */
import { loadConfig } from '../config/load.ts';
import { jointSpec, type JointSpec } from '../core/joint-spec.ts';
import type { EngineName } from '../engine/engine.ts';
import { createEngine } from '../engine/registry.ts';
import type { Learner } from '../learners/learner.ts';
import { buildLearner, buildPolicy } from '../train/build.ts';
import { countOperations } from './operations.ts';

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

/**
 * Runs `measure` with a MADDPG learner for SPREAD whose networks have two layers of `hidden` units, behind a GRU as wide if
 * `recurrent`, and with the operations of what it compiles, by batch size.
 */
export async function withLearner<T>(
  engineName: EngineName,
  threads: number,
  { hidden, recurrent = false }: { readonly hidden: number; readonly recurrent?: boolean },
  measure: (learner: Learner, operations: ReadonlyMap<number, number>) => T,
): Promise<T> {
  const sizes = [hidden, hidden];
  const memory = { use_rnn: true, representation: 'Basic_RNN', fc_hidden_sizes: [hidden] };
  const { config } = loadConfig({
    flags: {
      ...{ engine: engineName, threads, actor_hidden_size: sizes, critic_hidden_size: sizes },
      ...(recurrent && { ...memory, recurrent_hidden_size: hidden }),
    },
  });
  const engine = await createEngine(config);
  try {
    const operations = countOperations(engine);
    return measure(buildLearner(config, buildPolicy(config, SPREAD, engine)), operations);
  } finally {
    engine.dispose();
  }
}
