/**
 * The symmetries of a particle world: bodies that are alike change places, and the plane is turned by quarters and
 * mirrored. A scenario says what the columns of its observations are and which bodies are alike; the tables of
 * core/symmetry.ts follow from that. They are used for augmentation, not by the world itself.
 */
import type { JointSpec } from '../../core/joint-spec.ts';
import type { Symmetry } from '../../core/symmetry.ts';
import { EnvironmentError } from '../errors.ts';
import { MOVES } from './actions.ts';
import type { Agent } from './bodies.ts';

/** What a column of an agent's observation is. No two columns of one agent are the same. */
export interface Column {
  readonly what: string;
  /** The entity that it tells of (agents first, then landmarks); null where it is the observer itself or a slot. */
  readonly of: number | null;
  /** Whether it is a component of a vector of the plane. */
  readonly axis: 'x' | 'y' | null;
}

/** The two columns of a vector. */
export function vector(what: string, of: number | null = null): Column[] {
  return [
    { what, of, axis: 'x' },
    { what, of, axis: 'y' },
  ];
}

/** A vector for each of some entities. */
export function vectors(what: string, entities: readonly number[]): Column[] {
  return entities.flatMap((of) => vector(what, of));
}

/** `count` columns that no turn of the plane changes. */
export function numbers(what: string, count: number, of: number | null = null): Column[] {
  return Array.from({ length: count }, (_, k) => ({ what: `${what} ${k}`, of, axis: null }));
}

/** The entities first .. end-1. */
export function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, k) => first + k);
}

/** What a scenario declares. */
export interface SymmetryDeclaration {
  /** The columns of an agent's observation, in order. */
  columns(agent: number): readonly Column[];
  /** Sets of entities that may change places: they have the same body, part in the rewards and draw of the start. */
  readonly alike: readonly (readonly number[])[];
  /** Whether the plane may be turned and mirrored. */
  readonly plane: boolean;
}

/** A linear map of the plane onto itself: x' = xSign times the component xFrom, y' = ySign times the other one. */
export interface PlaneMap {
  readonly xFrom: 'x' | 'y';
  readonly xSign: 1 | -1;
  readonly ySign: 1 | -1;
}

/** A symmetry with what it does to the world itself. */
export interface WorldSymmetry extends Symmetry {
  /** Entity s takes the place of entity entityFrom[s]. */
  readonly entityFrom: readonly number[];
  readonly plane: PlaneMap;
}

/** Largest number of entries in all tables: 32 MB. */
const MOST_ENTRIES = 1 << 22;
const IDENTITY: PlaneMap = { xFrom: 'x', xSign: 1, ySign: 1 };

/** The 4 turns of the square and the 4 mirrors. */
const PLANE_MAPS: readonly PlaneMap[] = (['x', 'y'] as const).flatMap((xFrom) =>
  ([1, -1] as const).flatMap((xSign) => ([1, -1] as const).map((ySign) => ({ xFrom, xSign, ySign }))),
);

/**
 * The group that a scenario declares, as core/symmetry.ts wants it. A uniform order of k bodies is a product of swaps:
 * body m = 1 .. k-1 in turn changes places with one of the bodies 0 .. m (Fisher and Yates).
 * @throws EnvironmentError where the tables would be too large
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
            `${name}: expected that ${agents[source]!.name} sees ${what} as ${agents[i]!.name} does`,
          );
        obsFrom.push(spec.obsOffsets[source]! + place);
        obsSign.push(from?.sign ?? 1);
      }
      const { actWidth, actionKind } = spec.agents[i]!;
      for (let k = 0; k < actWidth; k++) {
        // Of a Box the first five numbers are moves; a Discrete has the five moves once for each message.
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

/** Which component of a vector becomes this one, and with which sign. */
function sourceOf(axis: 'x' | 'y', { xFrom, xSign, ySign }: PlaneMap): { axis: 'x' | 'y'; sign: 1 | -1 } {
  return axis === 'x' ? { axis: xFrom, sign: xSign } : { axis: xFrom === 'x' ? 'y' : 'x', sign: ySign };
}

/** Which move (none, left, right, down, up) becomes this one. */
function moveFrom(move: number, plane: PlaneMap): number {
  if (move === 0) return 0;
  const { axis, sign } = sourceOf(move <= 2 ? 'x' : 'y', plane);
  const positive = move % 2 === 0;
  return (axis === 'x' ? 1 : 3) + (positive === (sign === 1) ? 1 : 0);
}
