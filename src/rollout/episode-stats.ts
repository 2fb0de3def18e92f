/** Returns of running episodes, and of those that ended since the last report. */
import { COUNTS, FINITE, type Sections } from '../core/sections.ts';

/** Mean returns of ended episodes. */
export interface EpisodeReport {
  readonly episodes: number;
  /** Mean return of each agent, [N]. */
  readonly perAgent: readonly number[];
}

/** Called at the end of every episode with the environment's index and each agent's return, [N]. */
export type EpisodeListener = (environment: number, returns: readonly number[]) => void;

export class EpisodeStats {
  /** Return so far of running episodes, [E, N]. */
  readonly #running: Float64Array;
  /** Summed returns of ended episodes, [N], and their count. */
  readonly #ended: Float64Array;
  readonly #count = new Float64Array(1);

  readonly #onEpisode: EpisodeListener | undefined;

  constructor(environments: number, agents: number, onEpisode?: EpisodeListener) {
    this.#onEpisode = onEpisode;
    this.#running = new Float64Array(environments * agents);
    this.#ended = new Float64Array(agents);
  }

  /** Adds one vector step: rewards [E, N], ended [E]. */
  add(rewards: Float64Array, ended: Uint8Array): void {
    const agents = this.#ended.length;
    for (let k = 0; k < rewards.length; k++) this.#running[k]! += rewards[k]!;
    for (let e = 0; e < ended.length; e++) {
      if (ended[e] === 0) continue;
      this.#count[0]! += 1;
      this.#onEpisode?.(e, [...this.#running.subarray(e * agents, (e + 1) * agents)]);
      for (let i = 0; i < agents; i++) {
        this.#ended[i]! += this.#running[e * agents + i]!;
        this.#running[e * agents + i] = 0;
      }
    }
  }

  /** Means since the last call; undefined if no episode has ended. Resets the sums. */
  report(): EpisodeReport | undefined {
    const episodes = this.#count[0]!;
    if (episodes === 0) return undefined;
    const perAgent = [...this.#ended].map((sum) => sum / episodes);
    this.#ended.fill(0);
    this.#count[0] = 0;
    return { episodes, perAgent };
  }

  /** Discards running episodes. */
  forgetRunning(): void {
    this.#running.fill(0);
  }

  /** Takes over arrays(). Throws UserError. */
  restore(sections: Sections): void {
    for (const [name, array] of Object.entries(this.arrays()))
      array.set(sections.get(name, Float64Array, array.length, name === 'count' ? COUNTS : FINITE));
  }

  /** State arrays by name, for checkpoints. */
  arrays(): Record<'running' | 'ended' | 'count', Float64Array> {
    return { running: this.#running, ended: this.#ended, count: this.#count };
  }
}
