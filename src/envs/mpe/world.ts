/**
 * MpeWorld: the state and physics of E particle worlds in typed arrays. It knows bodies, forces and messages; goals,
 * rewards and observations belong to the scenario (scenario.ts). All mutable state is in one Float64Array, `memory`, so a
 * snapshot is one copy.
 *
 * Legend: E environments, N agents, L landmarks, M = N + L entities (agents first), C message width, S scenario words.
 * Numbers are float64 and operations in MPE2's order, so results are equal bit for bit. No allocation after construction.
 */
import type { Pcg64 } from '../../core/random.ts';
import type { Entity } from '../drawing.ts';
import type { Agent, Landmark } from './bodies.ts';
import { Contacts } from './contacts.ts';

export const TIME_STEP = 0.1;
export const KEPT_VELOCITY = 0.75; // 1 - damping

export class MpeWorld {
  /** E */
  readonly count: number;
  readonly agents: readonly Agent[];
  readonly landmarks: readonly Landmark[];
  /** N */
  readonly agentCount: number;
  /** M */
  readonly entityCount: number;
  /** C */
  readonly messageWidth: number;
  /** S */
  readonly stateWidth: number;

  /** Backs all arrays below except `force`. */
  readonly memory: Float64Array;
  /** [E, M, 2] */
  readonly positions: Float64Array;
  /** [E, N, 2] */
  readonly velocities: Float64Array;
  /** Messages sent in the last step, [E, N, C]. */
  readonly messages: Float64Array;
  /** Agent.accel, which a curriculum may change, [E, N]. */
  readonly accels: Float64Array;
  /** Agent.maxSpeed, which a curriculum may change, [E, N]. */
  readonly maxSpeeds: Float64Array;
  /** Curriculum stage, 0 without a curriculum, [E]. */
  readonly stages: Float64Array;
  /** The scenario's own state: goals, keys and the like, [E, S]. */
  readonly state: Float64Array;
  /** Force on each agent, [E, N, 2]: its own before step(), including contact forces after it. */
  readonly force: Float64Array;

  /** 1 if the agent can move, [N]. */
  readonly movable: Uint8Array;
  /** 1 if the agent sends no messages, [N]. */
  readonly silent: Uint8Array;

  /** Squared distance from which entities a and b no longer overlap. */
  readonly #apart: Float64Array; // [M, M]
  readonly #masses: Float64Array; // [N]
  readonly #contacts: Contacts;

