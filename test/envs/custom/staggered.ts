/**
 * A test environment in which every number identifies itself: at step t agent i observes [i + 1 + seed, t] and earns
 * 10 t + i + 1. `early` is terminated at step 2, `late` truncated at step 3, `last` terminated at step 5.
 */
import type { CustomEnvironment } from '../../../src/envs/custom/custom-environment.ts';
import { box, discrete, type Space } from '../../../src/envs/spaces.ts';

export const AGENTS = ['early', 'late', 'last'] as const;
type Name = (typeof AGENTS)[number];

export class Staggered implements CustomEnvironment {
  readonly name = 'staggered';
  readonly possibleAgents: readonly string[] = AGENTS;
  agents: readonly Name[] = [];
  /** The last step of each agent. */
  ends: Readonly<Record<Name, number>> = { early: 2, late: 3, last: 5 };
  t = 0;
  episode = 0;
  seed = 0;
  /** Actions passed to step(). */
  readonly given: Record<string, unknown>[] = [];

  observationSpace(): Space {
    return box(2);
  }

  actionSpace(agent: string): Space {
    return agent === 'last' ? discrete(3) : box(1, -1, 1);
  }

  observation(agent: Name): Float32Array {
    return Float32Array.of(AGENTS.indexOf(agent) + 1 + this.seed, this.t);
  }

  reset({ seed }: { seed?: number } = {}): ReturnType<CustomEnvironment['reset']> {
    if (seed !== undefined) {
      this.seed = seed;
      this.episode = 0;
    }
    this.t = 0;
    this.episode += 1;
    this.agents = AGENTS;
    return {
      observations: this.of(AGENTS, (name) => this.observation(name)),
      infos: this.of(AGENTS, () => ({})),
    };
  }

  step(actions: Readonly<Record<string, number | Float32Array>>): ReturnType<CustomEnvironment['step']> {
    this.given.push(actions);
    this.t += 1;
    const live = this.agents;
    this.agents = live.filter((name) => this.t < this.ends[name]);
    return {
      observations: this.of(live, (name) => this.observation(name)),
      rewards: this.of(live, (name) => 10 * this.t + AGENTS.indexOf(name) + 1),
      terminations: this.of(live, (name) => this.t === this.ends[name] && name !== 'late'),
      truncations: this.of(live, (name) => this.t === this.ends[name] && name === 'late'),
      infos: this.of(live, () => ({})),
    };
  }

  of<T>(names: readonly Name[], value: (name: Name) => T): Record<string, T> {
    return Object.fromEntries(names.map((name) => [name, value(name)]));
  }
}

/** Staggered with snapshots. */
export class Saved extends Staggered {
  snapshot(): Uint8Array {
    return new TextEncoder().encode(JSON.stringify([this.t, this.episode, this.seed, this.agents]));
  }

  restore(bytes: Uint8Array): void {
    const [t, episode, seed, agents] = JSON.parse(new TextDecoder().decode(bytes)) as [
      number,
      number,
      number,
      Name[],
    ];
    Object.assign(this, { t, episode, seed, agents });
  }
}
