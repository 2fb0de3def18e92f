/** simple_world_comm_v3 as in MPE2 1.1.1, documented by `manual`. */

import type { Pcg64 } from '../../../core/random.ts';
import { agent, landmark } from '../bodies.ts';
import { outOfBounds } from '../bounds.ts';
import { writeViews } from '../observations.ts';
import type { OptionTable, OptionValues } from '../options.ts';
import type { Scenario } from '../scenario.ts';
import { defineScenario, rowsOf } from '../scenario.ts';
import type { SymmetryDeclaration } from '../symmetries.ts';
import { numbers, range, vector, vectors } from '../symmetries.ts';
import type { MpeWorld } from '../world.ts';

const manual = `simple_world_comm: adversaries chase faster agents that want to eat; forests
hide whoever is inside. One adversary, the leader, sees everything and can tell
the others (predator-prey with a leader).

Agents     leadadversary_0, adversary_0 .. (radius 0.075, force 3, speed limit
           1.0), then agent_0 .. (the prey: radius 0.045, force 4, speed limit
           1.3). All collide. The leader also sends messages of 4 numbers.
Landmarks  obstacles (radius 0.2), which collide, food (0.03), forests (0.3).
Start      agents uniform in [-1, 1)^2; all landmarks, in the order above, in
           [-0.9, 0.9)^2; then food and forests once more, overwriting the
           first draw; at rest.
Actions    leader: one of 20 pairs of move (none, left, right, down, up) and
           message, choice = message * 5 + move; the others: one of 5 moves.
           With continuous_actions, 5 numbers for the move and, for the leader,
           4 for the message, all in [0, 1].
Observes   agent: own velocity (2), own position (2), relative positions of the
           landmarks (2 each) and of the others (2 each), 1 or -1 per forest
           for being inside or not, velocities of the other prey (2 each);
           adversary and leader: the same with velocities before forests, then
           the leader's message of this step (4).
           One sees another if both are in the same forest, if neither is in
           any, or if it is the leader. Zeros stand for those it does not see.
Reward     agent: -5 per adversary that touches it, -2 bound(|x|)
           -2 bound(|y|), +2 per food it touches, -0.05 min over food of
           d(agent, food)
           every adversary: +5 per touching pair of an agent and any adversary,
           -0.1 min over agents of d(adversary, agent)
           bound(z) = 0 below 0.9; 10 (z - 0.9) below 1; then
           min(exp(2z - 2), 10)
Ends       after max_cycles steps (truncation).
Benchmark  adversary and leader: number of agents it touches; agent: 0.
Options    num_good, num_adversaries, num_obstacles, num_food, num_forests and
           the common ones, listed below.
`;

const LEADER = 0;
const MESSAGE_WIDTH = 4;
/** The bit for being in no forest, above the bits of the forests. */
const OUTSIDE = 1 << 30;
/** The leader sees all: every bit is set. */
const EVERYWHERE = -1;

export const options = {
  num_good: { type: 'integer', default: 2, min: 1, max: 256, doc: 'Number of agents being chased.' },
  num_adversaries: {
    type: 'integer',
    default: 4,
    min: 1,
    max: 256,
    doc: 'Number of adversaries, including the leader.',
  },
  num_obstacles: { type: 'integer', default: 1, min: 0, max: 256, doc: 'Number of obstacles.' },
  num_food: { type: 'integer', default: 2, min: 1, max: 256, doc: 'Number of food sources.' },
  num_forests: { type: 'integer', default: 2, min: 0, max: 30, doc: 'Number of forests.' },
} as const satisfies OptionTable;

class SimpleWorldComm implements Scenario {
  readonly agents;
  readonly landmarks;
  readonly messageWidth = MESSAGE_WIDTH;
  readonly stateWidth = 0;
  readonly stageCount = 1;
  // First index of each kind of entity; adversaries start at 0.
  readonly #prey: number;
  readonly #food: number;
  readonly #forests: number;
  /** Scratch: the forests each agent is in, as bits, or OUTSIDE, [N]. Agents that share a bit see each other. */
  readonly #inside: Int32Array;
  /** Offset of each agent's observation in the joint one, [N]. */
  readonly #rows: Int32Array;
  /** Offset, in the joint observation, of each agent's relative positions of the others, [N]. */
  readonly #others: Int32Array;
  /** Offset after them, [N]. */
  readonly #rest: Int32Array;

