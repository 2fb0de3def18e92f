/**
 * Scenario: the interface of a scenario file. It declares and places the bodies and defines observations and rewards;
 * world.ts moves the bodies, and simulation.ts calls both in MPE2's order. A scenario itself is stateless: goals, keys
 * and the like are words in world.state, so a snapshot of the world includes them.
 */
import { teamOf } from '../../core/joint-spec.ts';
import type { Pcg64 } from '../../core/random.ts';
import type { OptionTable, OptionValues } from './options.ts';
import { commonOptions, readOptions } from './options.ts';
import type { SymmetryDeclaration } from './symmetries.ts';
import type { Agent, Landmark } from './bodies.ts';
import type { MpeWorld } from './world.ts';

export type BenchmarkData = number | readonly (number | null | readonly number[])[];

export interface Scenario {
  readonly agents: readonly Agent[];
  readonly landmarks: readonly Landmark[];
  /** C, numbers per message (MPE2's dim_c). The messages of silent agents are zeros. */
  readonly messageWidth: number;
  /** S, words of world.state per environment. */
  readonly stateWidth: number;
  /** Number of curriculum stages; 1 for no curriculum. */
  readonly stageCount: number;
  /** O_i */
  observationWidth(agent: number): number;
  /**
   * Places everything for a new episode of environment e; velocities and messages are already zero. The order of the
   * random draws is part of the scenario: goals, then agents, then landmarks.
   */
  reset(world: MpeWorld, e: number, generator: Pcg64): void;
  /** Runs after the physics and before the rewards. */
  afterPhysics?(world: MpeWorld, e: number): void;
  /** Writes the agents' rewards, N numbers from out[at]. */
  rewards(world: MpeWorld, e: number, out: Float64Array, at: number): void;
  /** Writes the observations, concatenated in agent order, SO numbers from out[at]. */
  observe(world: MpeWorld, e: number, out: Float32Array, at: number): void;
  /** Whether environment e terminates before the time limit (terminate_on_success). */
  isTerminal?(world: MpeWorld, e: number): boolean;
  /** The exact symmetries of the task. */
  symmetries?(): SymmetryDeclaration;
  /** MPE2's benchmark_data for infos. */
  benchmark?(world: MpeWorld, e: number, agent: number): BenchmarkData;
}

/** The argument of defineScenario(). */
export interface ScenarioDefinition<T extends OptionTable> {
  /** `simple_spread_v3`, also the name of the file. */
  readonly id: string;
  /** The page that `maddpg envs ID` prints: at most 80 columns, lines end in '\n'. */
  readonly manual: string;
  /** The options in addition to the common ones. */
  readonly options: T;
  /** Who plays against whom: the teams of each side. Default: all teams cooperate. */
  readonly sides?: readonly (readonly string[])[];
  create(options: OptionValues<T>): Scenario;
}

/** A scenario with its options bound, and the values of the common options. */
export interface BoundScenario {
  readonly id: string;
  readonly scenario: Scenario;
  readonly sides: readonly (readonly string[])[];
  readonly common: OptionValues<typeof commonOptions>;
}

/** A row of the registry. */
export interface ScenarioEntry {
  readonly id: string;
  readonly manual: string;
  /** All options, the common ones last. */
  readonly options: OptionTable;
  /** @throws EnvironmentError if an option is unknown or its value out of range */
  bind(given: Readonly<Record<string, unknown>>): BoundScenario;
}

export function defineScenario<T extends OptionTable>(definition: ScenarioDefinition<T>): ScenarioEntry {
  const { id, manual, options } = definition;
  const all = { ...options, ...commonOptions };
  return {
    id,
    manual,
    options: all,
    bind: (given) => {
      const known = readOptions(id, all, given);
      const scenario = definition.create(known);
      return {
        id,
        scenario,
        sides: definition.sides ?? [[...new Set(scenario.agents.map(({ name }) => teamOf(name)))]],
        common: known,
      };
    },
  };
}

/** The local_ratio mix of the joint reward and an agent's own. */
export function mixed(joint: number, own: number, localRatio: number): number {
  return joint * (1 - localRatio) + own * localRatio;
}

/** Offsets of the agents' observations in the joint one, given their widths, [N]. */
export function rowsOf(widths: readonly number[]): Int32Array {
  let at = 0;
  return Int32Array.from(widths, (width) => (at += width) - width);
}
