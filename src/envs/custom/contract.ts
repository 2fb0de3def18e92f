/**
 * Checks the contract of an environment by playing it (`maddpg envs check`; checkEnvironment() in the library): spaces,
 * results, action masks, agents that finish early, out-of-bounds actions, mid-episode reset, determinism, snapshots. The check stops
 * after the first part with faults.
 */
import type { ActionMaskValues } from '../../core/action-mask.ts';
import { FastStream } from '../../core/random.ts';
import { ActionMasks } from './action-masks.ts';
import { closeAll } from './close-all.ts';
import { readAgents, type AgentSpaces, type CustomEnvironment, type Report } from './custom-environment.ts';
import { checkAgents, checkReset, checkStep } from './outcomes.ts';
import { thrown } from './thrown.ts';
import { checkShapes } from '../drawing.ts';
import { faultLine } from '../errors.ts';
import type { Action, ResetResult, StepResult } from '../parallel-env.ts';

export interface ContractOptions {
  /** Seed of the first episode and of the actions. Default 1. */
  readonly seed?: number;
  /** Consecutive episodes to play. Default 3. */
  readonly episodes?: number;
  /** Upper limit on the length of an episode. Default 10,000. */
  readonly maxSteps?: number;
}

export interface ContractReport {
  /** One line each, `step 3: observations.agent_0: expected 4 numbers, got 5`; empty if all is well. */
  readonly faults: readonly string[];
  readonly agents: readonly string[];
  /** Consecutive episodes played, and their steps. */
  readonly episodes: number;
  readonly steps: number;
  /** Agents that finished an episode before others did. */
  readonly endedEarly: readonly string[];
}

/** Plays environments created by `makeEnv` and reports every breach of the contract. Does not throw. */
export function checkEnvironment(
  makeEnv: () => CustomEnvironment,
  options: ContractOptions = {},
): ContractReport {
  const check = new ContractCheck(makeEnv, { seed: 1, episodes: 3, maxSteps: 10_000, ...options });
  try {
    try {
      check.run();
    } finally {
      check.close();
    }
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
  }
  return check.report();
}

/** Ends the check once faults are noted: whatever follows would only repeat them. */
class Broken extends Error {}

/** The outcome of a reset or step, for comparison: values by path, `observations.agent_0[2]` -> 0.5. */
interface Moment {
  /** `reset: `, `episode 2, step 3: ` */
  readonly when: string;
  readonly values: ReadonlyMap<string, string | number | boolean>;
}

/** Chooses an agent's action; `mask`: its action mask, if it has one. */
type Act = (agent: AgentSpaces, mask?: Uint8Array) => Action;

/** Hints for results that differ between two identical runs. */
const SEEDED = 'seed your own random generator in reset(), and reset all other state there';
const SAVED = 'save the complete state in snapshot()';

/** Steps to compare between two runs. */
const COMPARED = 200;

class ContractCheck {
  readonly #makeEnv: () => CustomEnvironment;
  readonly #options: Required<ContractOptions>;
  readonly #faults: string[] = [];
  #agents: readonly AgentSpaces[] = [];
  #masks = new ActionMasks([]);
  #episodes = 0;
  #steps = 0;
  readonly #endedEarly = new Set<string>();
  readonly #envs: CustomEnvironment[] = [];

  constructor(makeEnv: () => CustomEnvironment, options: Required<ContractOptions>) {
    this.#makeEnv = makeEnv;
    this.#options = options;
  }

  report(): ContractReport {
    return {
      faults: this.#faults,
      agents: this.#agents.map(({ name }) => name),
      episodes: this.#episodes,
      steps: this.#steps,
      endedEarly: [...this.#endedEarly],
    };
  }

  /** @throws Broken after the first part with faults */
  run(): void {
    const [env, agents] = this.#made('');
    this.#agents = agents;
    this.#masks = new ActionMasks(agents);
    const first = this.#play(env, '');
    const fresh = 'in a new environment: ';
    const [other] = this.#made(fresh);
    this.#compare(first, this.#play(other, fresh), fresh, SEEDED);
    this.#resetInTheMiddle(env);
    const again = 'after a mid-episode reset({ seed }): ';
    this.#compare(first, this.#play(env, again), again, SEEDED);
    this.#extremes(env);
    if (env.snapshot !== undefined) this.#snapshots(env);
  }

  /** @throws Broken if a close() throws */
  close(): void {
    this.#call('close: ', 'no error', () => {
      closeAll(this.#envs);
    });
  }

