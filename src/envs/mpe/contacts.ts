/**
 * Contacts: the forces that push bodies of the particle world apart when they touch. world.ts adds them to the
 * agents' own forces before it moves anybody. Operations in MPE2's order, so that the sums have its bits.
 */
import { EXP_UNDERFLOW, exp, log1p } from '../../core/math.ts';
import type { Landmark } from './bodies.ts';

/** The arrays of a world that contacts read and write; MpeWorld is one. */
export interface ContactWorld {
  /** N */
  readonly agentCount: number;
  /** M */
  readonly entityCount: number;
  /** [E, M, 2] */
  readonly positions: Float64Array;
  /** [E, N, 2] */
  readonly force: Float64Array;
}

const FORCE = 100;
const MARGIN = 0.001;

export class Contacts {
  /** The pairs of entities that push each other, as 2a, 2b: a < b, and at least a is an agent. */
  readonly #pairs: Int32Array; // [P, 2]
  /** Sum of the radii. */
  readonly #reach: Float64Array; // [P]
  /** Squared distance from which the force is exactly 0. */
  readonly #far: Float64Array; // [P]
  /** Squared distance from which the force is faint: below 1e-27. */
  readonly #faint: Float64Array; // [P]
  /** Scratch: the pairs whose force counts. */
  readonly #near: Int32Array; // [P]

  constructor(agents: readonly Landmark[], landmarks: readonly Landmark[]) {
    const entities = [...agents, ...landmarks];
    const pairs: [a: number, b: number, reach: number][] = [];
    for (let a = 0; a < agents.length; a++)
      for (let b = a + 1; b < entities.length; b++)
        if (entities[a]!.collide && entities[b]!.collide)
          pairs.push([a, b, entities[a]!.size + entities[b]!.size]);
    this.#pairs = Int32Array.from(pairs.flatMap(([a, b]) => [2 * a, 2 * b]));
    this.#reach = Float64Array.from(pairs, ([, , reach]) => reach);
    this.#far = this.#reach.map((reach) => (reach - 1.01 * EXP_UNDERFLOW * MARGIN) ** 2);
    this.#faint = this.#reach.map((reach) => (reach + 60 * MARGIN) ** 2);
    this.#near = new Int32Array(pairs.length);
  }

  /**
   * Adds the forces of environment e to world.force, pair after pair. Two kinds of pairs are skipped, since they
   * would not change a bit: those so far apart that exp underflows to exactly 0, and, as long as no agent's force
   * is so small that it would show, those whose force is faint: it is lost in the rounding of the sum.
   */
  push(world: ContactWorld, e: number): void {
    if (this.#near.length === 0) return;
    let lost = absorbAll(world, e);
    let found = this.#findNear(world, e, 0, lost ? this.#faint : this.#far);
    for (let k = 0; k < found; k++) {
      const pair = this.#near[k]!;
      const absorbing = this.#pushPair(world, e, pair);
      if (!lost || absorbing) continue;
      // Two forces have cancelled out: for the pairs that are left, faint ones count.
      lost = false;
      found = this.#findNear(world, e, pair + 1, this.#far);
      k = -1;
    }
  }

  /** Lists in #near the pairs from `first` on that are nearer than their squared `limits`, and counts them. */
  #findNear(
    { positions, entityCount }: ContactWorld,
    e: number,
    first: number,
    limits: Float64Array,
  ): number {
    const pairs = this.#pairs;
    const near = this.#near;
    const base = e * entityCount * 2;
    let found = 0;
    for (let pair = first; pair < near.length; pair++) {
      const a = base + pairs[2 * pair]!;
      const b = base + pairs[2 * pair + 1]!;
      const dx = positions[a]! - positions[b]!;
      const dy = positions[a + 1]! - positions[b + 1]!;
      if (dx * dx + dy * dy > limits[pair]!) continue; // what is NaN counts
      near[found++] = pair;
    }
    return found;
  }

  /**
   * Pushes a pair apart by 100 k log(1 + exp(-gap / k)), k = 0.001. Says whether both agents' forces are such that
   * faint ones still do not show.
   */
  #pushPair({ positions, force, entityCount, agentCount }: ContactWorld, e: number, pair: number): boolean {
    const a = this.#pairs[2 * pair]!;
    const b = this.#pairs[2 * pair + 1]!;
    const base = e * entityCount * 2;
    const dx = positions[base + a]! - positions[base + b]!;
    const dy = positions[base + a + 1]! - positions[base + b + 1]!;
    const distance = Math.sqrt(dx * dx + dy * dy);
    const gap = (distance - this.#reach[pair]!) / MARGIN;
    const penetration = (gap > 0 ? log1p(exp(-gap)) : -gap + log1p(exp(gap))) * MARGIN;
    const fx = ((FORCE * dx) / distance) * penetration;
    const fy = ((FORCE * dy) / distance) * penetration;
    // Forces on what cannot move are gathered too and never used.
    const own = e * agentCount * 2;
    const ax = fx + force[own + a]!;
    const ay = fy + force[own + a + 1]!;
    force[own + a] = ax;
    force[own + a + 1] = ay;
    if (b >= agentCount * 2) return absorbs(ax) && absorbs(ay);
    const bx = force[own + b]! - fx;
    const by = force[own + b + 1]! - fy;
    force[own + b] = bx;
    force[own + b + 1] = by;
    return absorbs(ax) && absorbs(ay) && absorbs(bx) && absorbs(by);
  }
}

/** Whether a faint force (below 1e-27) would change no bit of this one: 1e-9 has an ulp of 2e-25. */
function absorbs(force: number): boolean {
  return Math.abs(force) > 1e-9;
}

/** Whether that holds for all agents of environment e. */
function absorbAll({ force, agentCount }: ContactWorld, e: number): boolean {
  const end = (e + 1) * agentCount * 2;
  for (let c = e * agentCount * 2; c < end; c++) if (!absorbs(force[c]!)) return false;
  return true;
}
