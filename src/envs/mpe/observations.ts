/** Writers of observation parts. Each writes at out[at] and returns the index after its last number. */
import type { MpeWorld } from './world.ts';

export function writePosition(
  world: MpeWorld,
  e: number,
  agent: number,
  out: Float32Array,
  at: number,
): number {
  const p = (e * world.entityCount + agent) * 2;
  out[at] = world.positions[p]!;
  out[at + 1] = world.positions[p + 1]!;
  return at + 2;
}

export function writeVelocity(
  world: MpeWorld,
  e: number,
  agent: number,
  out: Float32Array,
  at: number,
): number {
  const v = (e * world.agentCount + agent) * 2;
  out[at] = world.velocities[v]!;
  out[at + 1] = world.velocities[v + 1]!;
  return at + 2;
}

/** Writes the positions of entities first .. end-1 relative to an agent, skipping the agent itself. */
export function writeRelative(
  world: MpeWorld,
  e: number,
  first: number,
  end: number,
  agent: number,
  out: Float32Array,
  at: number,
): number {
  const { positions } = world;
  const base = e * world.entityCount;
  const own = (base + agent) * 2;
  const last = (base + end) * 2;
  const x = positions[own]!;
  const y = positions[own + 1]!;
  let next = at;
  for (let p = (base + first) * 2; p < last; p += 2) {
    if (p === own) continue;
    out[next] = positions[p]! - x;
    out[next + 1] = positions[p + 1]! - y;
    next += 2;
  }
  return next;
}

/**
 * Writes, for each agent i at out[at + rows[i]], its velocity, position, and the relative positions of entities first ..
 * end-1: the start of an observation in most scenarios. Faster than separate calls.
 */
export function writeViews(
  world: MpeWorld,
  e: number,
  first: number,
  end: number,
  out: Float32Array,
  at: number,
  rows: Int32Array,
): void {
  const { positions, velocities, agentCount } = world;
  const base = e * world.entityCount * 2;
  const start = base + first * 2;
  const last = base + end * 2;
  let v = e * agentCount * 2;
  for (let i = 0; i < agentCount; i++) {
    const x = positions[base + 2 * i]!;
    const y = positions[base + 2 * i + 1]!;
    let next = at + rows[i]!;
    out[next++] = velocities[v++]!;
    out[next++] = velocities[v++]!;
    out[next++] = x;
    out[next++] = y;
    for (let p = start; p < last; p += 2) {
      out[next++] = positions[p]! - x;
      out[next++] = positions[p + 1]! - y;
    }
  }
}

/** Writes the message an agent sent in this step, C numbers. */
export function writeMessage(
  world: MpeWorld,
  e: number,
  agent: number,
  out: Float32Array,
  at: number,
): number {
  const c = (e * world.agentCount + agent) * world.messageWidth;
  for (let k = 0; k < world.messageWidth; k++) out[at + k] = world.messages[c + k]!;
  return at + world.messageWidth;
}

export function writeZeros(count: number, out: Float32Array, at: number): number {
  for (let k = 0; k < count; k++) out[at + k] = 0;
  return at + count;
}

export function writeNumbers(values: readonly number[], out: Float32Array, at: number): number {
  for (let k = 0; k < values.length; k++) out[at + k] = values[k]!;
  return at + values.length;
}
