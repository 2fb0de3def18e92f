/** Cameras: which square of the world a frame shows. */
import { shapesOf, type Episode } from './recording.ts';

/** A square of the world, on which lengths may be drawn larger than life. */
export interface View {
  /** Centre. */
  readonly x: number;
  readonly y: number;
  /** Width and height. */
  readonly span: number;
  /** Factor on radii. */
  readonly magnify: number;
}

export type CameraName = 'fixed' | 'mpe2';

/** Share of the view that stays free on each side. */
const MARGIN = 0.04;

/** The view of every frame. */
export function viewsOf(episode: Episode, camera: CameraName): View[] {
  return camera === 'mpe2' ? upstreamViews(episode) : fixedViews(episode);
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly reach: number;
}

/** One view for the whole episode: the smallest square around everything in it. */
function fixedViews(episode: Episode): View[] {
  const boxes = episode.frames.flatMap((frame) => boxesOf(episode, frame));
  const low = (pick: (box: Box) => number): number => Math.min(...boxes.map((box) => pick(box) - box.reach));
  const high = (pick: (box: Box) => number): number => Math.max(...boxes.map((box) => pick(box) + box.reach));
  const [left, right] = [low(({ x }) => x), high(({ x }) => x)];
  const [bottom, top] = [low(({ y }) => y), high(({ y }) => y)];
  const widest = Math.max(right - left, top - bottom);
  const span = (widest > 0 ? widest : 1) / (1 - 2 * MARGIN);
  const view =
    boxes.length === 0
      ? { x: 0, y: 0, span: 2, magnify: 1 }
      : { x: (left + right) / 2, y: (bottom + top) / 2, span, magnify: 1 };
  return episode.frames.map(() => view);
}

/**
 * MPE2's view, without its rounding to pixels: centred at the origin, as far as the largest coordinate of the frame, which
 * takes 0.9 of the way to the edge. Radii grow with the first frame's range.
 */
function upstreamViews(episode: Episode): View[] {
  const ranges = episode.frames.map((frame) =>
    Math.max(...boxesOf(episode, frame).map(({ x, y }) => Math.max(Math.abs(x), Math.abs(y)))),
  );
  return ranges.map((range) => ({ x: 0, y: 0, span: (2 * range) / 0.9, magnify: ranges[0]! }));
}

function boxesOf(episode: Episode, frame: Episode['frames'][number]): Box[] {
  return shapesOf(episode, frame).flatMap((shape): Box[] => {
    if (shape.kind === 'circle') return [{ x: shape.x, y: shape.y, reach: shape.radius }];
    if (shape.kind === 'text') return [{ x: shape.x, y: shape.y, reach: 0 }];
    const { x1, y1, x2, y2 } = shape;
    return [
      { x: x1, y: y1, reach: 0 },
      { x: x2, y: y2, reach: 0 },
    ];
  });
}