  constructor(values: OptionValues<typeof options>) {
    const { num_good, num_adversaries, num_obstacles, num_food, num_forests } = values;
    const many = (count: number, name: string): string[] =>
      Array.from({ length: count }, (_, i) => `${name}${i}`);
    const chasing = { size: 0.075, accel: 3, maxSpeed: 1 };
    this.agents = [
      agent('leadadversary_0', { ...chasing, silent: false }),
      ...many(num_adversaries - 1, 'adversary_').map((name) => agent(name, chasing)),
      ...many(num_good, 'agent_').map((name) => agent(name, { size: 0.045, accel: 4, maxSpeed: 1.3 })),
    ];
    this.landmarks = [
      ...many(num_obstacles, 'obstacle ').map((name) => landmark(name, 0.2, true)),
      ...many(num_food, 'food ').map((name) => landmark(name, 0.03)),
      ...many(num_forests, 'forest ').map((name) => landmark(name, 0.3)),
    ];
    this.#prey = num_adversaries;
    this.#food = this.agents.length + num_obstacles;
    this.#forests = this.#food + num_food;
    this.#inside = new Int32Array(this.agents.length);
    this.#rows = rowsOf(this.agents.map((_, i) => this.observationWidth(i)));
    this.#others = this.#rows.map((at) => at + 4 + 2 * this.landmarks.length);
    this.#rest = this.#others.map((at) => at + 2 * (this.agents.length - 1));
  }

  observationWidth(i: number): number {
    const n = this.agents.length;
    const forests = n + this.landmarks.length - this.#forests;
    const width = 4 + 2 * (this.landmarks.length + n - 1) + forests;
    return i < this.#prey ? width + 2 * (n - this.#prey) + MESSAGE_WIDTH : width + 2 * (n - this.#prey - 1);
  }

