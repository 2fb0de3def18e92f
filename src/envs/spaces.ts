/** Action and observation spaces, named as in Gymnasium. Plain data. */

/** A vector of float32 values, each in [low, high]. */
export interface Box {
  readonly kind: 'box';
  readonly shape: readonly [number];
  readonly low: number;
  readonly high: number;
}

/** The integers 0 .. n-1. */
export interface Discrete {
  readonly kind: 'discrete';
  readonly n: number;
}

export type Space = Box | Discrete;

export function box(width: number, low = -Infinity, high = Infinity): Box {
  return { kind: 'box', shape: [width], low, high };
}

export function discrete(n: number): Discrete {
  return { kind: 'discrete', n };
}

/** Columns of this space in a joint array; a Discrete is one-hot. */
export function widthOf(space: Space): number {
  return space.kind === 'box' ? space.shape[0] : space.n;
}
