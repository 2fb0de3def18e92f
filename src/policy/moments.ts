/** Adam's moments as named tensors `exp_avg/<tensor>` and `exp_avg_sq/<tensor>`. */
import type { TensorMap } from '../core/tensor-map.ts';
import type { Policy } from './policy.ts';

const SECTIONS = ['exp_avg', 'exp_avg_sq'] as const;

export function moments(policy: Policy): TensorMap {
  return new Map(
    SECTIONS.flatMap((section) =>
      [...policy.tensors(section)].map(([name, tensor]) => [`${section}/${name}`, tensor] as const),
    ),
  );
}

/** Replaces all moments. Throws UserError if a tensor is missing or misshapen. */
export function loadMoments(policy: Policy, tensors: TensorMap): void {
  for (const section of SECTIONS)
    policy.load(
      new Map(
        [...tensors]
          .filter(([name]) => name.startsWith(`${section}/`))
          .map(([name, tensor]) => [name.slice(section.length + 1), tensor]),
      ),
      section,
    );
}
