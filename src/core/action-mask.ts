/** Action masks, as in PettingZoo: a number per choice of a Discrete action, 1 for allowed and 0 for illegal choices. */

/** 0 and 1 or booleans, one per choice. */
export type ActionMaskValues = ArrayLike<number | boolean>;

/** What is wrong with a mask: `path` within it ('' or '[2]'), what was expected and what it is instead. */
export interface ActionMaskFault {
  readonly path: string;
  readonly expected: string;
  readonly got: unknown;
}

/**
 * The first fault of a mask for `n` choices; undefined if it has none.
 * @param choosing whether an action is chosen with the mask, so that one must be allowed
 */
export function actionMaskFault(mask: unknown, n: number, choosing = true): ActionMaskFault | undefined {
  if (!isArrayLike(mask))
    return {
      path: '',
      expected: `an array of ${n} numbers, 1 for each allowed action and 0 for others`,
      got: mask,
    };
  if (mask.length !== n) return { path: '', expected: `${n} values, one per action`, got: mask.length };
  let allowed = false;
  for (let k = 0; k < n; k++) {
    const value = mask[k];
    if (value === 1 || value === true) allowed = true;
    else if (value !== 0 && value !== false)
      return { path: `[${k}]`, expected: '0, 1, false or true', got: value };
  }
  return allowed || !choosing
    ? undefined
    : { path: '', expected: 'at least one allowed action', got: 'none' };
}

/** Writes a mask into `out` from `at`. One that allows nothing (after the last action) is written as ones. */
export function writeActionMask(mask: ActionMaskValues, out: Uint8Array | Float32Array, at: number): void {
  let allowed = 0;
  for (let k = 0; k < mask.length; k++) {
    out[at + k] = mask[k] === true || mask[k] === 1 ? 1 : 0;
    allowed += out[at + k]!;
  }
  if (allowed === 0) out.fill(1, at, at + mask.length);
}

function isArrayLike(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}
