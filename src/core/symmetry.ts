/**
 * Symmetries: transformations under which a task is invariant, such as a reflection or a swap of two agents, so that a
 * transformed transition is as valid as the recorded one. Environments declare theirs (envs/mpe/symmetries.ts); replay
 * samples them (replay/augmentation.ts).
 */

/**
 * A symmetry as index and sign tables: obs'[c] = obsSign[c] obs[obsFrom[c]], actions'[c] = actions[actFrom[c]], and for
 * per-agent values (reward, terminal, mask) x'[i] = x[agentFrom[i]].
 */
export interface Symmetry {
  readonly obsFrom: Int32Array; // [SO]
  readonly obsSign: Float32Array; // [SO], 1 or -1
  readonly actFrom: Int32Array; // [SA]
  readonly agentFrom: Int32Array; // [N]
}

/**
 * A symmetry group, as factors that each contain the identity: picking one symmetry from each and applying them in
 * order yields every element of the group equally often. All N! agent permutations take N (N + 1) / 2 - 1 tables.
 */
export type SymmetryGroup = readonly (readonly Symmetry[])[];

/** The composition: `first`, then `second`. */
export function composed(first: Symmetry, second: Symmetry): Symmetry {
  return {
    obsFrom: second.obsFrom.map((c) => first.obsFrom[c]!),
    obsSign: second.obsSign.map((sign, c) => sign * first.obsSign[second.obsFrom[c]!]!),
    actFrom: second.actFrom.map((c) => first.actFrom[c]!),
    agentFrom: second.agentFrom.map((i) => first.agentFrom[i]!),
  };
}
