/** Action and observation spaces, with Gymnasium's names. Pure descriptions; sampling takes a generator. */

/** A box of float32 values: every component lies in [low, high]. */
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

/** Columns that a value of this space takes in a joint array (a Discrete travels as a one-hot row). */
export function widthOf(space: Space): number {
  return space.kind === 'box' ? space.shape[0] : space.n;
}
