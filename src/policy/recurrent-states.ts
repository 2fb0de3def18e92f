/**
 * RecurrentStates: what recurrent networks remember of the episodes in E environments. The caller of act() creates those of the actors
 * (Policy.states()), hands them to every act() or sample(), which moves them on by one step, and resets an environment's where an
 * episode begins.
 */
import { FINITE, type Sections } from '../core/sections.ts';
import type { Program } from '../engine/engine.ts';
import type { Value } from '../engine/graph.ts';
import { recurrentLayersOf, STATES, type NetworkSpec } from '../engine/network-spec.ts';
import { outputsAndStatesOf, type GraphOfPolicy, type RowPart, type RowSources } from './design.ts';
import type { ParameterGroup } from './groups.ts';

/** One state of one layer: h, or c of an LSTM. */
export interface StateShape {
  /** As input and output of programs, and in checkpoints: `state/<whose>/<k>`. */
  readonly name: string;
  /** Rows per environment, n, and width of the layer. */
  readonly rows: number;
  readonly width: number;
}

export interface RecurrentState extends StateShape {
  /** [E, n, width] */
  readonly values: Float32Array;
}

export class RecurrentStates {
  /** E */
  readonly count: number;
  /** Empty without recurrence. */
  readonly all: readonly RecurrentState[];

  /** All zero. */
  constructor(shapes: readonly StateShape[], count: number) {
    this.count = count;
    this.all = shapes.map((shape) => ({
      ...shape,
      values: new Float32Array(count * shape.rows * shape.width),
    }));
  }

  /** Runs a program that has these states as inputs and outputs, which moves them on. */
  run(program: Program): void {
    for (const { name, values } of this.all) program.input(name).set(values);
    program.run();
    for (const { name, values } of this.all) values.set(program.output(name));
  }

  /** Forgets an environment's episode. */
  reset(environment: number): void {
    for (const { rows, width, values } of this.all) {
      const size = rows * width;
      values.fill(0, environment * size, (environment + 1) * size);
    }
  }

  /** All states of a row of `whose` in an environment. Views. */
  row(whose: string, row: number, environment: number): Float32Array[] {
    return this.all
      .filter(({ name }) => name.startsWith(`state/${whose}/`))
      .map(({ rows, width, values }) => {
        const at = (environment * rows + row) * width;
        return values.subarray(at, at + width);
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

  /** Copies the states of others, of equally many environments. */
  set(others: RecurrentStates): void {
    this.all.forEach(({ values }, k) => {
      values.set(others.all[k]!.values);
    });
  }
}

/** A network's states: h (and c of an LSTM) of each layer in order; none without recurrence. */
export function statesOf(spec: NetworkSpec, whose: string, rows: number): StateShape[] {
  const widths = recurrentLayersOf(spec).flatMap(({ cell, width }) => STATES[cell].map(() => width));
  return widths.map((width, k) => ({ name: `state/${whose}/${k}`, rows, width }));
}

/** As outputsOf() one step further: `states` are inputs and outputs of the graph. */
export function nextOutputsOf(
  place: GraphOfPolicy,
  network: string,
  input: readonly RowPart[],
  group: ParameterGroup,
  sources: RowSources,
  states: readonly StateShape[],
): Value {
  const { graph } = place;
  const before = states.map(({ name, rows, width }) => graph.input(name, rows, width));
  const { outputs, states: after } = outputsAndStatesOf(place, network, input, group, sources, before);
  after.forEach((state, k) => {
    graph.output(states[k]!.name, state);
  });
  return outputs;
}
