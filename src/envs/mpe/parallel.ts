/**
 * MpeParallelEnv: ParallelEnv over one particle world, with named agents, checked actions and fresh arrays. As in
 * PettingZoo, `agents` is empty once the episode has ended, and reset() starts the next one.
 */
import { decodeSections, encodeSections } from '../../core/sections.ts';
import { EnvironmentError } from '../errors.ts';
import type { Action, Info, ParallelEnv, ResetResult, StepResult } from '../parallel-env.ts';
import type { Space } from '../spaces.ts';
import { box } from '../spaces.ts';
import type { BoundScenario } from './scenario.ts';
import { MpeSimulation, RUNNING, TERMINATED, TRUNCATED } from './simulation.ts';

export class MpeParallelEnv implements ParallelEnv {
  readonly name: string;
  readonly possibleAgents: readonly string[];
  readonly #simulation: MpeSimulation;
  readonly #obs: Float32Array; // [SO]
  readonly #actions: Float32Array; // [SA]
  readonly #rewards: Float64Array; // [N]
  readonly #outcome = new Uint8Array(1);
  #live = false;

  constructor(bound: BoundScenario) {
    const simulation = new MpeSimulation(bound, 1);
    const { agents, obsTotal, actTotal } = simulation.spec;
    this.#simulation = simulation;
    this.name = simulation.name;
    this.possibleAgents = agents.map(({ name }) => name);
    this.#obs = new Float32Array(obsTotal);
    this.#actions = new Float32Array(actTotal);
    this.#rewards = new Float64Array(agents.length);
  }

  get agents(): readonly string[] {
    return this.#live ? this.possibleAgents : [];
  }

  observationSpace(agent: string): Space {
    return box(this.#simulation.spec.agents[this.#indexOf(agent)]!.obsWidth);
  }

  actionSpace(agent: string): Space {
    return this.#simulation.actionSpaces[this.#indexOf(agent)]!;
  }

  /** Starts an episode. An environment that was never seeded has seed 0. */
  reset(options: { seed?: number } = {}): ResetResult {
    if (options.seed !== undefined) this.#simulation.seed(0, options.seed);
    this.#simulation.start(0);
    this.#simulation.observe(0, this.#obs);
    this.#live = true;
    return { observations: this.#observations(), infos: this.#each((): Info => ({})) };
  }

  /** @throws EnvironmentError outside an episode, or if an action is missing or not in its space */
  step(actions: Readonly<Record<string, Action>>): StepResult {
    if (!this.#live) throw new EnvironmentError('step()', 'a running episode', 'none', 'call reset() first');
    this.#read(actions);
    const simulation = this.#simulation;
    simulation.step(this.#actions, this.#rewards, this.#outcome);
    simulation.observe(0, this.#obs);
    const outcome = this.#outcome[0];
    this.#live = outcome === RUNNING;
    return {
      observations: this.#observations(),
      rewards: this.#each((i) => this.#rewards[i]!),
      terminations: this.#each(() => outcome === TERMINATED),
      truncations: this.#each(() => outcome === TRUNCATED),
      infos: this.#each((i) => this.#info(i)),
    };
  }

  state(): Float32Array {
    return this.#obs.slice();
  }

  setCurriculumStage(stage: number): void {
    this.#simulation.setCurriculumStage(stage);
  }

  /** Everything that the future depends on; restore() of it continues bit for bit. */
  snapshot(): Uint8Array {
    return encodeSections({
      simulation: this.#simulation.snapshot(),
      live: Uint8Array.of(this.#live ? 1 : 0),
    });
  }

  /** Throws UserError if the snapshot is another environment's. */
  restore(bytes: Uint8Array): void {
    const sections = decodeSections(bytes, 'snapshot');
    this.#simulation.restore(sections.get('simulation', Uint8Array));
    this.#live = sections.get('live', Uint8Array, 1)[0] === 1;
    this.#simulation.observe(0, this.#obs);
  }

  #indexOf(agent: string): number {
    const index = this.possibleAgents.indexOf(agent);
    if (index < 0) throw new EnvironmentError('agent', `one of ${this.possibleAgents.join(', ')}`, agent);
    return index;
  }

  #each<T>(value: (agent: number) => T): Record<string, T> {
    return Object.fromEntries(this.possibleAgents.map((name, i) => [name, value(i)]));
  }

  #observations(): Record<string, Float32Array> {
    const { agents, obsOffsets } = this.#simulation.spec;
    return this.#each((i) => this.#obs.slice(obsOffsets[i], obsOffsets[i]! + agents[i]!.obsWidth));
  }

  #info(agent: number): Info {
    const { benchmarkData, scenario, world } = this.#simulation;
    return benchmarkData ? { benchmark_data: scenario.benchmark?.(world, 0, agent) ?? {} } : {};
  }

  /** Checks all actions and writes the joint row. No state has changed if it throws. */
  #read(actions: Readonly<Record<string, Action>>): void {
    for (const name of Object.keys(actions))
      if (!this.possibleAgents.includes(name))
        throw new EnvironmentError('actions', `agents among ${this.possibleAgents.join(', ')}`, name);
    this.possibleAgents.forEach((name, i) => {
      const space = this.#simulation.actionSpaces[i]!;
      const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
      const at = this.#simulation.spec.actOffsets[i]!;
      if (space.kind === 'box') {
        const width = space.shape[0];
        const expected = `a Float32Array of ${width} numbers`;
        if (!(action instanceof Float32Array) || action.length !== width)
          throw new EnvironmentError(`actions.${name}`, expected, action);
        if (action.some(Number.isNaN)) throw new EnvironmentError(`actions.${name}`, expected, NaN);
        this.#actions.set(action, at);
      } else {
        if (typeof action !== 'number' || !Number.isInteger(action) || action < 0 || action >= space.n)
          throw new EnvironmentError(`actions.${name}`, `an integer from 0 to ${space.n - 1}`, action);
        this.#actions.fill(0, at, at + space.n);
        this.#actions[at + action] = 1;
      }
    });
  }
}
