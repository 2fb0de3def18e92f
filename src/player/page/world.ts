/** The world as SVG in world coordinates, y upwards: shapes, trails, names and what agents say. */
import type { Shape } from '../../envs/drawing.ts';
import { viewsOf, type CameraName, type View } from '../camera.ts';
import { shapesAt, trailsAt, viewAt } from '../motion.ts';
import { css, edgeOf, fillOf, trailColour, type Theme } from '../paint.ts';
import type { Episode, Recording } from '../recording.ts';
import { wordOf } from '../speech.ts';
import { svg } from './elements.ts';

export interface WorldOptions {
  readonly camera: CameraName;
  readonly names: boolean;
  readonly theme: Theme;
}

/** Height of text in the world, in CSS pixels. */
const TEXT = 12;
/** Of a letter, about. */
const LETTER = 7;

export class World {
  readonly element = svg('svg', { class: 'mp-world', role: 'img' });
  readonly #agents: Recording['agents'];
  #views: readonly View[] = [];
  #seen: { readonly episode: Episode; readonly camera: CameraName } | undefined;

  constructor({ agents, env }: Recording) {
    this.#agents = agents;
    this.element.setAttribute('aria-label', `The world of ${env}`);
  }

  show(episode: Episode, t: number, { camera, names, theme }: WorldOptions): void {
    if (this.#seen?.episode !== episode || this.#seen.camera !== camera) {
      this.#views = viewsOf(episode, camera);
      this.#seen = { episode, camera };
    }
    const view = viewAt(this.#views, t);
    const { x, y, span } = view;
    const pixel = span / (this.element.clientWidth || 400);
    this.element.setAttribute('viewBox', `${x - span / 2} ${-y - span / 2} ${span} ${span}`);
    const shapes = shapesAt(episode, t);
    const agents = shapes.filter((shape) => shape.kind === 'circle' && shape.agent !== undefined);
    const says = episode.frames[Math.floor(t)]!.says;
    this.element.replaceChildren(
      ...grid(view, theme),
      ...trailsAt(episode, t).flatMap(({ circle, points }) =>
        points.slice(1).map((b, k) =>
          svg('line', {
            ...{ class: 'mp-trail', x1: points[k]!.x, y1: -points[k]!.y, x2: b.x, y2: -b.y },
            stroke: css(trailColour(circle.colour, (k + 1) / points.length, theme)),
            'stroke-width': Math.max(2 * pixel, Math.min(7 * pixel, circle.radius * 0.4)),
          }),
        ),
      ),
      ...shapes.map((shape) => draw(shape, view, pixel, theme)),
      ...agents.flatMap((shape) => {
        if (shape.kind !== 'circle') return [];
        const message = says?.[this.#agents.findIndex(({ name }) => name === shape.agent)];
        const words = [names ? shape.agent! : '', message ? `“${wordOf(message)}”` : ''].filter(Boolean);
        if (words.length === 0) return [];
        const reach = shape.radius * view.magnify + 5 * pixel;
        // Below where there is no room above.
        const fits = shape.y + reach + TEXT * pixel < y + span / 2;
        const at = fits ? shape.y + reach : shape.y - reach - 0.75 * TEXT * pixel;
        const room = span / 2 - (words.join(' ').length * LETTER * pixel) / 2;
        const middle = Math.max(x - room, Math.min(x + room, shape.x));
        return [label(words.join(' '), middle, at, pixel, theme)];
      }),
    );
  }
}

function draw(shape: Shape, view: View, pixel: number, theme: Theme): SVGElement {
  const colour = css(fillOf(shape.colour, theme));
  if (shape.kind === 'text') return label(shape.text, shape.x, shape.y - (TEXT / 3) * pixel, pixel, theme);
  if (shape.kind === 'line')
    return svg('line', {
      ...{ x1: shape.x1, y1: -shape.y1, x2: shape.x2, y2: -shape.y2, stroke: colour },
      'stroke-width': Math.max(1.5 * pixel, shape.width ?? 0),
      'stroke-opacity': shape.opacity,
      'stroke-linecap': 'round',
    });
  const circle = svg('circle', {
    ...{ cx: shape.x, cy: -shape.y, r: Math.max(shape.radius * view.magnify, 2.5 * pixel), fill: colour },
    ...{ 'data-agent': shape.agent, 'fill-opacity': shape.opacity },
    stroke: shape.opacity === undefined ? css(edgeOf(shape.colour, theme)) : undefined,
    'stroke-width': 1.5 * pixel,
  });
  return circle;
}

/** Text over (x, y), with a rim of the ground's colour, so that it can be read on anything. */
function label(text: string, x: number, y: number, pixel: number, { text: ink, ground }: Theme): SVGElement {
  return svg(
    'text',
    {
      ...{ x, y: -y, 'font-size': TEXT * pixel, 'text-anchor': 'middle', fill: css(ink) },
      ...{
        stroke: css(ground),
        'stroke-width': 3 * pixel,
        'paint-order': 'stroke',
        'stroke-linejoin': 'round',
      },
    },
    text,
  );
}

function grid({ x, y, span }: View, { grid: colour }: Theme): SVGElement[] {
  let distance = 0.5;
  while (span / distance > 12) distance *= 2;
  while (span / distance < 3) distance /= 2;
  const half = span / 2;
  const multiples = (middle: number): number[] => {
    const first = Math.ceil((middle - half) / distance);
    const count = Math.floor((middle + half) / distance) - first + 1;
    return Array.from({ length: count }, (_, k) => (first + k) * distance);
  };
  const attributes = { stroke: css(colour), 'stroke-width': 1, 'vector-effect': 'non-scaling-stroke' };
  return [
    ...multiples(x).map((at) => svg('line', { x1: at, x2: at, y1: -y - half, y2: half - y, ...attributes })),
    ...multiples(y).map((at) => svg('line', { y1: -at, y2: -at, x1: x - half, x2: x + half, ...attributes })),
  ];
}
