/**
 * Symmetry: a way to pass a transition of a task through a change of view that the task does not notice, such as a
 * mirror or two agents that change places: the changed transition is as true as the recorded one. Environments
 * declare their own (envs/mpe/symmetries.ts), replay draws them (replay/augmentation.ts).
 */

/**
 * Index and sign tables. Observations are obs'[c] = obsSign[c] obs[obsFrom[c]], actions'[c] = actions[actFrom[c]], and
 * what each agent has one of (reward, terminal, mask) x'[i] = x[agentFrom[i]].
 */
export interface Symmetry {
  readonly obsFrom: Int32Array; // [SO]
  readonly obsSign: Float32Array; // [SO], 1 or -1
  readonly actFrom: Int32Array; // [SA]
  readonly agentFrom: Int32Array; // [N]
}

/**
 * A group of symmetries, by factors that each hold the identity: one symmetry of each, applied one after the other, gives
 * every element of the group, and all equally often. So N! orders of agents are N (N + 1) / 2 - 1 tables.
 */
export type SymmetryGroup = readonly (readonly Symmetry[])[];

/** `first`, then `second`, as one. */
export function composed(first: Symmetry, second: Symmetry): Symmetry {
  return {
    obsFrom: second.obsFrom.map((c) => first.obsFrom[c]!),
    obsSign: second.obsSign.map((sign, c) => sign * first.obsSign[second.obsFrom[c]!]!),
    actFrom: second.actFrom.map((c) => first.actFrom[c]!),
    agentFrom: second.agentFrom.map((i) => first.agentFrom[i]!),
  };
}
