/** The time that the policy takes to act in 16 environments. */
import type { EngineName } from '../engine/engine.ts';
import { SPREAD, withLearner } from './learner.ts';
import { median, repeat } from './sampling.ts';

export interface ActFigure {
  readonly engine: EngineName;
  readonly threads: number;
  readonly environments: number;
  readonly us: number;
}

const ACT_ENVIRONMENTS = 16;

export function measureAct(engine: EngineName, threads: number): Promise<ActFigure> {
  return withLearner(engine, threads, { hidden: 64 }, (learner) => {
    const obs = new Float32Array(ACT_ENVIRONMENTS * SPREAD.obsTotal).fill(0.5);
    const times = repeat(() => learner.policy.act(obs), 500);
    return { engine, threads, environments: ACT_ENVIRONMENTS, us: median(times) * 1000 };
  });
}
