/**
 * Every declared symmetry is verified on recorded transitions: transform the world (permute bodies, turn the plane), step
 * the real environment with the transformed actions, and compare with the transformed outcome. Independent of how the
 * tables are built.
 */
import { describe, expect, it } from 'vitest';
import { FastStream, Pcg64 } from '../../../src/core/random.ts';
import { composed, type Symmetry } from '../../../src/core/symmetry.ts';
import { MpeSimulation } from '../../../src/envs/mpe/simulation.ts';
import type { BoundScenario, ScenarioEntry } from '../../../src/envs/mpe/scenario.ts';
import { collectTreasure } from '../../../src/envs/mpe/scenarios/collect_treasure_v1.ts';
import { simpleAdversary } from '../../../src/envs/mpe/scenarios/simple_adversary_v3.ts';
import { simpleFormation } from '../../../src/envs/mpe/scenarios/simple_formation_v1.ts';
import { simpleLine } from '../../../src/envs/mpe/scenarios/simple_line_v1.ts';
import { simplePush } from '../../../src/envs/mpe/scenarios/simple_push_v3.ts';
import { simpleReference } from '../../../src/envs/mpe/scenarios/simple_reference_v3.ts';
import { simpleSpeakerListener } from '../../../src/envs/mpe/scenarios/simple_speaker_listener_v4.ts';
import { simpleSpread } from '../../../src/envs/mpe/scenarios/simple_spread_v3.ts';
import { simpleTag } from '../../../src/envs/mpe/scenarios/simple_tag_v3.ts';
import { simple } from '../../../src/envs/mpe/scenarios/simple_v3.ts';
import { simpleWorldComm } from '../../../src/envs/mpe/scenarios/simple_world_comm_v3.ts';
import type { PlaneMap, WorldSymmetry } from '../../../src/envs/mpe/symmetries.ts';
import type { MpeWorld } from '../../../src/envs/mpe/world.ts';

const RECORDED = 40;

interface Case {
  readonly scenario: ScenarioEntry;
  readonly options: Readonly<Record<string, unknown>>;
  /** Order of the group. */
  readonly order: number;
  /** Transforms the scenario's own state. Absent if the state does not change. */
  readonly state?: (state: readonly number[], symmetry: WorldSymmetry) => readonly number[];
  /** Changes the world before it is recorded. */
  readonly prepare?: (world: MpeWorld) => void;
}

/** Transforms a goal, which is a landmark index; landmarks start at entity `first`. */
const goalFrom =
  (first: number): NonNullable<Case['state']> =>
  ([goal], { entityFrom }) => [entityFrom.indexOf(first + goal!) - first];
const direction: NonNullable<Case['state']> = ([x, y], { plane }) => turned([x!, y!], plane);

/** Every second collector holds something, and treasures are out of reach: respawns draw from the generator. */
function laden({ positions, state, agentCount }: MpeWorld): void {
  const holds = 1 + Pcg64.STATE_WORDS;
  for (let i = 0; i < 3; i++) state[holds + 2 * i] = i % 2;
  for (let k = 2 * agentCount; k < positions.length; k++) positions[k] = 5 + k;
}

