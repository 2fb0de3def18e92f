/**
 * Symmetries of a particle world: permutations of interchangeable bodies, and quarter turns and reflections of the plane.
 * A scenario declares the columns of its observations and which bodies are interchangeable; this file derives the tables
 * of core/symmetry.ts. They serve data augmentation; the world does not use them.
 */
import type { JointSpec } from '../../core/joint-spec.ts';
import type { Symmetry } from '../../core/symmetry.ts';
import { EnvironmentError } from '../errors.ts';
import { MOVES } from './actions.ts';
import type { Agent } from './bodies.ts';

/** The meaning of one observation column, unique within an agent. */
export interface Column {
  readonly what: string;
  /** The entity it describes (agents first, then landmarks); null for the observer itself or a neighbour slot. */
  readonly of: number | null;
  /** The component, if it is part of a vector in the plane. */
  readonly axis: 'x' | 'y' | null;
}

/** The two columns of a vector. */
export function vector(what: string, of: number | null = null): Column[] {
  return [
    { what, of, axis: 'x' },
    { what, of, axis: 'y' },
  ];
}

/** The columns of one vector per entity. */
export function vectors(what: string, entities: readonly number[]): Column[] {
  return entities.flatMap((of) => vector(what, of));
}

/** `count` scalar columns, unchanged by maps of the plane. */
export function numbers(what: string, count: number, of: number | null = null): Column[] {
  return Array.from({ length: count }, (_, k) => ({ what: `${what} ${k}`, of, axis: null }));
}

/** The entities first .. end-1. */
export function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, k) => first + k);
}

export interface SymmetryDeclaration {
  /** The columns of an agent's observation, in order. */
  columns(agent: number): readonly Column[];
  /** Sets of interchangeable entities: equal in body, rewards and initial distribution. */
  readonly alike: readonly (readonly number[])[];
  /** Whether the task is invariant under turns and reflections of the plane. */
  readonly plane: boolean;
}

/** A symmetry of the square: x' = xSign times the component xFrom, y' = ySign times the other component. */
export interface PlaneMap {
  readonly xFrom: 'x' | 'y';
  readonly xSign: 1 | -1;
  readonly ySign: 1 | -1;
}

/** A symmetry together with its effect on the world. */
export interface WorldSymmetry extends Symmetry {
  /** Entity s takes the place of entity entityFrom[s], [M]. */
  readonly entityFrom: readonly number[];
  readonly plane: PlaneMap;
}

/** Limit on the entries of all tables: 32 MB. */
const MOST_ENTRIES = 1 << 22;
const IDENTITY: PlaneMap = { xFrom: 'x', xSign: 1, ySign: 1 };

/** The 8 symmetries of the square: 4 turns, 4 reflections. */
const PLANE_MAPS: readonly PlaneMap[] = (['x', 'y'] as const).flatMap((xFrom) =>
  ([1, -1] as const).flatMap((xSign) => ([1, -1] as const).map((ySign) => ({ xFrom, xSign, ySign }))),
);

/**
 * The group that a scenario declares, as the factors of core/symmetry.ts. A uniform permutation of k bodies is a product
 * of swaps: for m = 1 .. k-1, body m swaps with one of the bodies 0 .. m (Fisher-Yates).
 * @throws EnvironmentError if the tables would be too large
 */
export function symmetryGroup(
  name: string,
  { agents, entityCount }: { agents: readonly Agent[]; entityCount: number },
  spec: JointSpec,
  declared: SymmetryDeclaration,
): WorldSymmetry[][] {
  const rest = range(0, entityCount);
  const orders = declared.alike.flatMap((bodies) =>
    bodies
      .slice(1)
      .map((body, m) => [rest, ...bodies.slice(0, m + 1).map((other) => swapped(rest, body, other))]),
  );
  const maps = declared.plane ? PLANE_MAPS : [];
  const tables = orders.reduce((sum, { length }) => sum + length, maps.length);
  const entries = tables * (spec.obsTotal + spec.actTotal);
  if (entries > MOST_ENTRIES)
    throw new EnvironmentError(
      'augmentation',
      `symmetries of at most ${MOST_ENTRIES} table entries`,
      `${entries} of ${name} with ${agents.length} agents`,
      'set augmentation to none or lower the number of agents',
    );
  const tableOf = tableMaker(name, agents, spec, declared);
  const factors = orders.map((factor) => factor.map((order) => tableOf(order, IDENTITY)));
  if (maps.length > 0) factors.push(maps.map((map) => tableOf(rest, map)));
  return factors;
}

function swapped(order: readonly number[], a: number, b: number): number[] {
  return order.map((s) => (s === a ? b : s === b ? a : s));
}

function tableMaker(
  name: string,
  agents: readonly Agent[],
  spec: JointSpec,
  declared: SymmetryDeclaration,
): (entityFrom: readonly number[], plane: PlaneMap) => WorldSymmetry {
  const columns = agents.map((_, i) => declared.columns(i));
  const places = columns.map((own) => new Map(own.map((column, c) => [keyOf(column), c])));
  return (entityFrom, plane) => {
    const obsFrom: number[] = [];
    const obsSign: number[] = [];
    const actFrom: number[] = [];
    agents.forEach(({ movable }, i) => {
      const source = entityFrom[i]!;
      for (const { what, of, axis } of columns[i]!) {
        const from = axis && sourceOf(axis, plane);
        const place = places[source]!.get(
          keyOf({ what, of: of === null ? null : entityFrom[of]!, axis: from && from.axis }),
        );
        if (place === undefined)
          throw new Error(
            `${name}: expected ${agents[source]!.name} to observe ${what} like ${agents[i]!.name}`,
          );
        obsFrom.push(spec.obsOffsets[source]! + place);
        obsSign.push(from?.sign ?? 1);
      }
      const { actWidth, actionKind } = spec.agents[i]!;
      for (let k = 0; k < actWidth; k++) {
        // In a Box the first five numbers are moves; a Discrete repeats the five moves for each message.
        const moves = movable && (actionKind === 'discrete' || k < MOVES);
        const from = moves ? k - (k % MOVES) + moveFrom(k % MOVES, plane) : k;
        actFrom.push(spec.actOffsets[source]! + from);
      }
    });
    return {
      obsFrom: Int32Array.from(obsFrom),
      obsSign: Float32Array.from(obsSign),
      actFrom: Int32Array.from(actFrom),
      agentFrom: Int32Array.from(agents, (_, i) => entityFrom[i]!),
      entityFrom,
      plane,
    };
  };
}

function keyOf({ what, of, axis }: Column): string {
  return `${what}|${of ?? ''}|${axis ?? ''}`;
}

/** The component of a vector that becomes this one, and its sign. */
function sourceOf(axis: 'x' | 'y', { xFrom, xSign, ySign }: PlaneMap): { axis: 'x' | 'y'; sign: 1 | -1 } {
  return axis === 'x' ? { axis: xFrom, sign: xSign } : { axis: xFrom === 'x' ? 'y' : 'x', sign: ySign };
}

/** The move (none, left, right, down, up) that becomes this one. */
function moveFrom(move: number, plane: PlaneMap): number {
  if (move === 0) return 0;
  const { axis, sign } = sourceOf(move <= 2 ? 'x' : 'y', plane);
  const positive = move % 2 === 0;
  return (axis === 'x' ? 1 : 3) + (positive === (sign === 1) ? 1 : 0);
}
