/**
 * A test environment with action masks that throws at an illegal action. `door_0` and `door_1` choose among 4 doors, of
 * which a random non-empty set is open; `mover` has a Box action and no mask. An episode takes 5 steps; `door_1`
 * terminates at step 3, and its last mask allows nothing. Observations do not show which doors are open.
 */
import type { CustomEnvironment } from '../../../src/envs/custom/custom-environment.ts';
import { box, discrete, type Space } from '../../../src/envs/spaces.ts';

const AGENTS: readonly string[] = ['door_0', 'door_1', 'mover'];
export const DOORS = 4;
const STEPS = 5;

export class Doors implements CustomEnvironment {
  readonly name = 'doors';
  readonly possibleAgents = AGENTS;
  agents: readonly string[] = [];
  t = 0;
  /** State of the random generator. */
  state = 0;
  open: Record<string, number[]> = {};

  observationSpace(): Space {
    return box(2);
  }

  actionSpace(agent: string): Space {
    return agent === 'mover' ? box(1, -1, 1) : discrete(DOORS);
  }

  reset({ seed }: { seed?: number } = {}): ReturnType<CustomEnvironment['reset']> {
    if (seed !== undefined) this.state = seed;
    this.t = 0;
    this.agents = AGENTS;
    return this.seen(AGENTS);
  }

  step(actions: Readonly<Record<string, number | Float32Array>>): ReturnType<CustomEnvironment['step']> {
    const live = this.agents;
    const rewards: Record<string, number> = {};
    for (const name of live) {
      const action = actions[name]!;
      if (typeof action === 'number' && this.open[name]![action] !== 1)
        throw new Error(`${name} walked into closed door ${action}`);
      rewards[name] = typeof action === 'number' ? action : -Math.abs(action[0]! - 0.5);
    }
    this.t += 1;
    const gone = (name: string): boolean => name === 'door_1' && this.t === 3;
    this.agents = this.t === STEPS ? [] : live.filter((name) => !gone(name));
    const of = <T>(value: (name: string) => T): Record<string, T> =>
      Object.fromEntries(live.map((name) => [name, value(name)]));
    const result = this.seen(live);
    if (this.t === 3) result.infos['door_1'] = { action_mask: new Array<number>(DOORS).fill(0) };
    return {
      ...result,
      rewards,
      terminations: of(gone),
      truncations: of(() => this.t === STEPS),
    };
  }

  snapshot(): Uint8Array {
    return new TextEncoder().encode(JSON.stringify([this.t, this.state, this.agents, this.open]));
  }

  restore(bytes: Uint8Array): void {
    [this.t, this.state, this.agents, this.open] = JSON.parse(new TextDecoder().decode(bytes)) as [
      number,
      number,
      string[],
      Record<string, number[]>,
    ];
  }

  private seen(names: readonly string[]): ReturnType<CustomEnvironment['reset']> {
    const observations: Record<string, Float32Array> = {};
    const infos: Record<string, Record<string, unknown>> = {};
    for (const name of names) {
      observations[name] = Float32Array.of(this.t / STEPS, AGENTS.indexOf(name));
      if (name !== 'mover') {
        this.state = (Math.imul(this.state, 1103515245) + 12345) & 0x7fffffff;
        const bits = 1 + ((this.state >> 16) % (2 ** DOORS - 1));
        this.open[name] = Array.from({ length: DOORS }, (_, k) => (bits >> k) & 1);
      }
      infos[name] = name === 'mover' ? {} : { action_mask: this.open[name]!.slice() };
    }
    return { observations, infos };
  }
}