const CASES: readonly Case[] = [
  { scenario: simpleSpread, options: {}, order: 288 },
  { scenario: simpleSpread, options: { N: 1 }, order: 8 },
  { scenario: simpleSpread, options: { N: 5, local_ratio: 0.2, terminate_on_success: true }, order: 115200 },
  { scenario: simpleSpread, options: { N: 4, num_agent_neighbors: 2 }, order: 4608 },
  { scenario: simpleSpread, options: { N: 4, num_landmark_neighbors: 3 }, order: 4608 },
  {
    scenario: simpleSpread,
    options: { N: 4, num_agent_neighbors: 5, num_landmark_neighbors: 1 },
    order: 4608,
  },
  { scenario: simple, options: {}, order: 8 },
  { scenario: simpleAdversary, options: {}, order: 32, state: goalFrom(3) },
  { scenario: simpleAdversary, options: { N: 3, num_agent_neighbors: 2 }, order: 288, state: goalFrom(4) },
  { scenario: simplePush, options: {}, order: 16, state: goalFrom(2) },
  { scenario: simpleTag, options: {}, order: 96 },
  { scenario: simpleTag, options: { num_good: 2, terminate_on_success: true }, order: 192 },
  { scenario: simpleTag, options: { num_good: 2, num_agent_neighbors: 3 }, order: 192 },
  { scenario: simpleTag, options: { num_good: 2, num_landmark_neighbors: 1 }, order: 192 },
  { scenario: simpleSpeakerListener, options: {}, order: 8 },
  { scenario: simpleReference, options: {}, order: 8 },
  { scenario: simpleLine, options: {}, order: 192, state: direction },
  { scenario: simpleFormation, options: {}, order: 24 },
  { scenario: collectTreasure, options: {}, order: 8, prepare: laden },
  { scenario: simpleWorldComm, options: {}, order: 6 * 2 * 1 * 2 * 2 * 8 },
  { scenario: simpleWorldComm, options: { num_food: 3, num_obstacles: 2 }, order: 6 * 2 * 2 * 6 * 2 * 8 },
];

/** Applies a map of the plane to a vector. */
function turned([x, y]: readonly [number, number], { xFrom, xSign, ySign }: PlaneMap): [number, number] {
  return xFrom === 'x' ? [xSign * x, ySign * y] : [xSign * y, ySign * x];
}

/** Copies the world of `from` into `to`, transformed by a symmetry. */
function changeWorld(
  from: MpeSimulation,
  to: MpeSimulation,
  symmetry: WorldSymmetry,
  state: Case['state'] = (words) => words,
): void {
  const { entityFrom, plane } = symmetry;
  const [a, b] = [from.world, to.world];
  b.memory.set(a.memory);
  const move = (old: Float64Array, fresh: Float64Array, count: number): void => {
    for (let s = 0; s < count; s++) {
      const at = 2 * entityFrom[s]!;
      fresh.set(turned([old[at]!, old[at + 1]!], plane), 2 * s);
    }
  };
  move(a.positions, b.positions, a.entityCount);
  move(a.velocities, b.velocities, a.agentCount);
  for (let i = 0; i < a.agentCount; i++) {
    const source = entityFrom[i]!;
    b.accels[i] = a.accels[source]!;
    b.maxSpeeds[i] = a.maxSpeeds[source]!;
    for (let k = 0; k < a.messageWidth; k++)
      b.messages[i * a.messageWidth + k] = a.messages[source * a.messageWidth + k]!;
  }
  b.state.set(state([...a.state], symmetry));
}

const observationOf = (simulation: MpeSimulation): Float32Array => {
  const obs = new Float32Array(simulation.spec.obsTotal);
  simulation.observe(0, obs);
  return obs;
};

function stepped(
  simulation: MpeSimulation,
  actions: Float32Array,
): { rewards: Float64Array; outcome: number } {
  const rewards = new Float64Array(simulation.spec.agents.length);
  const outcomes = new Uint8Array(1);
  simulation.step(actions, rewards, outcomes);
  return { rewards, outcome: outcomes[0]! };
}

function identityOf({ spec }: MpeSimulation): Symmetry {
  const upTo = (n: number): Int32Array => Int32Array.from({ length: n }, (_, k) => k);
  return {
    obsFrom: upTo(spec.obsTotal),
    obsSign: new Float32Array(spec.obsTotal).fill(1),
    actFrom: upTo(spec.actTotal),
    agentFrom: upTo(spec.agents.length),
  };
}

/** Transforms an observation. */
const changed = (obs: Float32Array, { obsFrom, obsSign }: Symmetry): number[] =>
  Array.from(obsFrom, (from, c) => obsSign[c]! * obs[from]!);

