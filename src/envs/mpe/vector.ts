/**
 * MpeVectorEnv: VectorEnv over the particle worlds. An episode that ends is followed by the next one in
 * the same step; the environment's generator goes on, so episode k depends on its seed alone.
 */
import type { SymmetryGroup } from '../../core/symmetry.ts';
import { EnvironmentError } from '../errors.ts';
import type { VectorEnv } from '../vector-env.ts';
import type { BoundScenario } from './scenario.ts';
import { MpeSimulation, RUNNING, TERMINATED } from './simulation.ts';

export class MpeVectorEnv implements VectorEnv {
  readonly name;
  readonly spec;
  readonly count: number;
  readonly obs: Float32Array; // [E, SO]
  readonly nextObs: Float32Array; // [E, SO]
  readonly rewards: Float64Array; // [E, N]
  readonly terminals: Uint8Array; // [E, N]
  readonly agentMask: Uint8Array; // [E, N]
  readonly ended: Uint8Array; // [E]
  readonly #simulation: MpeSimulation;
  readonly #outcomes: Uint8Array; // [E]

  /** @param count E, at least 1 */
  constructor(bound: BoundScenario, count: number) {
    if (!Number.isInteger(count) || count < 1)
      throw new EnvironmentError('number of environments', 'an integer of at least 1', count);
    const simulation = new MpeSimulation(bound, count);
    const n = simulation.spec.agents.length;
    this.#simulation = simulation;
    this.name = simulation.name;
    this.spec = simulation.spec;
    this.count = count;
    this.obs = new Float32Array(count * this.spec.obsTotal);
    this.nextObs = new Float32Array(count * this.spec.obsTotal);
    this.rewards = new Float64Array(count * n);
    this.terminals = new Uint8Array(count * n);
    this.agentMask = new Uint8Array(count * n).fill(1); // all agents of a particle world end together
    this.ended = new Uint8Array(count);
    this.#outcomes = new Uint8Array(count);
    this.reset(Array.from({ length: count }, (_, e) => e));
  }

  reset(seeds: readonly number[]): void {
    if (seeds.length !== this.count)
      throw new EnvironmentError('seeds', `${this.count} of them, one an environment`, seeds);
    seeds.forEach((seed, e) => {
      this.#simulation.seed(e, seed);
    });
    for (let e = 0; e < this.count; e++) this.#start(e);
    this.nextObs.set(this.obs);
    this.rewards.fill(0);
    this.terminals.fill(0);
    this.ended.fill(0);
  }

  step(actions: Float32Array): void {
    const { obs, nextObs, terminals, ended, count, spec } = this;
    const simulation = this.#simulation;
    const outcomes = this.#outcomes;
    const n = spec.agents.length;
    if (actions.length !== count * spec.actTotal)
      throw new EnvironmentError(
        'actions',
        `${count * spec.actTotal} values, [${count}, ${spec.actTotal}]`,
        actions,
      );
    simulation.step(actions, this.rewards, outcomes);
    for (let e = 0; e < count; e++) {
      simulation.observe(e, nextObs);
      ended[e] = outcomes[e] === RUNNING ? 0 : 1;
      const terminal = outcomes[e] === TERMINATED ? 1 : 0;
      for (let i = e * n; i < (e + 1) * n; i++) terminals[i] = terminal;
    }
    obs.set(nextObs);
    for (let e = 0; e < count; e++) if (ended[e] === 1) this.#start(e);
  }

  /** Moves the curriculum of every environment to a stage, clamped to those that exist. */
  setCurriculumStage(stage: number): void {
    this.#simulation.setCurriculumStage(stage);
  }

  symmetries(): SymmetryGroup | undefined {
    return this.#simulation.symmetries();
  }

  snapshot(): Uint8Array {
    return this.#simulation.snapshot();
  }

  restore(bytes: Uint8Array): void {
    this.#simulation.restore(bytes);
    for (let e = 0; e < this.count; e++) this.#simulation.observe(e, this.obs);
  }

  #start(e: number): void {
    this.#simulation.start(e);
    this.#simulation.observe(e, this.obs);
  }
}