  readonly #report: Report = (where, expected, got, hint) => {
    this.#faults.push(faultLine(where, expected, got, hint));
  };

  #settle(): void {
    if (this.#faults.length > 0) throw new Broken();
  }

  /** Creates an environment. `place`: '' for the first one. @throws Broken if makeEnv() does not return one */
  #made(place: string): [CustomEnvironment, AgentSpaces[]] {
    const at = `${place}environment: `;
    const env = this.#call(at, 'an environment', () => this.#makeEnv());
    if (env instanceof Object) this.#envs.push(env); // even one with faults must be closed
    const report: Report = (where, ...what) => {
      this.#report(`${place}${where}`, ...what);
    };
    const agents = this.#call(at, 'agents and spaces', () => readAgents(env, report));
    if (agents === undefined) throw new Broken();
    this.#settle();
    return [env, agents];
  }

  #call<T>(at: string, expected: string, act: () => T): T {
    try {
      return act();
    } catch (error) {
      this.#report(at.slice(0, -2), expected, `an error: ${thrown(error)}`);
      throw new Broken();
    }
  }

  /** Plays episodes from the seed with random actions, checking every rule. Returns the first steps. */
  #play(env: CustomEnvironment, prefix: string): Moment[] {
    const { seed, episodes, maxSteps } = this.#options;
    const stream = new FastStream(seed, 'actions of the contract');
    const moments: Moment[] = [];
    for (let episode = 1; episode <= episodes; episode++) {
      const within = episode === 1 ? '' : `episode ${episode}, `;
      const seen = this.#reset(env, episode === 1 ? { seed } : {}, `${prefix}${within}reset: `);
      moments.push(momentOf(`${within}reset: `, env, seen));
      let before: ResetResult = seen;
      for (let t = 1; env.agents.length > 0; t++) {
        if (t > maxSteps) {
          const rule = `the episode to end within ${maxSteps} steps, by terminations or truncations`;
          this.#report(`${prefix}${within}step ${t}`, rule, 'no end');
          throw new Broken();
        }
        const when = `${within}step ${t}: `;
        const result = this.#step(env, before, drawing(stream), prefix + when);
        if (moments.length < COMPARED) moments.push(momentOf(when, env, result));
        before = result;
        if (prefix === '') this.#steps += 1;
      }
      if (prefix === '') this.#episodes += 1;
    }
    return moments;
  }

  #reset(env: CustomEnvironment, options: { seed?: number }, at: string): ResetResult {
    const result = this.#call(at, 'observations of a new episode', () => {
      const given = env.reset(options);
      checkReset(env, this.#agents, given, this.#report, at, this.#masks);
      return given;
    });
    this.#masks.settle();
    this.#settle();
    this.#checkBounds(result, at);
    this.#draw(env, at);
    return result;
  }

  /** One step of all live agents, checking every rule. `before` is the previous result. */
  #step(env: CustomEnvironment, before: ResetResult, act: Act, at: string): StepResult {
    const live = this.#agents.map(({ name }) => (env.agents.includes(name) ? 1 : 0));
    const acting = this.#agents.filter((_, i) => live[i] === 1);
    const actions = this.#actions(acting, before, act);
    const givenActions = structuredClone(actions);
    const kept = structuredClone(before.observations);
    const result = this.#call(at, 'the result of a step', () => {
      const given = env.step(actions);
      checkStep(env, this.#agents, live, given, this.#report, at, this.#masks);
      return given;
    });
    this.#settle();
    this.#checkBounds(result, at);
    this.#draw(env, at);
    for (const { name } of acting)
      if (String(actions[name]) !== String(givenActions[name]))
        this.#report(
          `${at}actions.${name}`,
          'the array passed in, unchanged',
          'different numbers',
          'modify a copy',
        );
    for (const [name, array] of Object.entries(before.observations))
      if (String(array) !== String(kept[name]))
        this.#report(
          `${at}observations.${name}`,
          'a new array at every step',
          'the previous one, overwritten',
          'return a copy: slice()',
        );
    this.#settle();
    const gone = acting.filter(({ name }) => !env.agents.includes(name));
    if (env.agents.length > 0) for (const { name } of gone) this.#endedEarly.add(name);
    return result;
  }

  #draw(env: CustomEnvironment, at: string): void {
    if (env.render === undefined) return;
    const shapes = this.#call(`${at}render: `, 'shapes', () => env.render!());
    checkShapes(shapes, env.possibleAgents, (where, ...what) => {
      this.#report(`${at}${where}`, ...what);
    });
    this.#settle();
  }

  /** The actions of `acting`, allowed by the masks of the previous result. */
  #actions(acting: readonly AgentSpaces[], { infos }: ResetResult, act: Act): Record<string, Action> {
    return Object.fromEntries(
      acting.map((agent): [string, Action] => [
        agent.name,
        act(agent, this.#masks.read(this.#agents.indexOf(agent), infos[agent.name])),
      ]),
    );
  }

  #checkBounds({ observations }: ResetResult, at: string): void {
    for (const { name, observation } of this.#agents) {
      const [low, high] = [Math.fround(observation.low), Math.fround(observation.high)];
      const k = observations[name]?.findIndex((x) => x < low || x > high) ?? -1;
      if (k < 0) continue;
      const rule = `a number from ${observation.low} to ${observation.high}, the bounds of observationSpace('${name}')`;
      this.#report(`${at}observations.${name}[${k}]`, rule, observations[name]![k]);
    }
    this.#settle();
  }

  /** Resets twice, the second time mid-episode, and leaves the environment there. */
  #resetInTheMiddle(env: CustomEnvironment): void {
    const stream = new FastStream(this.#options.seed, 'a few steps');
    for (const at of ['reset: ', 'mid-episode reset: ']) {
      const begun = this.#reset(env, {}, at);
      this.#step(env, begun, drawing(stream), `${at}step 1: `);
    }
  }

  /** Actions at their bounds must work; beyond them (unclipped noise), throwing is fine, NaN is not. */
  #extremes(env: CustomEnvironment): void {
    for (const side of ['low', 'high'] as const) {
      const bound = side === 'low' ? 'lower' : 'upper';
      const at = `step 1 with every action at its ${bound} bound: `;
      const begun = this.#reset(env, {}, 'reset: ');
      this.#step(env, begun, ({ action }, mask) => extreme(action, side, 0, mask), at);
      const again = this.#reset(env, {}, 'reset: ');
      const live = this.#agents.map(({ name }) => (env.agents.includes(name) ? 1 : 0));
      const acting = this.#agents.filter((_, i) => live[i] === 1);
      const beyond = this.#actions(acting, again, ({ action }, mask) => extreme(action, side, 1, mask));
      let result: StepResult;
      try {
        result = env.step(beyond);
      } catch {
        continue;
      }
      const where = `step 1 with every action beyond its ${bound} bound: `;
      this.#call(where, 'the result of a step', () => {
        checkStep(env, this.#agents, live, result, this.#report, where, this.#masks);
      });
      this.#settle();
    }
  }

  /** What follows restore() must equal what followed snapshot(), in the same environment and in a new one. */
  #snapshots(env: CustomEnvironment): void {
    const { seed } = this.#options;
    const begun = this.#reset(env, { seed }, 'reset: ');
    const stream = new FastStream(seed, 'a few steps');
    const { infos } = structuredClone(this.#step(env, begun, drawing(stream), 'step 1: '));
    const bytes = this.#call('snapshot: ', 'bytes', () => env.snapshot!());
    if (!((bytes as unknown) instanceof Uint8Array)) this.#report('snapshot', 'a Uint8Array', bytes);
    this.#settle();
    const kept = bytes.slice();
    const live = env.agents.join(', ');
    const expected = this.#continue(env, infos, stream.copy(), 'after snapshot(): ');
    const fresh = 'after restore() in a new environment: ';
    for (const [place, other] of [
      ['after restore(): ', env],
      [fresh, this.#made(fresh)[0]],
    ] as const) {
      this.#call('restore: ', 'the saved state', () => {
        other.restore!(kept.slice());
        checkAgents(other, this.#agents, this.#report, place);
      });
      this.#settle();
      if (other.agents.join(', ') !== live)
        this.#report(`${place}agents`, live, other.agents.join(', '), SAVED);
      this.#settle();
      this.#compare(expected, this.#continue(other, infos, stream.copy(), place), place, SAVED);
    }
  }

  /** Plays the rest of the current episode, whose last infos are given, and starts the next. */
  #continue(
    env: CustomEnvironment,
    infos: ResetResult['infos'],
    stream: FastStream,
    place: string,
  ): Moment[] {
    const moments: Moment[] = [];
    let before: ResetResult = { observations: {}, infos };
    for (let t = 1; env.agents.length > 0 && t < COMPARED; t++) {
      const when = `step ${t}: `;
      const result = this.#step(env, before, drawing(stream), place + when);
      moments.push(momentOf(when, env, result));
      before = result;
    }
    moments.push(momentOf('reset: ', env, this.#reset(env, {}, `${place}reset: `)));
    return moments;
  }

  /** Reports the first difference between two runs. */
  #compare(first: readonly Moment[], second: readonly Moment[], place: string, hint: string): void {
    for (const [k, { when, values }] of first.entries()) {
      const again = second[k]?.values ?? new Map<string, string | number | boolean>();
      for (const path of new Set([...values.keys(), ...again.keys()])) {
        if (Object.is(values.get(path), again.get(path))) continue;
        const expected = `${String(values.get(path) ?? 'nothing')} as in the first run with the same seed and actions`;
        this.#report(`${place}${when}${path}`, expected, again.get(path), hint);
        throw new Broken();
      }
    }
  }
}