function expectNear(got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number): void {
  expect(got.length).toBe(want.length);
  const off = Array.from(got, (value, k) => Math.abs(value - want[k]!));
  expect(Math.max(...off)).toBeLessThanOrEqual(tolerance);
}

/** Random actions [SA], one-hot for a Discrete. */
function drawActions(simulation: MpeSimulation, stream: FastStream): Float32Array {
  const actions = new Float32Array(simulation.spec.actTotal);
  simulation.spec.agents.forEach(({ actWidth, actionKind }, i) => {
    const at = simulation.spec.actOffsets[i]!;
    if (actionKind === 'discrete') actions[at + stream.below(actWidth)] = 1;
    else for (let k = 0; k < actWidth; k++) actions[at + k] = stream.double();
  });
  return actions;
}

/** Verifies a symmetry on one transition from the current state of `real`, which is stepped. */
function verify(
  { bound, state }: { bound: BoundScenario; state: Case['state'] },
  real: MpeSimulation,
  symmetry: WorldSymmetry,
  actions: Float32Array,
): void {
  const image = new MpeSimulation(bound, 1);
  image.start(0);
  changeWorld(real, image, symmetry, state);
  expectNear(observationOf(image), changed(observationOf(real), symmetry), 1e-6);
  const outcome = stepped(real, actions);
  const imageOutcome = stepped(
    image,
    Float32Array.from(symmetry.actFrom, (from) => actions[from]!),
  );
  expectNear(observationOf(image), changed(observationOf(real), symmetry), 1e-6);
  const rewards = Array.from(symmetry.agentFrom, (from) => outcome.rewards[from]!);
  expectNear(imageOutcome.rewards, rewards, 1e-9);
  expect(imageOutcome.outcome).toBe(outcome.outcome);
}

describe.each(CASES.flatMap((c) => [true, false].map((continuous) => ({ ...c, continuous }))))(
  '$scenario.id $options, continuous: $continuous',
  ({ scenario, options, order, state, prepare, continuous }) => {
    const bound = scenario.bind({ ...options, continuous_actions: continuous, max_cycles: RECORDED + 1 });
    const make = (): MpeSimulation => {
      const simulation = new MpeSimulation(bound, 1);
      simulation.seed(0, 5);
      simulation.start(0);
      // Close together, so that agents overlap and collide.
      simulation.world.positions.forEach((x, k) => (simulation.world.positions[k] = 0.4 * x));
      prepare?.(simulation.world);
      return simulation;
    };

    it('is invariant under every declared symmetry on recorded transitions', () => {
      const tables = make().symmetries()!.flat();
      const real = make();
      const stream = new FastStream(1, 'test');
      for (let t = 0; t < RECORDED; t++) {
        const actions = drawActions(real, stream);
        const before = real.snapshot();
        // All tables in the first steps, then samples while contacts come and go.
        const some = t < 3 ? tables : [tables[stream.below(tables.length)]!, tables.at(-1 - (t % 8))!];
        for (const symmetry of some) {
          real.restore(before);
          verify({ bound, state }, real, symmetry, actions);
        }
      }
    });

    it(`forms a group of ${order}`, () => {
      const group = make().symmetries()!;
      expect(group.reduce((product, { length }) => product * length, 1)).toBe(order);
      // If only the nearest landmarks are observed, permuting landmarks leaves the tables unchanged.
      if (order > 5000 || 'num_landmark_neighbors' in options) return;
      const all = group.reduce<readonly Symmetry[]>(
        (firsts, factor) => firsts.flatMap((first) => factor.map((second) => composed(first, second))),
        [identityOf(make())],
      );
      const names = all.map(
        ({ obsFrom, obsSign, actFrom }) => `${obsFrom.join()}|${obsSign.join()}|${actFrom.join()}`,
      );
      expect(new Set(names).size).toBe(order);
    });
  },
);
