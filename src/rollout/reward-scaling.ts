/**
 * RewardScaling: the rewards that critics learn from where reward_scale or use_rewnorm is set. Metrics and evaluations
 * show what the environment paid.
 *
 * It works on the way into the replay buffer, as in XuanCe, not at sampling: so each step's reward is clipped by
 * itself, whatever n-step sums and team means are made of it later, and a stored reward never changes its meaning.
 */
import { teamsOf, type JointSpec } from '../core/joint-spec.ts';
import { RunningMoments } from '../core/running-moments.ts';

export interface RewardOptions {
  /** Factor on every reward, after the normalisation where there is one. */
  readonly scale: number;
  /** Division by the running deviation of returns discounted by gamma, and clipping to plus and minus range. */
  readonly norm?: { readonly gamma: number; readonly range: number } | undefined;
}

/** XuanCe's bounds of the deviation that rewards are divided by. */
const LEAST_STD = 0.1;
const MOST_STD = 100;

export class RewardScaling {
  readonly #options: RewardOptions;
  readonly #scaled: Float64Array; // [E, N]
  /** g <- gamma g + r of the episodes under way, [E, N]. */
  readonly #returns: Float64Array;
  /** Moments of those of the episodes that have ended, by team: agents of a team stay comparable. */
  readonly #moments: readonly RunningMoments[];
  /** Team of each agent, [N]. */
  readonly #teams: readonly number[];

  constructor(spec: JointSpec, environments: number, options: RewardOptions) {
    const teams = teamsOf(spec.agents);
    this.#options = options;
    this.#scaled = new Float64Array(environments * spec.agents.length);
    this.#returns = new Float64Array(environments * spec.agents.length);
    this.#moments = teams.map(() => new RunningMoments(1));
    this.#teams = spec.agents.map(({ team }) => teams.indexOf(team));
  }

  /**
   * The rewards [E, N] of a vector step as critics shall see them, in an array that the next call overwrites. Episodes
   * that end with this step (`ended` [E]) count from the next one on.
   */
  apply(rewards: Float64Array, ended: Uint8Array): Float64Array {
    const { scale, norm } = this.#options;
    const scaled = this.#scaled;
    const agents = this.#teams.length;
    for (let k = 0; k < rewards.length; k++) {
      const reward = norm ? clipped(rewards[k]! / this.#std(k % agents), norm.range) : rewards[k]!;
      scaled[k] = scale * reward;
    }
    if (norm) this.#takeIn(rewards, ended, norm.gamma);
    return scaled;
  }

  /** Drops the episodes under way. */
  forgetRunning(): void {
    this.#returns.fill(0);
  }

  /** For checkpoints: the arrays that the future depends on, by name. */
  arrays(): Record<string, Float64Array> {
    if (!this.#options.norm) return {};
    const moments = this.#moments.flatMap((team, t) =>
      Object.entries(team.arrays()).map(([name, array]): [string, Float64Array] => [
        `reward ${name} ${t}`,
        array,
      ]),
    );
    return { 'discounted returns': this.#returns, ...Object.fromEntries(moments) };
  }

  #takeIn(rewards: Float64Array, ended: Uint8Array, gamma: number): void {
    const returns = this.#returns;
    const agents = this.#teams.length;
    for (let k = 0; k < rewards.length; k++) {
      returns[k] = gamma * returns[k]! + rewards[k]!;
      if (ended[Math.floor(k / agents)] === 0) continue;
      this.#moments[this.#teams[k % agents]!]!.add(returns, k);
      returns[k] = 0;
    }
  }

  #std(agent: number): number {
    return Math.min(MOST_STD, Math.max(LEAST_STD, this.#moments[this.#teams[agent]!]!.std(0)));
  }
}

function clipped(x: number, range: number): number {
  return x < -range ? -range : x > range ? range : x;
}
