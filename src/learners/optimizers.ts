/** The optimizers that a policy needs, by name: `actor/<group>`, `critic/<group>`, ... */
import type { ParameterGroup } from '../policy/groups.ts';
import type { Policy } from '../policy/policy.ts';

/** What optimizers train: actors, critics (twins together), temperatures, approximate policies of other groups. */
export const OPTIMIZED = ['actor', 'critic', 'alpha', 'inferred'] as const;
export type Optimized = (typeof OPTIMIZED)[number];

export interface OptimizerSlot {
  /** `<network>/<group>`, or `actor_<k>/<group>` in an ensemble. */
  readonly name: string;
  readonly network: Optimized;
  readonly group: ParameterGroup;
}

/** All optimizers of a policy, group by group. */
export function optimizersOf(policy: Policy): OptimizerSlot[] {
  return policy.groups.flatMap((group) => {
    const has: Readonly<Record<Optimized, boolean>> = {
      actor: true,
      critic: true,
      alpha: policy.designOf(group).temperature === true,
      inferred: policy.inferredBy(group).length > 0,
    };
    return OPTIMIZED.filter((network) => has[network]).flatMap((network) =>
      policy.subNetworks(network).map((own) => ({ name: `${own}/${group.name}`, network, group })),
    );
  });
}
