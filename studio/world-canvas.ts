/** Draws a stage on a canvas, smoothly between its steps, with the player's colours. */
import {
  css,
  edgeOf,
  fillOf,
  shapesAt,
  shapesOf,
  trailColour,
  trailsAt,
  wordOf,
  type Circle,
  type Episode,
  type Paint,
  type Shape,
} from '../src/browser.ts';
import type { Push, Stage } from './stage.ts';

/** World units shown unless a body is farther out: bodies start within ±1. */
const SPAN = 2.7;
/** Seconds in which the camera makes most of its way. */
const EASE_S = 0.35;
const TEXT = 12.5;
/** Frames at the ends of trails. */
const TRAIL = 10;

export interface Look {
  readonly paint: Paint;
  /** Colour of what a person has chosen. */
  readonly accent: string;
  /** Index of the chosen agent. */
  readonly chosen: number | null;
  /** Names by agents. */
  readonly names: boolean;
  /** Where the hand is that drags entity k. */
  readonly held: { readonly k: number; readonly x: number; readonly y: number } | null;
}

interface Camera {
  x: number;
  y: number;
  span: number;
}

export class WorldCanvas {
  readonly canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #camera: Camera = { x: 0, y: 0, span: SPAN };
  #episode: Episode | null = null;
  #drawnAt = 0;

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext('2d');
    if (!context) throw new Error('canvas: expected a 2D context, got none');
    this.canvas = canvas;
    this.#context = context;
  }

  /** World coordinates of a point in CSS pixels from the canvas's corner. */
  toWorld(left: number, top: number): Push {
    const { x, y, span } = this.#camera;
    const size = this.canvas.clientWidth;
    return { x: x + (left / size - 0.5) * span, y: y - (top / size - 0.5) * span };
  }

  /** The reverse: for tests. */
  toPage({ x, y }: Push): Push {
    const size = this.canvas.clientWidth;
    return {
      x: (x - this.#camera.x) * this.scale + size / 2,
      y: size / 2 - (y - this.#camera.y) * this.scale,
    };
  }

  /** CSS pixels of a world unit. */
  get scale(): number {
    return this.canvas.clientWidth / this.#camera.span;
  }

  /** The stage at frame time t, between 0 and its steps. `now` in ms; calm: without motion of its own. */
  draw(stage: Stage, t: number, now: number, look: Look, calm: boolean): void {
    const { canvas } = this;
    const size = canvas.clientWidth;
    if (size === 0) return;
    const ratio = Math.min(3, globalThis.devicePixelRatio || 1);
    const pixels = Math.round(size * ratio);
    if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
    const { episode } = stage;
    const context = this.#context;
    this.#aim(episode, now, calm);
    const { x, y, span } = this.#camera;
    const scale = size / span;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = css(look.paint.ground);
    context.fillRect(0, 0, size, size);
    const pen = new Pen(
      context,
      (wx) => (wx - x) * scale + size / 2,
      (wy) => size / 2 - (wy - y) * scale,
      {
        scale,
        size,
        look,
      },
    );
    pen.grid(this.#camera);
    for (const { circle, points } of trailsAt(episode, t, TRAIL)) pen.trail(circle, points);
    const shapes = this.#atHand(shapesAt(episode, t), stage, look);
    this.#sight(pen, stage, shapes, look);
    for (const shape of shapes) pen.shape(shape);
    const says = episode.frames[Math.floor(t)]!.says;
    stage.env.spec.agents.forEach(({ name }, i) => {
      const circle = shapes.find((shape) => shape.kind === 'circle' && shape.agent === name);
      if (circle?.kind !== 'circle') return;
      if (i === look.chosen) pen.ring(circle, 5, 2);
      if (stage.steered?.agent === i) pen.ring(circle, 9, 1.5);
      const word = says?.[i];
      if (word) pen.bubble(circle, wordOf(word));
      if (look.names || i === look.chosen) pen.name(circle, name);
    });
  }

  /** A dragged body is where the hand is, not a step behind. */
  #atHand(shapes: readonly Shape[], stage: Stage, { held }: Look): readonly Shape[] {
    const body = held && stage.entities[held.k];
    if (!body) return shapes;
    // Shapes have no names: it is the one that now stands where the body does.
    const at = stage.env
      .draw?.()
      ?.shapes.findIndex((shape) => shape.kind === 'circle' && shape.x === body.x && shape.y === body.y);
    return shapes.map((shape, k) =>
      k === at && shape.kind === 'circle' ? { ...shape, x: held.x, y: held.y } : shape,
    );
  }

  /** Fine lines from the chosen agent to everything else: it sees where they are. */
  #sight(pen: Pen, stage: Stage, shapes: readonly Shape[], { chosen }: Look): void {
    if (chosen === null) return;
    const { name, obsWidth } = stage.env.spec.agents[chosen]!;
    const own = shapes.find((shape) => shape.kind === 'circle' && shape.agent === name);
    // Speakers and the like see no places.
    if (own?.kind !== 'circle' || obsWidth < 4) return;
    for (const other of shapes) if (other.kind === 'circle' && other !== own) pen.sight(own, other);
  }

  /** Moves towards a view of everything in the episode; jumps on the first draw or if motion is unwanted. */
  #aim(episode: Episode, now: number, calm: boolean): void {
    const passed = Math.min(0.1, Math.max(0, (now - this.#drawnAt) / 1000));
    this.#drawnAt = now;
    let reach = SPAN / 2;
    for (const frame of episode.frames.slice(-TRAIL))
      for (const shape of shapesOf(episode, frame))
        if (shape.kind === 'circle')
          reach = Math.max(
            reach,
            Math.abs(shape.x) + shape.radius + 0.08,
            Math.abs(shape.y) + shape.radius + 0.08,
          );
    const span = Math.min(2 * reach, 12);
    const share = calm || this.#episode === null ? 1 : 1 - Math.exp(-passed / EASE_S);
    this.#episode = episode;
    this.#camera.span += (span - this.#camera.span) * share;
  }
}

interface PenOptions {
  readonly scale: number;
  readonly size: number;
  readonly look: Look;
}

/** Draws in world coordinates. */
class Pen {
  readonly #context: CanvasRenderingContext2D;
  readonly #x: (x: number) => number;
  readonly #y: (y: number) => number;
  readonly #options: PenOptions;

  constructor(
    context: CanvasRenderingContext2D,
    x: (x: number) => number,
    y: (y: number) => number,
    options: PenOptions,
  ) {
    this.#context = context;
    this.#x = x;
    this.#y = y;
    this.#options = options;
  }

  grid({ x, y, span }: Camera): void {
    const { size, look } = this.#options;
    const context = this.#context;
    const distance = span > 6 ? 1 : 0.5;
    context.strokeStyle = css(look.paint.grid);
    context.lineWidth = 1;
    context.beginPath();
    for (let k = Math.ceil((x - span / 2) / distance); k * distance <= x + span / 2; k++) {
      const at = Math.round(this.#x(k * distance)) + 0.5;
      context.moveTo(at, 0);
      context.lineTo(at, size);
    }
    for (let k = Math.ceil((y - span / 2) / distance); k * distance <= y + span / 2; k++) {
      const at = Math.round(this.#y(k * distance)) + 0.5;
      context.moveTo(0, at);
      context.lineTo(size, at);
    }
    context.stroke();
  }

  trail({ colour, radius }: Circle, points: readonly Push[]): void {
    const { scale, look } = this.#options;
    const context = this.#context;
    context.lineCap = 'round';
    context.lineWidth = Math.max(2, Math.min(9, radius * scale * 0.35));
    for (let k = 1; k < points.length; k++) {
      const [a, b] = [points[k - 1]!, points[k]!];
      context.strokeStyle = css(trailColour(colour, k / points.length, look.paint));
      context.beginPath();
      context.moveTo(this.#x(a.x), this.#y(a.y));
      context.lineTo(this.#x(b.x), this.#y(b.y));
      context.stroke();
    }
  }

  shape(shape: Shape): void {
    const { scale, look } = this.#options;
    const context = this.#context;
    const colour = css(fillOf(shape.colour, look.paint));
    context.globalAlpha = shape.kind === 'text' ? 1 : (shape.opacity ?? 1);
    if (shape.kind === 'circle') {
      context.beginPath();
      context.arc(this.#x(shape.x), this.#y(shape.y), this.#radius(shape), 0, 2 * Math.PI);
      context.fillStyle = colour;
      context.fill();
      if (shape.opacity === undefined) {
        context.strokeStyle = css(edgeOf(shape.colour, look.paint));
        context.lineWidth = 1.5;
        context.stroke();
      }
    } else if (shape.kind === 'line') {
      context.strokeStyle = colour;
      context.lineWidth = Math.max(1.5, (shape.width ?? 0) * scale);
      context.beginPath();
      context.moveTo(this.#x(shape.x1), this.#y(shape.y1));
      context.lineTo(this.#x(shape.x2), this.#y(shape.y2));
      context.stroke();
    } else this.#text(shape.text, this.#x(shape.x), this.#y(shape.y));
    context.globalAlpha = 1;
  }

  ring(circle: Circle, gap: number, width: number): void {
    const context = this.#context;
    context.beginPath();
    context.arc(this.#x(circle.x), this.#y(circle.y), this.#radius(circle) + gap, 0, 2 * Math.PI);
    context.strokeStyle = this.#options.look.accent;
    context.lineWidth = width;
    context.stroke();
  }

  sight(from: Circle, to: Circle): void {
    const context = this.#context;
    context.strokeStyle = this.#options.look.accent;
    context.globalAlpha = 0.35;
    context.lineWidth = 1;
    context.setLineDash([2, 4]);
    context.beginPath();
    context.moveTo(this.#x(from.x), this.#y(from.y));
    context.lineTo(this.#x(to.x), this.#y(to.y));
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  /** A word in a speech bubble, above right of an agent. */
  bubble(circle: Circle, word: string): void {
    const { size, look } = this.#options;
    const context = this.#context;
    const radius = this.#radius(circle);
    const [width, height] = [30, 26];
    const left = Math.min(size - width - 4, this.#x(circle.x) + radius * 0.7);
    const top = Math.max(4, this.#y(circle.y) - radius - height - 4);
    context.fillStyle = css(look.paint.text);
    context.beginPath();
    context.roundRect(left, top, width, height, 9);
    context.fill();
    context.beginPath();
    context.moveTo(left + 5, top + height - 6);
    context.lineTo(left - 2, top + height + 5);
    context.lineTo(left + 14, top + height - 1);
    context.fill();
    context.font = '650 15px system-ui, sans-serif';
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillStyle = css(look.paint.ground);
    context.fillText(word, left + width / 2, top + height / 2 + 1);
  }

  /** Below the agent, or above where there is no room. */
  name(circle: Circle, name: string): void {
    const { size } = this.#options;
    const reach = this.#radius(circle) + 14;
    const below = this.#y(circle.y) + reach;
    const half = this.#context.measureText(name).width / 2 + 4;
    const x = Math.max(half, Math.min(size - half, this.#x(circle.x)));
    this.#text(name, x, below < size - 8 ? below : this.#y(circle.y) - reach);
  }

  #text(text: string, x: number, y: number): void {
    const { paint } = this.#options.look;
    const context = this.#context;
    context.font = `550 ${TEXT}px system-ui, sans-serif`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.lineWidth = 3;
    context.lineJoin = 'round';
    context.strokeStyle = css(paint.ground);
    context.strokeText(text, x, y);
    context.fillStyle = css(paint.text);
    context.fillText(text, x, y);
  }

  #radius({ radius }: Circle): number {
    return Math.max(radius * this.#options.scale, 3);
  }
}
