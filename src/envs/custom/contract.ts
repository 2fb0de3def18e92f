/**
 * The contract of an environment, checked by playing it (`maddpg envs check`, and checkEnvironment() in the
 * library): spaces, results, agents that end early, actions beyond their bounds, reset in the middle of an episode,
 * repeatability, snapshots. It names what is wrong and where; a part with faults ends the check.
 */
import { FastStream } from '../../core/random.ts';
import { closeAll } from './close-all.ts';
import { readAgents, type AgentSpaces, type CustomEnvironment, type Report } from './custom-environment.ts';
import { checkAgents, checkReset, checkStep } from './outcomes.ts';
import { thrown } from './thrown.ts';
import { faultLine } from '../errors.ts';
import type { Action, ResetResult, StepResult } from '../parallel-env.ts';

export interface ContractOptions {
  /** Seed of the first episode and of the actions. Default 1. */
  readonly seed?: number;
  /** Episodes played in a row. Default 3. */
  readonly episodes?: number;
  /** Steps after which an episode has to be over. Default 10,000. */
  readonly maxSteps?: number;
}

export interface ContractReport {
  /** One line each, `step 3: observations.agent_0: expected 4 numbers, got 5`; empty where all is well. */
  readonly faults: readonly string[];
  readonly agents: readonly string[];
  /** Episodes and steps that were played in a row. */
  readonly episodes: number;
  readonly steps: number;
  /** Agents whose episode was seen to end before that of others. */
  readonly endedEarly: readonly string[];
}

/** Plays environments that `makeEnv` makes, several of them, and says what breaks the contract. Throws nothing. */
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

/** Ends the check: what follows would only be more of the same. The faults are noted already. */
class Broken extends Error {}

/** What a reset or step left behind, by path: `observations.agent_0[2]` -> 0.5. For comparisons. */
interface Moment {
  /** `reset: `, `episode 2, step 3: ` */
  readonly when: string;
  readonly values: ReadonlyMap<string, string | number | boolean>;
}

/** What to do where something does not repeat itself. */
const SEEDED = 'draw random numbers from a generator of the seed, and start anew in reset()';
const SAVED = 'put everything that the future depends on into snapshot()';

/** Steps that are compared when something is played twice. */
const COMPARED = 200;

class ContractCheck {
  readonly #makeEnv: () => CustomEnvironment;
  readonly #options: Required<ContractOptions>;
  readonly #faults: string[] = [];
  #agents: readonly AgentSpaces[] = [];
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

  /** @throws Broken after the part in which faults were found */
  run(): void {
    const [env, agents] = this.#made('');
    this.#agents = agents;
    const first = this.#play(env, '');
    const anew = 'in a new environment: ';
    const [other] = this.#made(anew);
    this.#compare(first, this.#play(other, anew), anew, SEEDED);
    this.#resetInTheMiddle(env);
    const again = 'after a reset({ seed }) in the middle of an episode: ';
    this.#compare(first, this.#play(env, again), again, SEEDED);
    this.#extremes(env);
    if (env.snapshot !== undefined) this.#snapshots(env);
  }

