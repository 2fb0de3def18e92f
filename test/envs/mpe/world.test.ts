import { describe, expect, it } from 'vitest';
import { exp, log1p } from '../../../src/core/math.ts';
import { FastStream } from '../../../src/core/random.ts';
import { agent, landmark } from '../../../src/envs/mpe/bodies.ts';
import { MpeWorld, leastSquare } from '../../../src/envs/mpe/world.ts';

const SIZE = 0.1;
const AGENTS = 3;
const bodies = {
  agents: Array.from({ length: AGENTS }, (_, i) => agent(`agent_${i}`, { size: SIZE })),
  landmarks: [landmark('obstacle', SIZE, true)],
  messageWidth: 0,
  stateWidth: 0,
};

/** The forces including contacts, evaluating the formula for every pair. */
function contacts(positions: Float64Array, own: Float64Array): Float64Array {
  const force = own.slice();
  for (let a = 0; a < AGENTS; a++)
    for (let b = a + 1; b <= AGENTS; b++) {
      const delta = [0, 1].map((c) => positions[2 * a + c]! - positions[2 * b + c]!);
      const distance = Math.sqrt(delta[0]! * delta[0]! + delta[1]! * delta[1]!);
      const y = -(distance - 2 * SIZE) / 0.001;
      const penetration = (y < 0 ? log1p(exp(y)) : y + log1p(exp(-y))) * 0.001;
      delta.forEach((d, c) => {
        const push = ((100 * d) / distance) * penetration;
        force[2 * a + c] = push + force[2 * a + c]!;
        if (b < AGENTS) force[2 * b + c] = -push + force[2 * b + c]!;
      });
    }
  return force;
}

describe('contact forces', () => {
  it('equal the formula bit for bit, although negligible and zero forces are skipped', () => {
    const stream = new FastStream(4, 'contacts');
    const forces = [0, 1e-30, 1e-12, 0.9e-9, 1.1e-9, 1e-6, 0.3, 5];
    let near = 0;
    for (let trial = 0; trial < 20_000; trial++) {
      const world = new MpeWorld(1, bodies);
      world.clear(0);
      // From deep overlap to where exp underflows.
      world.positions.forEach((_, c) => (world.positions[c] = 0.9 * (stream.double() - 0.5)));
      world.force.forEach(
        (_, c) => (world.force[c] = forces[stream.below(8)]! * (stream.double() - 0.5) * 2),
      );
      const expected = contacts(world.positions, world.force);
      world.step();
      const same = expected.every((value, c) => Object.is(value + 0, world.force[c]! + 0));
      if (!same) expect([...world.force], `trial ${trial}`).toEqual([...expected]);
      if (expected.some((value) => Math.abs(value) > 10)) near++;
    }
    expect(near).toBeGreaterThan(100);
  });

  it('equal it even if two forces cancel out and only a negligible third remains', () => {
    const world = new MpeWorld(1, bodies);
    world.clear(0);
    // Agent 2 is 0.065 beyond contact with agent 0: its force is about 1e-29.
    world.positions.set([0, 0, 0.12, 0.09, -0.2, -0.17201, 5, 5]);
    const alone = contacts(world.positions, new Float64Array(6));
    world.force.set([-alone[0]!, -alone[1]!, 1, 1, 1, 1]);
    const expected = contacts(world.positions, world.force);
    expect(Math.abs(expected[0]!)).toBeLessThan(1e-25);
    expect(expected[0]).not.toBe(0);
    world.step();
    expect([...world.force]).toEqual([...expected]);
  });
});

describe('leastSquare', () => {
  it('is the smallest double whose root is not below the distance', () => {
    const stream = new FastStream(5, 'distances');
    for (let trial = 0; trial < 20_000; trial++) {
      const distance = stream.double() * 10 ** (stream.below(7) - 4);
      const square = leastSquare(distance);
      const below = square * (1 - 2 ** -53);
      expect(below).toBeLessThan(square);
      if (Math.sqrt(square) < distance || Math.sqrt(below) >= distance) expect.fail(`distance ${distance}`);
    }
    expect(leastSquare(0)).toBe(0);
  });
});
