/**
 * Film: an episode as images, without a browser. gif.ts, mp4.ts and png.ts write them to files.
 *
 * The world with what agents say, and a line below with name, step and return.
 */
import { UserError } from '../core/user-error.ts';
import { teamsOf } from '../core/joint-spec.ts';
import type { Circle, Shape } from '../envs/drawing.ts';
import { viewsOf, type CameraName, type View } from './camera.ts';
import { GLYPH_HEIGHT } from './glyphs.ts';
import { shapesAt, trailsAt, viewAt, type Trail } from './motion.ts';
import { edgeOf, fillOf, LIGHT, trailColour } from './paint.ts';
import { Raster, textWidth } from './raster.ts';
import { returnsOf, type Episode, type Recording } from './recording.ts';
import { wordOf } from './speech.ts';

/** Width of a film, and of the square that shows the world, in pixels. Even, as video asks for. */
const SIZE = 420;
/** Height of the line below it. */
const FOOT = 32;
const SIDE = 14;
/** Images per step; a step is 0.1 s of world time. */
export const IMAGES_PER_STEP = 2;
/** Milliseconds between images: real time for the particle environments. */
export const DELAY_MS = 100 / IMAGES_PER_STEP;

/** The images of an episode, from its first frame to its last. @throws UserError if it cannot be drawn */
export function filmOf(recording: Recording, episode: Episode, camera: CameraName): Raster[] {
  const last = episode.steps.length;
  const views = viewsOf(episode, camera);
  return Array.from({ length: last * IMAGES_PER_STEP + 1 }, (_, k) =>
    imageAt(recording, episode, views, k / IMAGES_PER_STEP),
  );
}

/** The last frame with the whole path of every agent. @throws UserError if it cannot be drawn */
export function stillOf(recording: Recording, episode: Episode, camera: CameraName): Raster {
  const last = episode.steps.length;
  return imageAt(recording, episode, viewsOf(episode, camera), last, last);
}

function imageAt(
  recording: Recording,
  episode: Episode,
  views: readonly View[],
  t: number,
  trail?: number,
): Raster {
  if (episode.looks.length === 0)
    throw new UserError(
      `${recording.env}: expected an environment that draws itself, with render(), got one without; write a ` +
        'page (.html) instead, which shows its numbers',
    );
  const image = new Raster(SIZE, SIZE + FOOT, LIGHT.ground);
  const pen = new Pen(image, viewAt(views, t));
  pen.grid();
  for (const one of trailsAt(episode, t, trail)) pen.trail(one);
  const shapes = shapesAt(episode, t);
  for (const shape of shapes) pen.draw(shape);
  const said = speech(recording, episode, t);
  for (const shape of shapes)
    if (shape.kind === 'circle' && shape.agent !== undefined) pen.name(shape, said.get(shape.agent));
  image.line(0, SIZE + 0.5, SIZE, SIZE + 0.5, 1, LIGHT.grid);
  const foot = SIZE + (FOOT - GLYPH_HEIGHT) / 2;
  image.text(recording.env, SIDE, foot, LIGHT.text);
  const taken = Math.floor(t);
  image.text(
    `step ${taken} · return ${score(recording, episode, taken)}`,
    SIZE - SIDE,
    foot,
    LIGHT.faint,
    'right',
  );
  return image;
}

/** Name and word of every agent that can speak, by name. */
function speech({ agents }: Recording, { frames }: Episode, t: number): ReadonlyMap<string, string> {
  const says = frames[Math.floor(t)]!.says ?? [];
  return new Map(
    agents.flatMap(({ name }, i) => (says[i] ? [[name, `${name} "${wordOf(says[i])}"`] as const] : [])),
  );
}

/** Returns so far, averaged over each team. */
function score({ agents }: Recording, episode: Episode, taken: number): string {
  const returns = returnsOf(episode, taken);
  const teams = teamsOf(agents).map((team) => {
    const own = returns.filter((_, i) => agents[i]!.team === team);
    return own.reduce((sum, x) => sum + x, 0) / own.length;
  });
  const distinct = teams.every((value) => value === teams[0]) ? teams.slice(0, 1) : teams.slice(0, 3);
  return distinct.map((value) => value.toFixed(1)).join(' / ');
}

/** Draws in world coordinates. */
class Pen {
  readonly #image: Raster;
  readonly #view: View;
  readonly #scale: number;

  constructor(image: Raster, view: View) {
    this.#image = image;
    this.#view = view;
    this.#scale = SIZE / view.span;
  }

  #x(x: number): number {
    return (x - this.#view.x) * this.#scale + SIZE / 2;
  }

  #y(y: number): number {
    return SIZE / 2 - (y - this.#view.y) * this.#scale;
  }

  /** Lines at whole multiples of half a unit, or as many units as it takes to have few. */
  grid(): void {
    let distance = 0.5;
    while (this.#view.span / distance > 12) distance *= 2;
    while (this.#view.span / distance < 3) distance /= 2;
    const each = (middle: number, at: (k: number) => void): void => {
      const first = Math.ceil((middle - this.#view.span / 2) / distance);
      for (let k = first; k * distance <= middle + this.#view.span / 2; k++) at(k * distance);
    };
    each(this.#view.x, (x) => {
      const column = Math.floor(this.#x(x)) + 0.5;
      this.#image.line(column, 0, column, SIZE, 1, LIGHT.grid);
    });
    each(this.#view.y, (y) => {
      const row = Math.floor(this.#y(y)) + 0.5;
      if (row < SIZE) this.#image.line(0, row, SIZE, row, 1, LIGHT.grid);
    });
  }

  draw(shape: Shape): void {
    const colour = fillOf(shape.colour, LIGHT);
    if (shape.kind === 'text') {
      this.#image.text(
        shape.text,
        this.#x(shape.x),
        this.#y(shape.y) - GLYPH_HEIGHT / 2,
        LIGHT.text,
        'middle',
      );
      return;
    }
    if (shape.kind === 'line') {
      const width = Math.max(1.5, (shape.width ?? 0) * this.#scale);
      const [x1, y1, x2, y2] = [this.#x(shape.x1), this.#y(shape.y1), this.#x(shape.x2), this.#y(shape.y2)];
      this.#image.line(x1, y1, x2, y2, width, colour, shape.opacity);
      return;
    }
    const [x, y] = [this.#x(shape.x), this.#y(shape.y)];
    const radius = Math.max(2.5, shape.radius * this.#scale * this.#view.magnify);
    this.#image.disc(x, y, radius, colour, shape.opacity);
    if (shape.opacity === undefined) this.#image.ring(x, y, radius, 1.5, edgeOf(shape.colour, LIGHT));
  }

  /** Text above a circle, or below where there is no room. */
  name({ x, y, radius }: Circle, text = ''): void {
    const reach = radius * this.#scale * this.#view.magnify + 4;
    const above = this.#y(y) - reach - GLYPH_HEIGHT;
    const top = above > 0 ? above : this.#y(y) + reach;
    const half = textWidth(text) / 2 + 2;
    this.#image.text(text, Math.max(half, Math.min(SIZE - half, this.#x(x))), top, LIGHT.text, 'middle');
  }

  /** Fades towards its end. */
  trail({ circle, points }: Trail): void {
    const width = Math.max(2, Math.min(6, circle.radius * this.#scale * 0.4));
    for (let k = 1; k < points.length; k++) {
      const [a, b] = [points[k - 1]!, points[k]!];
      const faded = trailColour(circle.colour, k / points.length, LIGHT);
      this.#image.line(this.#x(a.x), this.#y(a.y), this.#x(b.x), this.#y(b.y), width, faded);
    }
  }
}
