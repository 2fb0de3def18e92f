/**
 * TeamRewards: replaces each agent's reward by its team's mean (critic_reward: team); inactive agents count as 0. Replay
 * applies it when a step is stored, before n-step returns. Recorded episode returns remain per agent.
 */
import { teamsOf, type JointSpec } from '../core/joint-spec.ts';

export class TeamRewards {
  /** Agent indices of each team. */
  readonly #teams: readonly Int32Array[];
  readonly #agents: number;
  #means = new Float64Array(0); // [E, N]

  constructor({ agents }: JointSpec) {
    const names = teamsOf(agents);
    this.#teams = names.map((name) =>
      Int32Array.from(agents.flatMap(({ team }, i) => (team === name ? [i] : []))),
    );
    this.#agents = agents.length;
  }

  /** Team mean of `rewards` [E, N] for each agent, [E, N]; a view that the next call overwrites. */
  means(rewards: Float64Array): Float64Array {
    if (this.#means.length !== rewards.length) this.#means = new Float64Array(rewards.length);
    this.#means.set(rewards);
    this.average(this.#means);
    return this.#means;
  }

  /** Replaces each agent's reward in `rewards` [..., N] by its team's mean. */
  average(rewards: Float32Array | Float64Array): void {
    for (let at = 0; at < rewards.length; at += this.#agents)
      for (const team of this.#teams) {
        let sum = 0;
        for (const i of team) sum += rewards[at + i]!;
        for (const i of team) rewards[at + i] = sum / team.length;
      }
  }
}
