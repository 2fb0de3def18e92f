/** collect_treasure_v1 as in MPE2 1.1.1, documented by `manual`. */

import { Pcg64 } from '../../../core/random.ts';
import { agent, landmark } from '../bodies.ts';
import { writePosition, writeRelative, writeVelocity, writeZeros } from '../observations.ts';
import type { OptionTable, OptionValues } from '../options.ts';
import type { BenchmarkData, Scenario } from '../scenario.ts';
import { defineScenario } from '../scenario.ts';
import type { Column, SymmetryDeclaration } from '../symmetries.ts';
import { numbers, range, vector } from '../symmetries.ts';
import type { MpeWorld } from '../world.ts';

const manual = `collect_treasure: collectors pick up treasures of several types and carry each
to the deposit of its type.

Agents     collector_0 .. (radius 0.05, mass 1), then deposit_0 .. (radius
           0.075, mass 2.25; deposit j takes type j): force 1.5, speed limit
           1.0, silent. They do not collide. Deposits move too.
Landmarks  treasures of radius 0.025. They do not collide.
Start      agents uniform in [-1, 1)^2, then for each treasure its type and its
           position in [-0.95, 0.95)^2; at rest.
Actions    one of 5 moves (none, left, right, down, up); with
           continuous_actions, 5 numbers in [0, 1], one per move.
Step       After the physics, treasure by treasure: the first empty-handed
           collector that touches it picks it up; a treasure picked up in an
           earlier step respawns with a new position and type. Then every
           collector that touches the matching deposit delivers what it holds.
           Respawns draw from a copy of the generator, taken before the
           episode's own draws.
Observes   own position (2), own velocity (2), for a collector what it holds
           (one-hot, T types); the other agents, nearest first: relative
           position (2), velocity (2), a deposit's type (T), what a collector
           holds (T), both one-hot; the treasures, nearest first: relative
           position (2), type (one-hot, T), zeros for one that is picked up.
Reward     all: +5 for every pick-up and every delivery of this step
           collector: -5 per other collector it touches, and -0.1 d(collector,
           nearest treasure) or, if it holds one, -0.1 d(collector, its
           deposit)
           deposit: -0.1 d(deposit, nearest collector that holds its type) or,
           if there is none, -0.1 d(deposit, mean of all collectors)
Ends       after max_cycles steps (truncation).
Benchmark  collector: [type it holds or null, treasures not picked up]; deposit:
           [collectors that hold its type, treasures not picked up].
Options    num_collectors, num_deposits, num_treasures and the common ones,
           listed below.
`;

const EVENT_REWARD = 5;
const OVERLAP_PENALTY = 5;
const NOTHING = -1;
/** Both coordinates of a treasure that is picked up. */
export const AWAY = -999;

const options = {
  num_collectors: { type: 'integer', default: 6, min: 1, max: 256, doc: 'Number of collectors.' },
  num_deposits: {
    type: 'integer',
    default: 2,
    min: 1,
    max: 6,
    doc: 'Number of deposits, and of treasure types.',
  },
  num_treasures: { type: 'integer', default: 6, min: 1, max: 256, doc: 'Number of treasures.' },
} as const satisfies OptionTable;

class CollectTreasure implements Scenario {
  readonly agents;
  readonly landmarks;
  readonly messageWidth = 2;
  /** Words: [pick-ups and deliveries of this step, copied generator, type each collector holds, type of each treasure] */
  readonly stateWidth: number;
  readonly stageCount = 1;
  readonly #collectors: number;
  readonly #types: number;
  // Offsets into these words.
  readonly #holds = 1 + Pcg64.STATE_WORDS;
  readonly #kinds: number;
  readonly #respawns = new Pcg64(0);
  // Scratch for sorting observations.
  readonly #order: Int32Array;
  readonly #distances: Float64Array;

  constructor({ num_collectors, num_deposits, num_treasures }: OptionValues<typeof options>) {
    const body = { collide: false, accel: 1.5, maxSpeed: 1 };
    this.agents = [
      ...Array.from({ length: num_collectors }, (_, i) => agent(`collector_${i}`, body)),
      ...Array.from({ length: num_deposits }, (_, j) =>
        agent(`deposit_${j}`, { ...body, size: 0.075, mass: 2.25 }),
      ),
    ];
    this.landmarks = Array.from({ length: num_treasures }, (_, l) => landmark(`treasure ${l}`, 0.025));
    this.#collectors = num_collectors;
    this.#types = num_deposits;
    this.#kinds = this.#holds + num_collectors;
    this.stateWidth = this.#kinds + num_treasures;
    const most = Math.max(this.agents.length, num_treasures);
    this.#order = new Int32Array(most);
    this.#distances = new Float64Array(most);
  }

