/**
 * ActorStates: what recurrent actors remember of the episodes in E environments. Whoever acts makes them (Policy.states()), hands
 * them to every act() or sample(), which moves them on by one step, and resets an environment's where an episode begins.
 */
import { FINITE, type Sections } from '../core/sections.ts';
import { recurrentLayersOf, STATES, type NetworkSpec } from '../engine/network-spec.ts';
import type { ParameterGroup } from './groups.ts';

/** One state of one layer: h, or c of an LSTM. */
export interface ActorState {
  /** In acting programs, as input and output, and in checkpoints: `state/<group>/<k>`. */
  readonly name: string;
  /** Indices of the group's agents, n of them. */
  readonly agents: readonly number[];
  /** Of the layer. */
  readonly width: number;
  /** [E, n, width] */
  readonly values: Float32Array;
}

export class ActorStates {
  /** E */
  readonly count: number;
  /** Of group after group: h (and c of an LSTM) of each layer in order. Empty without recurrence. */
  readonly all: readonly ActorState[];

  /** All zero. `actorOf`: the spec of a group's actor. */
  constructor(
    groups: readonly ParameterGroup[],
    actorOf: (group: ParameterGroup) => NetworkSpec,
    count: number,
  ) {
    this.count = count;
    this.all = groups.flatMap((group) =>
      statesOf(actorOf(group)).map((width, k) => {
        const { agents } = group;
        return {
          ...{ name: stateName(group, k), agents, width },
          values: new Float32Array(count * agents.length * width),
        };
      }),
    );
  }

  /** Forgets an environment's episode. */
  reset(environment: number): void {
    for (const { agents, width, values } of this.all) {
      const size = agents.length * width;
      values.fill(0, environment * size, (environment + 1) * size);
    }
  }

  /** What agent i remembers in an environment: h of each layer in order, followed by c in an LSTM. Views. */
  ofAgent(i: number, environment = 0): Float32Array[] {
    return this.all
      .filter(({ agents }) => agents.includes(i))
      .map(({ agents, width, values }) => {
        const row = environment * agents.length + agents.indexOf(i);
        return values.subarray(row * width, (row + 1) * width);
      });
  }

  /** State arrays by name, for checkpoints; none without recurrence. */
  arrays(): Record<string, Float32Array> {
    return Object.fromEntries(this.all.map(({ name, values }) => [name, values]));
  }

  /** Takes over arrays(). Throws UserError. */
  restore(sections: Sections): void {
    for (const { name, values } of this.all)
      values.set(sections.get(name, Float32Array, values.length, FINITE));
  }

  /** Takes over what others know of as many environments. */
  set(others: ActorStates): void {
    this.all.forEach(({ values }, k) => {
      values.set(others.all[k]!.values);
    });
  }
}

/** The name of a group's k-th state. */
export function stateName({ name }: ParameterGroup, k: number): string {
  return `state/${name}/${k}`;
}

/** Widths of a network's states: h (and c of an LSTM) of each layer. */
export function statesOf(spec: NetworkSpec): number[] {
  return recurrentLayersOf(spec).flatMap(({ cell, width }) => STATES[cell].map(() => width));
}