  /** @throws Broken where a close() throws */
  close(): void {
    this.#call('close: ', 'an end without an error', () => {
      closeAll(this.#envs);
    });
  }

  readonly #report: Report = (where, expected, got, hint) => {
    this.#faults.push(faultLine(where, expected, got, hint));
  };

  #settle(): void {
    if (this.#faults.length > 0) throw new Broken();
  }

  /** `place`: '' for the first one. @throws Broken where what is made is no environment */
  #made(place: string): [CustomEnvironment, AgentSpaces[]] {
    const at = `${place}environment: `;
    const env = this.#call(at, 'one that can be made', () => this.#makeEnv());
    if (env instanceof Object) this.#envs.push(env); // one with faults wants to be closed, too
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

  /** Some episodes from the seed with random actions, held to every rule; what came of the first steps. */
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
          const rule = `its end within ${maxSteps} steps, by terminations or truncations`;
          this.#report(`${prefix}${within}step ${t}`, rule, 'an episode that goes on');
          throw new Broken();
        }
        const when = `${within}step ${t}: `;
        const result = this.#step(env, before, (agent) => drawn(agent, stream), prefix + when);
        if (moments.length < COMPARED) moments.push(momentOf(when, env, result));
        before = result;
        if (prefix === '') this.#steps += 1;
      }
      if (prefix === '') this.#episodes += 1;
    }
    return moments;
  }

  #reset(env: CustomEnvironment, options: { seed?: number }, at: string): ResetResult {
    const result = this.#call(at, 'the observations of a new episode', () => {
      const given = env.reset(options);
      checkReset(env, this.#agents, given, this.#report, at);
      return given;
    });
    this.#settle();
    this.#checkBounds(result, at);
    return result;
  }

  /** One step of all who are live, with every rule about it. `before` is what the step before gave. */
  #step(
    env: CustomEnvironment,
    before: ResetResult,
    act: (agent: AgentSpaces) => Action,
    at: string,
  ): StepResult {
    const live = this.#agents.map(({ name }) => (env.agents.includes(name) ? 1 : 0));
    const acting = this.#agents.filter((_, i) => live[i] === 1);
    const actions = Object.fromEntries(acting.map((agent) => [agent.name, act(agent)]));
    const givenActions = structuredClone(actions);
    const kept = structuredClone(before.observations);
    const result = this.#call(at, 'the outcome of a step', () => {
      const given = env.step(actions);
      checkStep(env, this.#agents, live, given, this.#report, at);
      return given;
    });
    this.#settle();
    this.#checkBounds(result, at);
    for (const { name } of acting)
      if (String(actions[name]) !== String(givenActions[name]))
        this.#report(
          `${at}actions.${name}`,
          'what the caller gave, unchanged',
          'other numbers',
          'work on a copy',
        );
    for (const [name, array] of Object.entries(before.observations))
      if (String(array) !== String(kept[name]))
        this.#report(
          `${at}observations.${name}`,
          'an array of its own at every step',
          'the one of the step before, overwritten',
          'give a copy: slice()',
        );
    this.#settle();
    const gone = acting.filter(({ name }) => !env.agents.includes(name));
    if (env.agents.length > 0) for (const { name } of gone) this.#endedEarly.add(name);
    return result;
  }

  #checkBounds({ observations }: ResetResult, at: string): void {
    for (const { name, observation } of this.#agents) {
      const [low, high] = [Math.fround(observation.low), Math.fround(observation.high)];
      const k = observations[name]?.findIndex((x) => x < low || x > high) ?? -1;
      if (k < 0) continue;
      const rule = `a number from ${observation.low} to ${observation.high}, as observationSpace('${name}') says`;
      this.#report(`${at}observations.${name}[${k}]`, rule, observations[name]![k]);
    }
    this.#settle();
  }

  /** Leaves the environment in the middle of an episode that was begun anew. */
  #resetInTheMiddle(env: CustomEnvironment): void {
    const stream = new FastStream(this.#options.seed, 'a few steps');
    for (const at of ['reset: ', 'reset in the middle of an episode: ']) {
      const begun = this.#reset(env, {}, at);
      this.#step(env, begun, (agent) => drawn(agent, stream), `${at}step 1: `);
    }
  }

  /** Actions at their bounds have to work; beyond them (a noise that was not clipped) an error is as good. */
  #extremes(env: CustomEnvironment): void {
    for (const side of ['low', 'high'] as const) {
      const at = `step 1 with every action at its ${side === 'low' ? 'lowest' : 'highest'}: `;
      const begun = this.#reset(env, {}, 'reset: ');
      this.#step(env, begun, ({ action }) => extreme(action, side, 0), at);
      this.#reset(env, {}, 'reset: ');
      const live = this.#agents.map(({ name }) => (env.agents.includes(name) ? 1 : 0));
      const beyond = this.#agents
        .filter((_, i) => live[i] === 1)
        .map(({ name, action }): [string, Action] => [name, extreme(action, side, 1)]);
      let result: StepResult;
      try {
        result = env.step(Object.fromEntries(beyond));
      } catch {
        continue; // refused, which is an answer
      }
      const where = `step 1 with every action ${side === 'low' ? 'below its lowest' : 'above its highest'}: `;
      this.#call(where, 'the outcome of a step', () => {
        checkStep(env, this.#agents, live, result, this.#report, where);
      });
      this.#settle();
    }
  }

  /** What follows restore() is what followed snapshot(), in the same environment and in a new one. */
  #snapshots(env: CustomEnvironment): void {
    const { seed } = this.#options;
    const begun = this.#reset(env, { seed }, 'reset: ');
    const stream = new FastStream(seed, 'a few steps');
    this.#step(env, begun, (agent) => drawn(agent, stream), 'step 1: ');
    const bytes = this.#call('snapshot: ', 'bytes', () => env.snapshot!());
    if (!((bytes as unknown) instanceof Uint8Array)) this.#report('snapshot', 'a Uint8Array', bytes);
    this.#settle();
    const kept = bytes.slice();
    const live = env.agents.join(', ');
    const expected = this.#continue(env, stream.copy(), 'after snapshot(): ');
    const anew = 'after restore() in a new environment: ';
    for (const [place, other] of [
      ['after restore(): ', env],
      [anew, this.#made(anew)[0]],
    ] as const) {
      this.#call('restore: ', 'an environment as it was', () => {
        other.restore!(kept.slice());
        checkAgents(other, this.#agents, this.#report, place);
      });
      this.#settle();
      if (other.agents.join(', ') !== live)
        this.#report(`${place}agents`, live, other.agents.join(', '), SAVED);
      this.#settle();
      this.#compare(expected, this.#continue(other, stream.copy(), place), place, SAVED);
    }
  }

  /** The rest of the episode under way, and the start of the next one. */
  #continue(env: CustomEnvironment, stream: FastStream, place: string): Moment[] {
    const moments: Moment[] = [];
    let before: ResetResult = { observations: {}, infos: {} };
    for (let t = 1; env.agents.length > 0 && t < COMPARED; t++) {
      const when = `step ${t}: `;
      const result = this.#step(env, before, (agent) => drawn(agent, stream), place + when);
      moments.push(momentOf(when, env, result));
      before = result;
    }
    moments.push(momentOf('reset: ', env, this.#reset(env, {}, `${place}reset: `)));
    return moments;
  }

  /** Notes the first difference between what was played first and what was played again. */
  #compare(first: readonly Moment[], second: readonly Moment[], place: string, hint: string): void {
    for (const [k, { when, values }] of first.entries()) {
      const again = second[k]?.values ?? new Map<string, string | number | boolean>();
      for (const path of new Set([...values.keys(), ...again.keys()])) {
        if (Object.is(values.get(path), again.get(path))) continue;
        const expected = `${String(values.get(path) ?? 'nothing')} as the first time, with the same seed and actions`;
        this.#report(`${place}${when}${path}`, expected, again.get(path), hint);
        throw new Broken();
      }
    }
  }
}

function drawn({ action }: AgentSpaces, stream: FastStream): Action {
  if (action.kind === 'discrete') return stream.below(action.n);
  const { shape, low, high } = action;
  return Float32Array.from({ length: shape[0] }, () => low + (high - low) * stream.double());
}

/** The lowest or the highest action, `by` beyond it. A Discrete has no beyond: nobody ever takes one. */
function extreme(action: AgentSpaces['action'], side: 'low' | 'high', by: number): Action {
  if (action.kind === 'discrete') return side === 'low' ? 0 : action.n - 1;
  const value = side === 'low' ? action.low - by : action.high + by;
  return new Float32Array(action.shape[0]).fill(value);
}

function momentOf(when: string, env: CustomEnvironment, result: ResetResult | StepResult): Moment {
  const values = new Map<string, string | number | boolean>();
  values.set('agents', env.agents.join(', '));
  for (const [name, array] of Object.entries(result.observations))
    array.forEach((value, k) => values.set(`observations.${name}[${k}]`, value));
  if ('rewards' in result)
    for (const key of ['rewards', 'terminations', 'truncations'] as const)
      for (const [name, value] of Object.entries<number | boolean>(result[key]))
        values.set(`${key}.${name}`, value);
  return { when, values };
}
