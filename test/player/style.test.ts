/** The colours of curves: what tells agents apart. */
import { describe, expect, it } from 'vitest';
import { PLAYER_STYLE } from '../../src/player/style.ts';

type Rgb = readonly [number, number, number];

/** Linear light from `#rrggbb`. */
function linear(hex: string): Rgb {
  const channel = (at: number): number => {
    const x = parseInt(hex.slice(at, at + 2), 16) / 255;
    return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

/** Contrast as in WCAG 2. */
function contrast(a: string, b: string): number {
  const [low, high] = [a, b]
    .map((hex) => linear(hex))
    .map(([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue)
    .sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

/** Oklab, in which equal distances look alike (https://bottosson.github.io/posts/oklab). */
function oklab(hex: string): Rgb {
  const [r, g, b] = linear(hex);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function distance(a: string, b: string): number {
  const [x, y] = [oklab(a), oklab(b)];
  return Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

/** Ground and the eight colours of each theme, in the order of the style sheet. */
const themes = PLAYER_STYLE.split('--mp-dark:')
  .slice(1)
  .map((rules) => ({
    ground: /--mp-ground: (#\w+)/.exec(rules)![1]!.replace(/^#(\w)(\w)(\w)$/, '#$1$1$2$2$3$3'),
    colours: [...rules.matchAll(/--mp-\d: (#\w{6});/g)].map(([, colour]) => colour!),
  }));

describe('the colours of curves', () => {
  it('are the same in both rules of the dark theme', () => {
    expect(themes).toHaveLength(3);
    expect(themes[2]).toEqual(themes[1]);
  });

  it.each([
    ['light', 0],
    ['dark', 1],
  ])('are eight, far from each other and from the ground, in the %s theme', (_name, k) => {
    const { ground, colours } = themes[k]!;
    expect(colours).toHaveLength(8);
    const near = colours.flatMap((a, i) => colours.slice(0, i).filter((b) => distance(a, b) < 0.125));
    expect(near).toEqual([]);
    // 3 is what WCAG asks of graphics.
    expect(colours.filter((colour) => contrast(colour, ground) < 3)).toEqual([]);
  });
});
