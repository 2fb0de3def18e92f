/**
 * Contacts: the forces that push touching bodies apart. world.ts adds them to the agents' own forces before moving them.
 * Operations are in MPE2's order, so the sums are equal bit for bit.
 */
import { EXP_UNDERFLOW, exp, log1p } from '../../core/math.ts';
import type { Landmark } from './bodies.ts';

/** The part of MpeWorld that contacts need. */
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
  /** Pairs of colliding entities, stored as 2a, 2b; a < b, and a is an agent. */
  readonly #pairs: Int32Array; // [P, 2]
  /** Sum of the radii. */
  readonly #reach: Float64Array; // [P]
  /** Squared distance beyond which the force is exactly 0. */
  readonly #far: Float64Array; // [P]
  /** Squared distance beyond which the force is negligible: below 1e-27. */
  readonly #negligible: Float64Array; // [P]
  /** Scratch: pairs whose force is not skipped. */
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
    this.#negligible = this.#reach.map((reach) => (reach + 60 * MARGIN) ** 2);
    this.#near = new Int32Array(pairs.length);
  }

  /**
   * Adds the contact forces of environment e to world.force. Skips two kinds of pairs without changing a bit: those so
   * far apart that exp underflows to 0, and, while every agent's force is large enough to absorb them in rounding, those
   * with a negligible force.
   */
  push(world: ContactWorld, e: number): void {
    if (this.#near.length === 0) return;
    let absorbed = absorbAll(world, e);
    let found = this.#findNear(world, e, 0, absorbed ? this.#negligible : this.#far);
    for (let k = 0; k < found; k++) {
      const pair = this.#near[k]!;
      const absorbing = this.#pushPair(world, e, pair);
      if (!absorbed || absorbing) continue;
      // Two forces cancelled out: from here on negligible ones count.
      absorbed = false;
      found = this.#findNear(world, e, pair + 1, this.#far);
      k = -1;
    }
  }

  /** Lists in #near the pairs from `first` on that are within their squared `limits`; returns their count. */
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
      if (dx * dx + dy * dy > limits[pair]!) continue; // false for NaN, which counts as near
      near[found++] = pair;
    }
    return found;
  }

  /**
   * Pushes a pair apart with the force 100 k log(1 + exp(-gap / k)), k = 0.001. Returns whether the resulting forces
   * still absorb negligible ones.
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
    // Forces on stationary agents are summed too, and ignored.
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

/** Whether adding a force below 1e-27 would not change a bit: 1e-9 has an ulp of 2e-25. */
function absorbs(force: number): boolean {
  return Math.abs(force) > 1e-9;
}

/** absorbs() for every force in environment e. */
function absorbAll({ force, agentCount }: ContactWorld, e: number): boolean {
  const end = (e + 1) * agentCount * 2;
  for (let c = e * agentCount * 2; c < end; c++) if (!absorbs(force[c]!)) return false;
  return true;
}
