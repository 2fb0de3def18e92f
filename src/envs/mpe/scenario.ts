/**
 * Scenario: what a scenario file implements. It names the bodies of its world, places them, and says what
 * agents see and earn; the world (world.ts) moves them, and simulation.ts calls both in MPE2's order.
 * A scenario keeps nothing that changes in itself: goals, keys and the like are its words in world.state,
 * so that a snapshot of the world holds them too.
 */
import type { Pcg64 } from '../../core/random.ts';
import type { OptionTable, OptionValues } from './options.ts';
import { commonOptions, readOptions } from './options.ts';
import type { SymmetryDeclaration } from './symmetries.ts';
import type { Agent, Landmark } from './bodies.ts';
import type { MpeWorld } from './world.ts';

/** A number, a vector, or vectors beside each other. */
export type BenchmarkData = number | readonly (number | null | readonly number[])[];

export interface Scenario {
  readonly agents: readonly Agent[];
  readonly landmarks: readonly Landmark[];
  /** C, components of a message (dim_c); silent agents have messages too, all zero. */
  readonly messageWidth: number;
  /** S, words of world.state that the scenario uses in each environment. */
  readonly stateWidth: number;
  /** Stages of the curriculum; 1 where there is none. */
  readonly stageCount: number;
  /** O_i */
  observationWidth(agent: number): number;
  /**
   * Places everything for a new episode of environment e. The world is at rest and silent already. The
   * order of the draws is part of the scenario: goals first, then agents, then landmarks.
   */
  reset(world: MpeWorld, e: number, generator: Pcg64): void;
  /** What happens after the physics and before the rewards, where something does. */
  afterPhysics?(world: MpeWorld, e: number): void;
  /** Writes the reward of each agent, N numbers from out[at]. */
  rewards(world: MpeWorld, e: number, out: Float64Array, at: number): void;
  /** Writes what each agent sees, side by side in agent order, SO numbers from out[at]. */
  observe(world: MpeWorld, e: number, out: Float32Array, at: number): void;
  /** Whether environment e has reached its end before the time limit (terminate_on_success). */
  isTerminal?(world: MpeWorld, e: number): boolean;
  /** The exact symmetries of the task, where the scenario declares any. */
  symmetries?(): SymmetryDeclaration;
  /** The numbers that infos carry as benchmark_data, where upstream defines them. */
  benchmark?(world: MpeWorld, e: number, agent: number): BenchmarkData;
}

/** A scenario file's export, before its options are bound: see defineScenario(). */
export interface ScenarioDefinition<T extends OptionTable> {
  /** `simple_spread_v3`; the file has this name. */
  readonly id: string;
  /** What `maddpg envs ID` prints: plain text, at most 80 columns, lines end in '\n'. */
  readonly manual: string;
  /** The options beside the common ones. */
  readonly options: T;
  create(options: OptionValues<T>): Scenario;
}

/** A scenario with the values of the options that every scenario has. */
export interface BoundScenario {
  readonly id: string;
  readonly scenario: Scenario;
  readonly common: OptionValues<typeof commonOptions>;
}

/** A row of the registry. */
export interface ScenarioEntry {
  readonly id: string;
  readonly manual: string;
  /** All options, the common ones last. */
  readonly options: OptionTable;
  /** @throws EnvironmentError where an option is unknown or its value does not fit */
  bind(given: Readonly<Record<string, unknown>>): BoundScenario;
}

/** Turns a definition into a row of the registry. */
export function defineScenario<T extends OptionTable>(definition: ScenarioDefinition<T>): ScenarioEntry {
  const { id, manual, options } = definition;
  const all = { ...options, ...commonOptions };
  return {
    id,
    manual,
    options: all,
    bind: (given) => {
      const known = readOptions(id, all, given);
      // `known` has every key of both tables; the rows decide each value's type.
      return {
        id,
        scenario: definition.create(known),
        common: known,
      };
    },
  };
}

/** Reward of an agent whose scenario mixes what all earn together with what it earns itself. */
export function mixed(joint: number, own: number, localRatio: number): number {
  return joint * (1 - localRatio) + own * localRatio;
}

/** Where the observations of agents of these widths begin in the joint one, [N]. */
export function rowsOf(widths: readonly number[]): Int32Array {
  let at = 0;
  return Int32Array.from(widths, (width) => (at += width) - width);
}
