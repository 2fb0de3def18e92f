/**
 * MpeVectorEnv: VectorEnv over the particle worlds. The next episode starts in the step that ends one and continues the
 * environment's random generator.
 */
import type { SymmetryGroup } from '../../core/symmetry.ts';
import { EnvironmentError } from '../errors.ts';
import type { Drawing, Entity } from '../drawing.ts';
import { expectCount, VectorBuffers } from '../vector-buffers.ts';
import type { VectorEnv } from '../vector-env.ts';
import { drawWorld } from './drawing.ts';
import type { BoundScenario } from './scenario.ts';
import { MpeSimulation, RUNNING, TERMINATED } from './simulation.ts';

export class MpeVectorEnv extends VectorBuffers implements VectorEnv {
  readonly sides: readonly (readonly string[])[];
  readonly #simulation: MpeSimulation;
  readonly #outcomes: Uint8Array; // [E]

  /** @param count E, at least 1. @param whole whether observations hold what agents do not see */
  constructor(bound: BoundScenario, count: number, whole = false) {
    expectCount(count);
    const simulation = new MpeSimulation(bound, count, whole);
    super(simulation.name, simulation.spec, count);
    this.sides = bound.sides;
    this.#simulation = simulation;
    this.agentMask.fill(1); // all agents of a particle world end together
    this.#outcomes = new Uint8Array(count);
  }

  reset(seeds: readonly number[]): void {
    this.expectSeeds(seeds);
    seeds.forEach((seed, e) => {
      this.#simulation.seed(e, seed);
    });
    for (let e = 0; e < this.count; e++) this.#start(e);
    this.nextObs.set(this.obs);
    this.rewards.fill(0);
    this.terminals.fill(0);
    this.ended.fill(0);
    this.watcher?.begun();
  }

  step(actions: Float32Array): void {
    this.expectActions(actions);
    const { obs, nextObs, terminals, ended, count, spec } = this;
    const simulation = this.#simulation;
    const outcomes = this.#outcomes;
    const n = spec.agents.length;
    simulation.step(actions, this.rewards, outcomes);
    for (let e = 0; e < count; e++) {
      simulation.observe(e, nextObs);
      ended[e] = outcomes[e] === RUNNING ? 0 : 1;
      const terminal = outcomes[e] === TERMINATED ? 1 : 0;
      for (let i = e * n; i < (e + 1) * n; i++) terminals[i] = terminal;
    }
    obs.set(nextObs);
    this.watcher?.stepped();
    for (let e = 0; e < count; e++) if (ended[e] === 1) this.#start(e);
    if (ended[0] === 1) this.watcher?.begun();
  }

  /**
   * Moves the curriculum of every environment to a stage, clamped to those that exist.
   * @throws EnvironmentError if the scenario has no curriculum
   */
  setCurriculumStage(stage: number): void {
    if (this.#simulation.scenario.stageCount === 1)
      throw new EnvironmentError(
        'setCurriculumStage',
        'an environment with a curriculum',
        `${this.name}, which has none`,
      );
    this.#simulation.setCurriculumStage(stage);
  }

  symmetries(): SymmetryGroup | undefined {
    return this.#simulation.symmetries();
  }

  observationNames(agent: number): readonly string[] | undefined {
    return this.#simulation.observationNames(agent);
  }

  draw(): Drawing {
    return drawWorld(this.name, this.#simulation.world);
  }

  entities(e: number): Entity[] {
    return this.#simulation.world.entities(e);
  }

  moveEntity(e: number, k: number, x: number, y: number): void {
    this.expectEpisode('moveEntity()');
    this.#simulation.moveEntity(e, k, x, y);
    this.#simulation.observe(e, this.obs);
  }

  snapshot(): Uint8Array {
    return this.#simulation.snapshot();
  }

  restore(bytes: Uint8Array): void {
    this.#simulation.restore(bytes);
    this.begun = true;
    for (let e = 0; e < this.count; e++) this.#simulation.observe(e, this.obs);
  }

  #start(e: number): void {
    this.#simulation.start(e);
    this.#simulation.observe(e, this.obs);
  }
}
