/**
 * ActorStates: what recurrent actors remember of the episodes in E environments. Whoever acts makes them (Policy.states()), hands
 * them to every act() or sample(), which moves them on by one step, and resets an environment's where an episode begins.
 */
import { FINITE, type Sections } from '../core/sections.ts';
import { recurrentLayersOf, type NetworkSpec } from '../engine/network-spec.ts';
import type { ParameterGroup } from './groups.ts';

/** One state of one layer: h, or c of an LSTM. */
export interface ActorState {
  /** Agents of the group, n, and width of the layer. */
  readonly agents: number;
  readonly width: number;
  /** [E, n, width] */
  readonly values: Float32Array;
}

export class ActorStates {
  /** E */
  readonly count: number;
  /** By group: h (and c of an LSTM) of each layer in order. */
  readonly groups: readonly (readonly ActorState[])[];

  /** All zero. `actorOf`: the spec of a group's actor. */
  constructor(
    groups: readonly ParameterGroup[],
    actorOf: (group: ParameterGroup) => NetworkSpec,
    count: number,
  ) {
    this.count = count;
    this.groups = groups.map((group) =>
      statesOf(actorOf(group)).map((width) => {
        const agents = group.agents.length;
        return { agents, width, values: new Float32Array(count * agents * width) };
      }),
    );
  }

  /** Forgets an environment's episode. */
  reset(environment: number): void {
    for (const ofGroup of this.groups)
      for (const { agents, width, values } of ofGroup) {
        const size = agents * width;
        values.fill(0, environment * size, (environment + 1) * size);
      }
  }

  /** State arrays by name, for checkpoints; none without recurrence. */
  arrays(): Record<string, Float32Array> {
    return Object.fromEntries(
      this.groups.flatMap((ofGroup, g) => ofGroup.map(({ values }, k) => [`state ${g}/${k}`, values])),
    );
  }

  /** Takes over arrays(). Throws UserError. */
  restore(sections: Sections): void {
    for (const [name, values] of Object.entries(this.arrays()))
      values.set(sections.get(name, Float32Array, values.length, FINITE));
  }

  /** Takes over what others know of as many environments. */
  set(others: ActorStates): void {
    this.groups.forEach((ofGroup, g) => {
      ofGroup.forEach(({ values }, k) => {
        values.set(others.groups[g]![k]!.values);
      });
    });
  }
}

/** Widths of a network's states: h (and c of an LSTM) of each layer. */
export function statesOf(spec: NetworkSpec): number[] {
  return recurrentLayersOf(spec).flatMap(({ cell, width }) => (cell === 'LSTM' ? [width, width] : [width]));
}
