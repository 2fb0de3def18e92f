/** Paint: display colours, from 0 to 255, on light and dark ground. MPE's colours, softened so that outlines and text stand out. */
import type { Colour } from '../envs/drawing.ts';

/** Red, green and blue from 0 to 255, whole. */
export type Rgb = readonly [number, number, number];

export interface Theme {
  readonly ground: Rgb;
  readonly grid: Rgb;
  readonly text: Rgb;
  readonly faint: Rgb;
  /** A disc's edge: so much of its colour, the rest of `text`. */
  readonly edge: number;
  /** How far colours move towards white. */
  readonly lift: number;
}

export const LIGHT: Theme = {
  ground: [255, 255, 255],
  grid: [238, 240, 244],
  text: [31, 36, 48],
  faint: [96, 104, 120],
  edge: 0.62,
  lift: 0.12,
};

export const DARK: Theme = {
  ground: [22, 25, 33],
  grid: [38, 43, 54],
  text: [231, 234, 240],
  faint: [160, 168, 184],
  edge: 0.7,
  lift: 0.3,
};

/** MPE2 draws a full channel as 200 of 255; a little brighter is kinder to the eye. */
const FULL = 0.88;

/** Of shapes without a colour. */
const GREY: Colour = [0.35, 0.35, 0.35];

export function fillOf(colour: Colour = GREY, { lift }: Theme): Rgb {
  return map(colour, (c) => 255 * (FULL * c + (1 - FULL * c) * lift));
}

export function edgeOf(colour: Colour | undefined, theme: Theme): Rgb {
  const fill = fillOf(colour, theme);
  return mix(theme.text, fill, theme.edge);
}

/** Of a trail's part, which fades into the ground; `age` is 0 for the oldest and 1 for the newest. */
export function trailColour(colour: Colour | undefined, age: number, theme: Theme): Rgb {
  return mix(theme.ground, edgeOf(colour, theme), 0.12 + 0.45 * age);
}

/** So much of b, the rest of a. */
function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return [
    Math.round(a[0] + (b[0] - a[0]) * share),
    Math.round(a[1] + (b[1] - a[1]) * share),
    Math.round(a[2] + (b[2] - a[2]) * share),
  ];
}

export function css([red, green, blue]: Rgb): string {
  return `rgb(${red}, ${green}, ${blue})`;
}

function map([red, green, blue]: Colour, to: (c: number) => number): Rgb {
  return [Math.round(to(red)), Math.round(to(green)), Math.round(to(blue))];
}
