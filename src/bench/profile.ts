/** Where the time of an update and of a vector step goes. */
import { loadConfig } from '../config/load.ts';
import { resolveConfigPath } from '../config/source.ts';
import { FastStream } from '../core/random.ts';
import { createEngine } from '../engine/registry.ts';
import { WasmProgram } from '../engine/wasm/program.ts';
import { ReplayBuffer } from '../replay/replay-buffer.ts';
import { Exploration } from '../rollout/noise.ts';
import { withLearner } from './learner.ts';
import { median, repeat } from './sampling.ts';
import { begun } from './training.ts';

/** Times in microseconds: each kernel of an update, and each part of a vector step. */
export interface Profile {
  readonly update: readonly { readonly kernel: string; readonly calls: number; readonly us: number }[];
  readonly step: readonly { readonly part: string; readonly us: number }[];
}

/** Profiles an update (wasm, one thread, 256 samples, 64 hidden units) and a vector step of 16 environments. */
export async function profile(): Promise<Profile> {
  const update = await withLearner('wasm', 1, { hidden: 64 }, (learner) => {
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
