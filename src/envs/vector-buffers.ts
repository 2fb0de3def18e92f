/** VectorBuffers: the arrays and argument checks shared by all kinds of VectorEnv. Subclasses fill the arrays. */
import type { JointSpec } from '../core/joint-spec.ts';
import { EnvironmentError } from './errors.ts';
import type { Watcher } from './vector-env.ts';

export abstract class VectorBuffers {
  readonly name: string;
  readonly spec: JointSpec;
  readonly count: number;
  readonly obs: Float32Array; // [E, SO]
  readonly nextObs: Float32Array; // [E, SO]
  readonly rewards: Float64Array; // [E, N]
  readonly terminals: Uint8Array; // [E, N]
  readonly agentMask: Uint8Array; // [E, N]
  readonly ended: Uint8Array; // [E]
  #actionMask: Uint8Array | undefined; // [E, SA]
  #nextActionMask: Uint8Array | undefined; // [E, SA]
  /** Whether there are episodes: since the first reset() or restore(). */
  protected begun = false;
  protected watcher: Watcher | undefined;

  /** @param count E, at least 1 */
  protected constructor(name: string, spec: JointSpec, count: number) {
    const agents = count * spec.agents.length;
    this.name = name;
    this.spec = spec;
    this.count = count;
    this.obs = new Float32Array(count * spec.obsTotal);
    this.nextObs = new Float32Array(count * spec.obsTotal);
    this.rewards = new Float64Array(agents);
    this.terminals = new Uint8Array(agents);
    this.agentMask = new Uint8Array(agents);
    this.ended = new Uint8Array(count);
  }

  watch(watcher: Watcher): void {
    this.watcher = watcher;
  }

  get actionMask(): Uint8Array | undefined {
    return this.#actionMask;
  }

  get nextActionMask(): Uint8Array | undefined {
    return this.#nextActionMask;
  }

  /** The action masks, created with every action allowed by the first call. */
  protected actionMasks(): { actionMask: Uint8Array; nextActionMask: Uint8Array } {
    const length = this.count * this.spec.actTotal;
    const actionMask = (this.#actionMask ??= new Uint8Array(length).fill(1));
    const nextActionMask = (this.#nextActionMask ??= new Uint8Array(length).fill(1));
    return { actionMask, nextActionMask };
  }

  protected expectSeeds(seeds: readonly number[]): void {
    if (seeds.length !== this.count)
      throw new EnvironmentError('seeds', `${this.count} numbers, one per environment`, seeds);
    this.begun = true;
  }

  /** @throws EnvironmentError before the first reset() or restore() */
  protected expectEpisode(call: string): void {
    if (!this.begun)
      throw new EnvironmentError(call, 'environments with an episode', 'none', 'call reset() first');
  }

  /** @throws EnvironmentError before the first reset() or restore(), or if the array has the wrong length */
  protected expectActions(actions: Float32Array): void {
    this.expectEpisode('step()');
    const length = this.count * this.spec.actTotal;
    if (actions.length !== length)
      throw new EnvironmentError(
        'actions',
        `${length} values, [${this.count}, ${this.spec.actTotal}]`,
        actions,
      );
  }
}

/** @throws EnvironmentError unless `count` is a positive integer */
export function expectCount(count: number): void {
  if (!Number.isInteger(count) || count < 1)
    throw new EnvironmentError('number of environments', 'an integer of at least 1', count);
}