/** Draws uniform allowed actions. */
function drawing(stream: FastStream): Act {
  return ({ action }, mask) => {
    if (action.kind === 'discrete') {
      const allowed = choices(action.n, mask);
      return allowed[stream.below(allowed.length)]!;
    }
    const { shape, low, high } = action;
    return Float32Array.from({ length: shape[0] }, () => low + (high - low) * stream.double());
  };
}

/** The action at its lower or upper bound, or `by` beyond it. For a Discrete always an allowed choice. */
function extreme(action: AgentSpaces['action'], side: 'low' | 'high', by: number, mask?: Uint8Array): Action {
  if (action.kind === 'discrete') return choices(action.n, mask).at(side === 'low' ? 0 : -1)!;
  const value = side === 'low' ? action.low - by : action.high + by;
  return new Float32Array(action.shape[0]).fill(value);
}

/** The allowed ones of n choices. */
function choices(n: number, mask?: Uint8Array): number[] {
  return Array.from({ length: n }, (_, k) => k).filter((k) => mask?.[k] !== 0);
}

function momentOf(when: string, env: CustomEnvironment, result: ResetResult | StepResult): Moment {
  const values = new Map<string, string | number | boolean>();
  values.set('agents', env.agents.join(', '));
  for (const [name, array] of Object.entries(result.observations))
    array.forEach((value, k) => values.set(`observations.${name}[${k}]`, value));
  for (const [name, { action_mask }] of Object.entries(result.infos))
    if (Array.isArray(action_mask) || ArrayBuffer.isView(action_mask))
      for (const [k, allowed] of Array.from(action_mask as ActionMaskValues).entries())
        values.set(`infos.${name}.action_mask[${k}]`, allowed);
  if ('rewards' in result)
    for (const key of ['rewards', 'terminations', 'truncations'] as const)
      for (const [name, value] of Object.entries<number | boolean>(result[key]))
        values.set(`${key}.${name}`, value);
  return { when, values };
}
