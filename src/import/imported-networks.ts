/** What other people's files hold of a run: networks, and of some the state of its optimizers. */
import type { TensorMap } from '../core/tensor-map.ts';
import type { PolicyLayout } from '../policy/layout.ts';

export interface ImportedNetworks {
  /** All tensors of the policy, by their names here. */
  readonly weights: TensorMap;
  readonly optimizers?: OptimizerState | undefined;
  /** What the file lacks or says otherwise, a line each. */
  readonly notes: readonly string[];
}

export interface OptimizerState {
  /** Adam's, of every trained tensor: `exp_avg/<tensor>`, `exp_avg_sq/<tensor>`. */
  readonly moments: TensorMap;
  /** Steps by optimizer: `actor/<group>`, ... */
  readonly steps: Readonly<Record<string, number>>;
}

/** Temperatures start from 1, as in a new run: log_alpha 0. */
export function freshTemperatures(layout: PolicyLayout): TensorMap {
  return new Map(
    layout.groups
      .filter((group) => layout.designOf(group).temperature === true)
      .map(({ name }) => [`alpha/${name}/log_alpha`, { shape: [1], data: new Float32Array(1) }]),
  );
}
