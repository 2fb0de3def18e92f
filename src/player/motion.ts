/** Motion: shapes and trails at any time of an episode, between frames too. Page and films share it. */
import type { Circle, Shape } from '../envs/drawing.ts';
import type { View } from './camera.ts';
import { shapesOf, type Episode } from './recording.ts';

/** Frames that a trail lasts. */
const TRAIL = 12;

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where an agent has been: from the oldest point to the newest. */
export interface Trail {
  readonly agent: string;
  readonly circle: Circle;
  readonly points: readonly Point[];
}

/** The shapes at time t, 0 <= t <= T. Agents move in straight lines from frame to frame, everything else stays until the next. */
export function shapesAt(episode: Episode, t: number): Shape[] {
  const frame = Math.floor(t);
  const shapes = shapesOf(episode, episode.frames[frame]!);
  const share = t - frame;
  if (share === 0) return shapes;
  const next = agentsOf(shapesOf(episode, episode.frames[frame + 1]!));
  return shapes.map((shape) => {
    const then = shape.kind === 'circle' && shape.agent !== undefined ? next.get(shape.agent) : undefined;
    if (shape.kind !== 'circle' || then === undefined) return shape;
    return { ...shape, x: between(shape.x, then.x, share), y: between(shape.y, then.y, share) };
  });
}

/** Trails at time t over the last `length` frames. Agents that have not moved have none. */
export function trailsAt(episode: Episode, t: number, length = TRAIL): Trail[] {
  const past = new Map<string, { circle: Circle; points: Point[] }>();
  const add = (shapes: readonly Shape[]): void => {
    for (const [agent, circle] of agentsOf(shapes)) {
      const { points } = past.get(agent) ?? { points: [] };
      past.set(agent, { circle, points: [...points, { x: circle.x, y: circle.y }] });
    }
  };
  const from = Math.max(0, t - length);
  add(shapesAt(episode, from));
  for (let frame = Math.floor(from) + 1; frame < t; frame++) add(shapesOf(episode, episode.frames[frame]!));
  if (t > from) add(shapesAt(episode, t));
  return [...past].flatMap(([agent, { circle, points }]) =>
    points.some(({ x, y }) => x !== points[0]!.x || y !== points[0]!.y) ? [{ agent, circle, points }] : [],
  );
}

/** The view at time t, between those of the frames. */
export function viewAt(views: readonly View[], t: number): View {
  const frame = Math.floor(t);
  const view = views[frame]!;
  const next = views[frame + 1];
  const share = t - frame;
  if (next === undefined || share === 0 || next === view) return view;
  return {
    x: between(view.x, next.x, share),
    y: between(view.y, next.y, share),
    span: between(view.span, next.span, share),
    magnify: between(view.magnify, next.magnify, share),
  };
}

function agentsOf(shapes: readonly Shape[]): Map<string, Circle> {
  return new Map(
    shapes.flatMap((shape) =>
      shape.kind === 'circle' && shape.agent !== undefined ? [[shape.agent, shape] as const] : [],
    ),
  );
}

function between(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}
