/** The throughput of an environment. */
import { FastStream } from '../core/random.ts';
import { makeVectorEnv } from '../envs/registry.ts';
import { median } from './sampling.ts';

/** Throughput of one environment on one core. */
export interface EnvironmentFigure {
  readonly env_id: string;
  /** Median over 20 ms slices. */
  readonly steps_per_second: number;
  /** Best slice. */
  readonly steps_per_second_max: number;
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