  observationWidth(i: number): number {
    const own = i < this.#collectors ? 4 + this.#types : 4;
    const other = 4 + 2 * this.#types;
    return own + other * (this.agents.length - 1) + (2 + this.#types) * this.landmarks.length;
  }

  reset(world: MpeWorld, e: number, generator: Pcg64): void {
    const words = e * this.stateWidth;
    world.state[words] = 0;
    generator.writeState(world.state, words + 1);
    world.state.fill(NOTHING, words + this.#holds, words + this.#kinds);
    const n = world.agentCount;
    world.scatter(e, 0, n, -1, 1, generator);
    for (let treasure = n; treasure < world.entityCount; treasure++) {
      world.state[words + this.#kinds + treasure - n] = generator.integers(this.#types);
      world.scatter(e, treasure, treasure + 1, -0.95, 0.95, generator);
    }
  }

  afterPhysics(world: MpeWorld, e: number): void {
    const n = world.agentCount;
    const words = e * this.stateWidth;
    let events = 0;
    for (let treasure = n; treasure < world.entityCount; treasure++) {
      if (!isPresent(world, e, treasure)) this.#respawn(world, e, treasure);
      else if (this.#pickUp(world, e, treasure)) events++;
    }
    for (let i = 0; i < this.#collectors; i++) {
      const held = world.state[words + this.#holds + i]!;
      if (held === NOTHING || !world.touching(e, i, this.#collectors + held)) continue;
      world.state[words + this.#holds + i] = NOTHING;
      events++;
    }
    world.state[words] = events;
  }

  /** Gives the treasure to the first empty-handed collector touching it. Returns whether there was one. */
  #pickUp(world: MpeWorld, e: number, treasure: number): boolean {
    const words = e * this.stateWidth;
    for (let i = 0; i < this.#collectors; i++) {
      if (world.state[words + this.#holds + i] !== NOTHING || !world.touching(e, i, treasure)) continue;
      world.state[words + this.#holds + i] = world.state[words + this.#kinds + treasure - world.agentCount]!;
      const p = (e * world.entityCount + treasure) * 2;
      world.positions[p] = AWAY;
      world.positions[p + 1] = AWAY;
      return true;
    }
    return false;
  }

  #respawn(world: MpeWorld, e: number, treasure: number): void {
    const words = e * this.stateWidth;
    const generator = this.#respawns;
    generator.readState(world.state, words + 1);
    generator.double(); // MPE2 draws whether it respawns, with probability 1
    world.scatter(e, treasure, treasure + 1, -0.95, 0.95, generator);
    world.state[words + this.#kinds + treasure - world.agentCount] = generator.integers(this.#types);
    generator.writeState(world.state, words + 1);
  }

  rewards(world: MpeWorld, e: number, out: Float64Array, at: number): void {
    const events = EVENT_REWARD * world.state[e * this.stateWidth]!;
    for (let i = 0; i < this.#collectors; i++)
      out[at + i] = events - this.#overlapPenalty(world, e, i) - 0.1 * this.#collectorDistance(world, e, i);
    for (let i = this.#collectors; i < world.agentCount; i++)
      out[at + i] = events - 0.1 * this.#depositDistance(world, e, i);
  }

  #overlapPenalty(world: MpeWorld, e: number, i: number): number {
    let penalty = 0;
    for (let other = 0; other < this.#collectors; other++)
      if (other !== i && world.touching(e, i, other)) penalty += OVERLAP_PENALTY;
    return penalty;
  }

  /** Distance to the nearest treasure, or to the deposit of what it holds; 0 if no treasure is left. */
  #collectorDistance(world: MpeWorld, e: number, i: number): number {
    const held = world.state[e * this.stateWidth + this.#holds + i]!;
    if (held !== NOTHING) return world.distance(e, i, this.#collectors + held);
    let nearest = Infinity;
    for (let treasure = world.agentCount; treasure < world.entityCount; treasure++)
      if (isPresent(world, e, treasure)) nearest = Math.min(nearest, world.distance(e, i, treasure));
    return nearest === Infinity ? 0 : nearest;
  }

  /** Distance to the nearest collector that holds its type, or to the mean of all collectors. */
  #depositDistance(world: MpeWorld, e: number, deposit: number): number {
    const { positions, state } = world;
    const holds = e * this.stateWidth + this.#holds;
    const base = e * world.entityCount * 2;
    let nearest = Infinity;
    let x = 0;
    let y = 0;
    for (let i = 0; i < this.#collectors; i++) {
      x += positions[base + 2 * i]!;
      y += positions[base + 2 * i + 1]!;
      if (state[holds + i] === deposit - this.#collectors)
        nearest = Math.min(nearest, world.distance(e, i, deposit));
    }
    if (nearest < Infinity) return nearest;
    const dx = x / this.#collectors - positions[base + 2 * deposit]!;
    const dy = y / this.#collectors - positions[base + 2 * deposit + 1]!;
    return Math.sqrt(dx * dx + dy * dy);
  }

  observe(world: MpeWorld, e: number, out: Float32Array, start: number): void {
    const n = world.agentCount;
    const order = this.#order;
    let at = start;
    for (let i = 0; i < n; i++) {
      at = writePosition(world, e, i, out, at);
      at = writeVelocity(world, e, i, out, at);
      if (i < this.#collectors) at = this.#writeType(this.#held(world, e, i), out, at);
      const others = this.#sort(world, e, i, 0, n);
      for (let k = 0; k < others; k++) at = this.#writeOther(world, e, i, order[k]!, out, at);
      const treasures = this.#sort(world, e, i, n, world.entityCount);
      for (let k = 0; k < treasures; k++) at = this.#writeTreasure(world, e, i, order[k]!, out, at);
    }
  }

  /**
   * The plane only: of two collectors that touch a treasure, the first gets it. Respawned treasures are as likely anywhere
   * as in their mirror image.
   */
  symmetries(): SymmetryDeclaration {
    const types = this.#types;
    const other = (k: number): Column[] => [
      ...vector(`agent in slot ${k}`),
      ...vector(`velocity in slot ${k}`),
      ...numbers(`types in slot ${k}`, 2 * types),
    ];
    const treasure = (k: number): Column[] => [
      ...vector(`treasure in slot ${k}`),
      ...numbers(`its type in slot ${k}`, types),
    ];
    return {
      columns: (i) => [
        ...vector('own position'),
        ...vector('own velocity'),
        ...(i < this.#collectors ? numbers('own type', types) : []),
        ...range(1, this.agents.length).flatMap(other),
        ...this.landmarks.flatMap((_, k) => treasure(k)),
      ],
      alike: [],
      plane: true,
    };
  }

  /** Sorts entities first .. end-1 without agent i into #order, nearest first, absent treasures last. */
  #sort(world: MpeWorld, e: number, i: number, first: number, end: number): number {
    const { positions } = world;
    const order = this.#order;
    const distances = this.#distances;
    const base = e * world.entityCount * 2;
    const x = positions[base + 2 * i]!;
    const y = positions[base + 2 * i + 1]!;
    let count = 0;
    for (let entity = first; entity < end; entity++) {
      if (entity === i) continue;
      const ex = positions[base + 2 * entity]!;
      const dx = ex - x;
      const dy = positions[base + 2 * entity + 1]! - y;
      const distance = first > 0 && ex === AWAY ? Infinity : dx * dx + dy * dy;
      let slot = count++;
      for (; slot > 0 && distances[slot - 1]! > distance; slot--) {
        distances[slot] = distances[slot - 1]!;
        order[slot] = order[slot - 1]!;
      }
      distances[slot] = distance;
      order[slot] = entity;
    }
    return count;
  }

  #writeOther(
    world: MpeWorld,
    e: number,
    i: number,
    other: number,
    out: Float32Array,
    start: number,
  ): number {
    const collectors = this.#collectors;
    let at = writeRelative(world, e, other, other + 1, i, out, start);
    at = writeVelocity(world, e, other, out, at);
    at = this.#writeType(other < collectors ? NOTHING : other - collectors, out, at);
    return this.#writeType(other < collectors ? this.#held(world, e, other) : NOTHING, out, at);
  }

  #writeTreasure(
    world: MpeWorld,
    e: number,
    i: number,
    treasure: number,
    out: Float32Array,
    start: number,
  ): number {
    if (!isPresent(world, e, treasure)) return writeZeros(2 + this.#types, out, start);
    const at = writeRelative(world, e, treasure, treasure + 1, i, out, start);
    const type = world.state[e * this.stateWidth + this.#kinds + treasure - world.agentCount]!;
    return this.#writeType(type, out, at);
  }

  /** One-hot; all zeros for NOTHING. */
  #writeType(type: number, out: Float32Array, at: number): number {
    const types = this.#types;
    for (let k = 0; k < types; k++) out[at + k] = k === type ? 1 : 0;
    return at + types;
  }

  /** The type that a collector holds, or NOTHING. */
  #held(world: MpeWorld, e: number, collector: number): number {
    return world.state[e * this.stateWidth + this.#holds + collector]!;
  }

  benchmark(world: MpeWorld, e: number, i: number): BenchmarkData {
    const words = e * this.stateWidth;
    const holds = world.state.subarray(words + this.#holds, words + this.#kinds);
    const present = this.landmarks.filter((_, l) => isPresent(world, e, world.agentCount + l)).length;
    if (i >= this.#collectors) return [holds.filter((type) => type === i - this.#collectors).length, present];
    return [holds[i] === NOTHING ? null : holds[i]!, present];
  }
}

function isPresent(world: MpeWorld, e: number, treasure: number): boolean {
  return world.positions[(e * world.entityCount + treasure) * 2] !== AWAY;
}

export const collectTreasure = defineScenario({
  id: 'collect_treasure_v1',
  manual,
  options,
  create: (values) => new CollectTreasure(values),
});
