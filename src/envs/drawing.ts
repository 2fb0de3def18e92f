/**
 * Drawing: what an environment looks like, as shapes in world coordinates (x to the right, y up). Particle environments
 * draw themselves (mpe/drawing.ts), custom ones by render(); src/player shows it.
 */

/** Red, green and blue, each from 0 to 1. */
export type Colour = readonly [number, number, number];

export interface Circle {
  readonly kind: 'circle';
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Default dark grey. */
  readonly colour?: Colour;
  /** From 0 to 1, the default. */
  readonly opacity?: number;
  /** The agent that it stands for: it moves smoothly, leaves a trail and shows the agent's name. */
  readonly agent?: string;
}

export interface Line {
  readonly kind: 'line';
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  /** In world units; default a thin line. */
  readonly width?: number;
  readonly colour?: Colour;
  readonly opacity?: number;
}

/** Text centred on a point. */
export interface Text {
  readonly kind: 'text';
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly colour?: Colour;
}

/** Later shapes cover earlier ones. */
export type Shape = Circle | Line | Text;

export interface Drawing {
  readonly shapes: readonly Shape[];
  /** What agents that can speak say, by name: MPE's messages. */
  readonly says?: Readonly<Record<string, readonly number[]>>;
}

/** A body that a hand can move. */
export interface Entity {
  readonly name: string;
  readonly isAgent: boolean;
  readonly radius: number;
  readonly x: number;
  readonly y: number;
}

/** The numbers that each kind needs. */
const NUMBERS = {
  circle: ['x', 'y', 'radius'],
  line: ['x1', 'y1', 'x2', 'y2'],
  text: ['x', 'y'],
} as const;

/** Receives a fault, `<where>: expected <expected>, got <got>`. May throw it. */
type Report = (where: string, expected: string, got: unknown) => void;

/** Reports the first fault of what render() returned. `agents`: the names that circles may carry. */
export function checkShapes(shapes: unknown, agents: readonly string[], report: Report): void {
  if (!Array.isArray(shapes)) {
    report('render', 'an array of shapes', shapes);
    return;
  }
  for (const [k, given] of (shapes as unknown[]).entries()) {
    const fault = shapeFault(given, agents);
    if (fault === undefined) continue;
    report(`render[${k}]${fault.where}`, fault.expected, fault.got);
    return;
  }
}

interface Fault {
  readonly where: string;
  readonly expected: string;
  readonly got: unknown;
}

function shapeFault(given: unknown, agents: readonly string[]): Fault | undefined {
  const shape = (typeof given === 'object' && given !== null ? given : {}) as Partial<
    Record<string, unknown>
  >;
  const kind = shape['kind'];
  if (kind !== 'circle' && kind !== 'line' && kind !== 'text')
    return { where: '.kind', expected: 'circle, line or text', got: kind };
  for (const name of NUMBERS[kind])
    if (!Number.isFinite(shape[name]))
      return { where: `.${name}`, expected: 'a finite number', got: shape[name] };
  for (const name of ['radius', 'width'])
    if (shape[name] !== undefined && !((shape[name] as number) > 0))
      return { where: `.${name}`, expected: 'a number above 0', got: shape[name] };
  const { opacity, colour, agent, text } = shape;
  if (opacity !== undefined && !isShare(opacity))
    return { where: '.opacity', expected: 'a number from 0 to 1', got: opacity };
  if (colour !== undefined && !(Array.isArray(colour) && colour.length === 3 && colour.every(isShare)))
    return { where: '.colour', expected: '[red, green, blue], each from 0 to 1', got: colour };
  if (agent !== undefined && !agents.includes(agent as string))
    return { where: '.agent', expected: `one of ${agents.join(', ')}`, got: agent };
  if (kind === 'text' && typeof text !== 'string') return { where: '.text', expected: 'a string', got: text };
  return undefined;
}

function isShare(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
