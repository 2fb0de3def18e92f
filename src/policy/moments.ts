/** Adam's moments as named tensors `exp_avg/<tensor>` and `exp_avg_sq/<tensor>`. */
import type { TensorMap } from '../core/tensor-map.ts';
import { UserError } from '../core/user-error.ts';
import type { NetworkSpec } from '../engine/network-spec.ts';
import type { Policy } from './policy.ts';
import { requireTensors } from './require-tensors.ts';

const SECTIONS = ['exp_avg', 'exp_avg_sq'] as const;

export function moments(policy: Policy): TensorMap {
  return new Map(
    SECTIONS.flatMap((section) =>
      [...policy.tensors(section)].map(([name, tensor]) => [`${section}/${name}`, tensor] as const),
    ),
  );
}

/**
 * Throws UserError unless `tensors` are the moments of these networks, all finite, squares not negative, and nothing else.
 * `where` names the file.
 */
export function requireMoments(networks: readonly NetworkSpec[], tensors: TensorMap, where: string): void {
  const named = SECTIONS.flatMap((section) =>
    networks.map((spec) => ({ ...spec, name: `${section}/${spec.name}` })),
  );
  requireTensors(named, tensors, where);
  for (const [name, { data }] of tensors) {
    const negative = name.startsWith('exp_avg_sq/') ? data.find((x) => x < 0) : undefined;
    if (negative !== undefined)
      throw new UserError(`${where}: expected numbers >= 0 in ${name}, got ${negative}`);
  }
}

/** Replaces all moments by those of a file that `where` names. Throws UserError as requireMoments(). */
export function restoreMoments(policy: Policy, tensors: TensorMap, where: string): void {
  requireMoments([...policy.networks.values()], tensors, where);
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