  constructor(
    count: number,
    bodies: {
      agents: readonly Agent[];
      landmarks: readonly Landmark[];
      messageWidth: number;
      stateWidth: number;
    },
  ) {
    const { agents, landmarks, messageWidth, stateWidth } = bodies;
    const n = agents.length;
    const m = n + landmarks.length;
    this.count = count;
    this.agents = agents;
    this.landmarks = landmarks;
    this.agentCount = n;
    this.entityCount = m;
    this.messageWidth = messageWidth;
    this.stateWidth = stateWidth;

    const sizes = [m * 2, n * 2, n * messageWidth, n, n, 1, stateWidth].map((width) => width * count);
    this.memory = new Float64Array(sizes.reduce((sum, size) => sum + size, 0));
    let at = 0;
    const [positions, velocities, messages, accels, maxSpeeds, stages, state] = sizes.map((size) =>
      this.memory.subarray(at, (at += size)),
    );
    this.positions = positions!;
    this.velocities = velocities!;
    this.messages = messages!;
    this.accels = accels!;
    this.maxSpeeds = maxSpeeds!;
    this.stages = stages!;
    this.state = state!;
    this.force = new Float64Array(count * n * 2);
    this.movable = Uint8Array.from(agents, ({ movable }) => (movable ? 1 : 0));
    this.silent = Uint8Array.from(agents, ({ silent }) => (silent ? 1 : 0));
    this.#masses = Float64Array.from(agents, ({ mass }) => mass);

    const entities = [...agents, ...landmarks];
    this.#apart = Float64Array.from(
      entities.flatMap((a) => entities.map((b) => leastSquare(a.size + b.size))),
    );
    this.#contacts = new Contacts(agents, landmarks);
  }

  /** Zeroes velocities and messages of environment e and restores the agents' accelerations and speed limits. */
  clear(e: number): void {
    const n = this.agentCount;
    this.velocities.fill(0, e * n * 2, (e + 1) * n * 2);
    this.messages.fill(0, e * n * this.messageWidth, (e + 1) * n * this.messageWidth);
    for (let i = 0; i < n; i++) {
      this.accels[e * n + i] = this.agents[i]!.accel;
      this.maxSpeeds[e * n + i] = this.agents[i]!.maxSpeed;
    }
  }

  /** The bodies of environment e, agents first. */
  entities(e: number): Entity[] {
    return [...this.agents, ...this.landmarks].map(({ name, size }, k) => {
      const p = (e * this.entityCount + k) * 2;
      const [x, y] = [this.positions[p]!, this.positions[p + 1]!];
      return { name, isAgent: k < this.agentCount, radius: size, x, y };
    });
  }

  /** Puts body k of environment e at rest at (x, y). */
  place(e: number, k: number, x: number, y: number): void {
    this.positions.set([x, y], (e * this.entityCount + k) * 2);
    if (k < this.agentCount)
      this.velocities.fill(0, (e * this.agentCount + k) * 2, (e * this.agentCount + k + 1) * 2);
  }

  /** Draws the positions of entities first .. end-1 of environment e, x before y, uniform in [low, high). */
  scatter(e: number, first: number, end: number, low: number, high: number, generator: Pcg64): void {
    const base = e * this.entityCount * 2;
    for (let c = base + first * 2; c < base + end * 2; c++) this.positions[c] = generator.uniform(low, high);
  }

  /** Advances every environment by one step, given the agents' own forces in `force`. */
  step(): void {
    for (let e = 0; e < this.count; e++) this.#contacts.push(this, e);
    this.#move();
  }

  /** Moves positions by the old velocity, then damps, accelerates and limits the velocity. */
  #move(): void {
    const { positions, velocities, force, movable, maxSpeeds, count, agentCount, entityCount } = this;
    const masses = this.#masses;
    for (let e = 0; e < count; e++) {
      for (let i = 0; i < agentCount; i++) {
        if (movable[i] === 0) continue;
        const agent = e * agentCount + i;
        const v = agent * 2;
        const p = (e * entityCount + i) * 2;
        const mass = masses[i]!;
        const oldX = velocities[v]!;
        const oldY = velocities[v + 1]!;
        positions[p] = positions[p]! + oldX * TIME_STEP;
        positions[p + 1] = positions[p + 1]! + oldY * TIME_STEP;
        let vx = oldX * KEPT_VELOCITY + (force[v]! / mass) * TIME_STEP;
        let vy = oldY * KEPT_VELOCITY + (force[v + 1]! / mass) * TIME_STEP;
        const limit = maxSpeeds[agent]!;
        const squared = vx * vx + vy * vy;
        // The factor only lets through squares whose root might exceed the limit, which saves the other roots.
        if (squared > limit * limit * (1 - 2 ** -50)) {
          const speed = Math.sqrt(squared);
          if (speed > limit) {
            vx = (vx / speed) * limit;
            vy = (vy / speed) * limit;
          }
        }
        velocities[v] = vx;
        velocities[v + 1] = vy;
      }
    }
  }

  /** Squared distance between the centres of entities a and b of environment e. */
  squaredDistance(e: number, a: number, b: number): number {
    const { positions } = this;
    const at = e * this.entityCount;
    const dx = positions[(at + a) * 2]! - positions[(at + b) * 2]!;
    const dy = positions[(at + a) * 2 + 1]! - positions[(at + b) * 2 + 1]!;
    return dx * dx + dy * dy;
  }

  /** Distance between the centres of entities a and b of environment e. */
  distance(e: number, a: number, b: number): number {
    return Math.sqrt(this.squaredDistance(e, a, b));
  }

  /** Distance from an entity to the nearest of entities first .. end-1, Infinity if there are none. */
  nearest(e: number, entity: number, first: number, end: number): number {
    const { positions } = this;
    const at = e * this.entityCount;
    const x = positions[(at + entity) * 2]!;
    const y = positions[(at + entity) * 2 + 1]!;
    let least = Infinity;
    for (let p = (at + first) * 2; p < (at + end) * 2; p += 2) {
      const dx = positions[p]! - x;
      const dy = positions[p + 1]! - y;
      const squared = dx * dx + dy * dy;
      if (squared < least) least = squared;
    }
    // sqrt is monotonic, also in rounding.
    return Math.sqrt(least);
  }

  /** Whether entities a and b of environment e overlap. */
  touching(e: number, a: number, b: number): boolean {
    return this.squaredDistance(e, a, b) < this.#apart[a * this.entityCount + b]!;
  }

  /** How many of entities first .. end-1 overlap an entity, not counting itself. */
  countTouching(e: number, entity: number, first: number, end: number): number {
    const { positions, entityCount } = this;
    const apart = this.#apart;
    const base = e * entityCount * 2;
    const row = entity * entityCount;
    const x = positions[base + 2 * entity]!;
    const y = positions[base + 2 * entity + 1]!;
    let count = 0;
    for (let other = first; other < end; other++) {
      const dx = positions[base + 2 * other]! - x;
      const dy = positions[base + 2 * other + 1]! - y;
      if (dx * dx + dy * dy < apart[row + other]! && other !== entity) count++;
    }
    return count;
  }

  /** Writes which of entities first .. end-1 (at most 30) each agent overlaps, as bits, into out [N]. */
  markTouching(e: number, first: number, end: number, out: Int32Array): void {
    const { positions, agentCount, entityCount } = this;
    const apart = this.#apart;
    const base = e * entityCount * 2;
    for (let i = 0; i < agentCount; i++) {
      const x = positions[base + 2 * i]!;
      const y = positions[base + 2 * i + 1]!;
      let bits = 0;
      for (let other = first; other < end; other++) {
        const dx = positions[base + 2 * other]! - x;
        const dy = positions[base + 2 * other + 1]! - y;
        bits |= Number(dx * dx + dy * dy < apart[i * entityCount + other]!) << (other - first);
      }
      out[i] = bits;
    }
  }
}

/** The smallest double whose square root is not below `distance`, so squared distances compare without a root. */
export function leastSquare(distance: number): number {
  let square = distance * distance * (1 + 2 ** -50);
  for (;;) {
    const below = square * (1 - 2 ** -53); // the next smaller double
    if (below === square || Math.sqrt(below) < distance) return square;
    square = below;
  }
}
