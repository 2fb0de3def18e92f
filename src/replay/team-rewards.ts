/**
 * TeamRewards: the reward that a critic of the team learns from (critic_reward: team): in each step, every agent's is
 * the mean over its team, an agent that took no part counting with its 0. Taken when a step is stored, before n-step
 * returns are summed. What is recorded as episode return stays each agent's own.
 */
import { teamsOf, type JointSpec } from '../core/joint-spec.ts';

export class TeamRewards {
  /** The agents of each team, by index. */
  readonly #teams: readonly Int32Array[];
  readonly #agents: number;
  readonly #means: Float64Array; // [E, N]

  constructor({ agents }: JointSpec, parallels: number) {
    const names = teamsOf(agents);
    this.#teams = names.map((name) =>
      Int32Array.from(agents.flatMap(({ team }, i) => (team === name ? [i] : []))),
    );
    this.#agents = agents.length;
    this.#means = new Float64Array(parallels * agents.length);
  }

  /** The mean over each agent's team, [E, N], in this object's memory. `rewards`: [E, N]. */
  means(rewards: Float64Array): Float64Array {
    for (let at = 0; at < rewards.length; at += this.#agents)
      for (const team of this.#teams) {
        let sum = 0;
        for (const i of team) sum += rewards[at + i]!;
        for (const i of team) this.#means[at + i] = sum / team.length;
      }
    return this.#means;
  }
}