  reset(world: MpeWorld, e: number, generator: Pcg64): void {
    const n = world.agentCount;
    world.scatter(e, 0, n, -1, 1, generator);
    world.scatter(e, n, world.entityCount, -0.9, 0.9, generator);
    world.scatter(e, this.#food, world.entityCount, -0.9, 0.9, generator);
  }

  rewards(world: MpeWorld, e: number, out: Float64Array, at: number): void {
    const { agentCount } = world;
    let contacts = 0;
    for (let i = this.#prey; i < agentCount; i++) {
      const caught = world.countTouching(e, i, 0, this.#prey);
      const eaten = world.countTouching(e, i, this.#food, this.#forests);
      const hunger = 0.05 * world.nearest(e, i, this.#food, this.#forests);
      contacts += caught;
      out[at + i] = -5 * caught - outOfBounds(world, e, i, 2) + 2 * eaten - hunger;
    }
    for (let i = 0; i < this.#prey; i++)
      out[at + i] = 5 * contacts - 0.1 * world.nearest(e, i, this.#prey, agentCount);
  }

  observe(world: MpeWorld, e: number, out: Float32Array, at: number): void {
    this.#findForests(world, e);
    writeViews(world, e, world.agentCount, world.entityCount, out, at, this.#rows);
    this.#writeOthers(world, e, out, at);
    this.#writeRest(world, e, out, at);
  }

  symmetries(): SymmetryDeclaration {
    const n = this.agents.length;
    const end = n + this.landmarks.length;
    const prey = range(this.#prey, n);
    const forests = range(this.#forests, end);
    const without = (i: number, entities: readonly number[]): number[] => entities.filter((s) => s !== i);
    return {
      columns: (i) => {
        const velocities = vectors('velocity', without(i, prey));
        const inside = forests.map((of) => ({ what: 'inside', of, axis: null }));
        return [
          ...vector('own velocity'),
          ...vector('own position'),
          ...vectors('landmark', range(n, end)),
          ...vectors('agent', without(i, range(0, n))),
          ...(i < this.#prey ? [...velocities, ...inside] : [...inside, ...velocities]),
          ...(i < this.#prey ? numbers('message', MESSAGE_WIDTH) : []),
        ];
      },
      // Without the leader, which sees and says more than the other adversaries.
      alike: [range(1, this.#prey), prey, range(n, this.#food), range(this.#food, this.#forests), forests],
      plane: true,
    };
  }

  benchmark(world: MpeWorld, e: number, i: number): number {
    if (i >= this.#prey) return 0;
    return world.countTouching(e, i, this.#prey, world.agentCount);
  }

  #findForests(world: MpeWorld, e: number): void {
    const inside = this.#inside;
    world.markTouching(e, this.#forests, world.entityCount, inside);
    for (let i = 0; i < inside.length; i++) if (inside[i] === 0) inside[i] = OUTSIDE;
  }

  /** Writes the relative positions of the others, pair by pair in both directions. */
  #writeOthers(world: MpeWorld, e: number, out: Float32Array, start: number): void {
    const { positions, agentCount: n } = world;
    const inside = this.#inside;
    const others = this.#others;
    const p = e * world.entityCount * 2;
    for (let i = 0; i < n; i++) {
      const x = positions[p + 2 * i]!;
      const y = positions[p + 2 * i + 1]!;
      const bits = inside[i]!;
      const eyes = i === LEADER ? EVERYWHERE : bits;
      // A later agent `other` has agent i in slot i; agent i, which skips itself, has it in slot other - 1.
      let there = start + others[i]! + 2 * i;
      for (let other = i + 1; other < n; other++) {
        const dx = positions[p + 2 * other]! - x;
        const dy = positions[p + 2 * other + 1]! - y;
        const seen = Number((bits & inside[other]!) !== 0);
        const back = start + others[other]! + 2 * i;
        out[back] = 0 - seen * dx; // no -0
        out[back + 1] = 0 - seen * dy;
        const sees = Number((eyes & inside[other]!) !== 0);
        out[there++] = sees * dx + 0;
        out[there++] = sees * dy + 0;
      }
    }
  }

  /** Writes the rest: velocities of the prey, forests, the leader's message. */
  #writeRest(world: MpeWorld, e: number, out: Float32Array, start: number): void {
    const { messages, agentCount: n } = world;
    const inside = this.#inside;
    const rest = this.#rest;
    const prey = this.#prey;
    const forests = world.entityCount - this.#forests;
    this.#writeVelocities(world, e, out, start);
    for (let i = 0; i < n; i++) {
      const bits = inside[i]!;
      let at = start + rest[i]! + (i < prey ? 2 * (n - prey) : 0);
      for (let f = 0; f < forests; f++) out[at++] = ((bits >> f) & 1) * 2 - 1;
    }
    const message = (e * n + LEADER) * MESSAGE_WIDTH;
    const last = start + 2 * (n - prey) + forests;
    for (let k = 0; k < MESSAGE_WIDTH; k++) {
      const said = messages[message + k]!;
      for (let i = 0; i < prey; i++) out[last + rest[i]! + k] = said;
    }
  }

  /** Writes the velocity of each prey for every agent that may see it, zeros for the others. */
  #writeVelocities(world: MpeWorld, e: number, out: Float32Array, start: number): void {
    const { velocities, agentCount: n } = world;
    const inside = this.#inside;
    const rest = this.#rest;
    const prey = this.#prey;
    const forests = world.entityCount - this.#forests;
    for (let other = prey; other < n; other++) {
      const v = 2 * (e * n + other);
      const vx = velocities[v]!;
      const vy = velocities[v + 1]!;
      const bits = inside[other]!;
      let there = start + 2 * (other - prey);
      for (let i = 0; i < prey; i++) {
        const seen = Number((inside[i]! & bits) !== 0 || i === LEADER);
        const at = there + rest[i]!;
        out[at] = seen * vx + 0; // no -0
        out[at + 1] = seen * vy + 0;
      }
      there += forests; // prey have forests before velocities
      for (let i = prey; i < n; i++) {
        if (i === other) continue;
        const seen = Number((inside[i]! & bits) !== 0);
        const at = there + rest[i]! - (i < other ? 2 : 0);
        out[at] = seen * vx + 0;
        out[at + 1] = seen * vy + 0;
      }
    }
  }
}

export const simpleWorldComm = defineScenario({
  id: 'simple_world_comm_v3',
  manual,
  options,
  sides: [['leadadversary', 'adversary'], ['agent']],
  create: (values) => new SimpleWorldComm(values),
});
