import type { TensorMap } from '../../src/core/tensor-map.ts';

/** Names of the tensors of which no number has changed. */
export function unmoved(before: TensorMap, after: TensorMap): string[] {
  return [...after]
    .filter(([name, { data }]) => data.every((x, k) => x === before.get(name)!.data[k]))
    .map(([name]) => name);
}
