/**
 * How cost grows with the number of agents: `maddpg bench --scaling`. Beside each time stands what the arithmetic demands, so
 * that a part that grows faster shows.
 */
import { loadConfig } from '../config/load.ts';
import { resolveConfigPath } from '../config/source.ts';
import { createEngine } from '../engine/registry.ts';
import { parameterCount } from '../engine/network-spec.ts';
import { rowLayout } from '../replay/replay-buffer.ts';
import { countOperations } from './operations.ts';
import { median, repeat } from './sampling.ts';
import { begun } from './training.ts';
import { randomBatch } from './updates.ts';

/** A particle environment with a number of agents. */
export interface ScalingTask {
  readonly env_id: 'simple_spread_v3' | 'simple_tag_v3';
  readonly agents: number;
}

export interface ScalingFigure extends ScalingTask {
  /** Numbers in the observations of all agents. */
  readonly observations: number;
  /** Parameters of actors and critics, without targets. */
  readonly parameters: number;
  readonly update_mflop: number;
  readonly update_ms: number;
  readonly gflops: number;
  /** A vector step of 16 environments without updates, and two of its parts. */
  readonly step_us: number;
  readonly act_us: number;
  readonly environments_us: number;
  /** Memory of the engine, of a transition in the replay buffer, and of the process at the end. */
  readonly engine_mb: number;
  readonly transition_kb: number;
  readonly process_mb: number;
}

const spread = (agents: number): ScalingTask => ({ env_id: 'simple_spread_v3', agents });
const tag = (agents: number): ScalingTask => ({ env_id: 'simple_tag_v3', agents });

export const SCALING_TASKS: readonly ScalingTask[] = [
  ...[3, 6, 10, 20, 30].map(spread),
  ...[6, 12, 24].map(tag),
];

/** Transitions kept, few enough that the networks show in the memory of the process. */
const BUFFER_SIZE = 1600;
const BATCH = 256;

/** Of three agents of simple_tag, two chase one. */
function optionsOf({ env_id, agents }: ScalingTask): Record<string, number> {
  const num_good = Math.floor(agents / 3);
  return env_id === 'simple_spread_v3' ? { N: agents } : { num_good, num_adversaries: agents - num_good };
}

/** Measures one task in this process: engine wasm, one thread, 256 samples, 64 hidden units. */
export async function benchmarkScaling(task: ScalingTask): Promise<ScalingFigure> {
  const { config } = loadConfig({
    file: resolveConfigPath('xuance/maddpg/simple_spread_v3', process.cwd()),
    flags: {
      ...{ env_id: task.env_id, env_options: optionsOf(task), engine: 'wasm', threads: 1 },
      ...{ use_parameter_sharing: task.env_id === 'simple_tag_v3' ? 'teams' : true },
      ...{ batch_size: BATCH, buffer_size: BUFFER_SIZE, start_training: 10_000_000 },
    },
  });
  const engine = await createEngine(config);
  try {
    const operations = countOperations(engine);
    const session = begun(config, engine);
    const { learner, policy, rollout } = session;
    const { env } = rollout;
    const sample = randomBatch(learner, BATCH);
    const update_ms = median(repeat(() => learner.update(sample)));
    const us = (act: () => unknown): number => median(repeat(act, 100, 500)) * 1000;
    const step_us = us(() => {
      session.advance();
    });
    const obs = env.obs.slice();
    const act_us = us(() => policy.act(obs));
    const actions = new Float32Array(env.count * env.spec.actTotal).fill(0.5);
    const environments_us = us(() => {
      env.step(actions);
    });
    const flop = operations.get(BATCH)!;
    const row = rowLayout(env.spec.obsTotal, env.spec.actTotal, task.agents);
    const online = [...policy.networks.values()].filter(({ name }) => !name.startsWith('target_'));
    return {
      ...task,
      observations: env.spec.obsTotal,
      parameters: online.reduce((sum, network) => sum + parameterCount(network), 0),
      ...{ update_mflop: flop / 1e6, update_ms, gflops: flop / (update_ms * 1e6) },
      ...{ step_us, act_us, environments_us },
      engine_mb: sample.obs.buffer.byteLength / 1e6,
      transition_kb: (row.width * 4) / 1e3,
      process_mb: process.memoryUsage.rss() / 1e6,
    };
  } finally {
    engine.dispose();
  }
}
