/**
 * CustomVectorEnv: VectorEnv over E user-defined environments (custom-environment.ts). It concatenates their named
 * observations, starts the next episode when one ends, and masks agents that finish early: from the next step on their
 * observations and rewards are zero and their agentMask is 0. Action masks come from `infos[agent].action_mask`.
 */
import {
  below,
  decodeSections,
  encodeSections,
  FINITE,
  FLAGS,
  type SectionData,
} from '../../core/sections.ts';
import { UserError } from '../../core/user-error.ts';
import { checkShapes, type Drawing } from '../drawing.ts';
import { EnvironmentError, EnvironmentFailure, faultLine } from '../errors.ts';
import { NewEpisodes } from '../new-episodes.ts';
import type { Action, ResetResult } from '../parallel-env.ts';
import { expectCount, VectorBuffers } from '../vector-buffers.ts';
import type { VectorEnv } from '../vector-env.ts';
import { ActionMasks } from './action-masks.ts';
import { closeAll } from './close-all.ts';
import {
  readAgents,
  specOf,
  type AgentSpaces,
  type CustomEnvironment,
  type Report,
} from './custom-environment.ts';
import { checkReset, checkStep } from './outcomes.ts';
import { thrown } from './thrown.ts';

export class CustomVectorEnv extends VectorBuffers implements VectorEnv {
  readonly resumable: boolean;
  readonly #label: string;
  readonly #envs: readonly CustomEnvironment[];
  readonly #agents: readonly AgentSpaces[];
  /** 1 if agent i is in the episode of environment e, [E, N]. */
  readonly #live: Uint8Array;
  readonly #newEpisodes: NewEpisodes;
  readonly #masks: ActionMasks;
  /** Throws at the first fault while running. */
  readonly #report: Report = (where, expected, got, hint) => {
    throw new EnvironmentFailure(`${this.#label}: ${faultLine(where, expected, got, hint)}`);
  };

  /**
   * @param label name of the environment in messages
   * @throws EnvironmentError if make() does not return an environment
   */
  constructor(label: string, make: () => CustomEnvironment, count: number) {
    expectCount(count);
    const envs = Array.from({ length: count }, () => attempted(label, 'an environment', make));
    const [first] = envs as [CustomEnvironment];
    // readAgents() returns undefined only after a report, and this report throws.
    const [agents] = envs.map((env) =>
      attempted(label, 'agents with spaces', () => readAgents(env, refuse(label))!),
    ) as [AgentSpaces[]];
    super(first.name, specOf(agents), count);
    this.#label = label;
    this.#envs = envs;
    this.#agents = agents;
    this.resumable = first.snapshot !== undefined;
    this.#live = new Uint8Array(this.agentMask.length);
    this.#newEpisodes = new NewEpisodes(count);
    this.#masks = new ActionMasks(agents);
  }

  reset(seeds: readonly number[]): void {
    this.expectSeeds(seeds);
    this.#newEpisodes.reset(seeds);
    seeds.forEach((seed, e) => {
      this.#start(e, { seed });
    });
    this.#masks.settle();
    this.nextObs.set(this.obs);
    if (this.#masks.present) {
      const { actionMask, nextActionMask } = this.actionMasks();
      nextActionMask.set(actionMask);
    }
    this.rewards.fill(0);
    this.terminals.fill(0);
    this.agentMask.set(this.#live);
    this.ended.fill(0);
    this.watcher?.begun();
  }

  step(actions: Float32Array): void {
    this.expectActions(actions);
    for (let e = 0; e < this.count; e++) this.#advance(e, actions);
    this.#newEpisodes.count(this.ended);
  }

  draw(): Drawing | undefined {
    const [env] = this.#envs;
    if (env?.render === undefined) return undefined;
    const shapes = this.#call('render', () => env.render!());
    checkShapes(shapes, env.possibleAgents, this.#report);
    return { shapes };
  }

  /** Closes every environment. @throws EnvironmentFailure if a close() throws */
  close(): void {
    this.#call('close', () => {
      closeAll(this.#envs);
    });
  }

  snapshot(): Uint8Array {
    const sections: Record<string, SectionData> = {
      resumable: Uint8Array.of(this.resumable ? 1 : 0),
      ...this.#newEpisodes.sections(),
    };
    if (this.resumable) {
      sections['live'] = this.#live;
      sections['terminals'] = this.terminals;
      sections['ended'] = this.ended;
      sections['obs'] = this.obs;
      if (this.actionMask) {
        sections['agents with masks'] = this.#masks.decided;
        sections['actionMask'] = this.actionMask;
      }
      this.#envs.forEach((env, e) => {
        sections[`environment ${e}`] = this.#call('snapshot', () => {
          const saved: unknown = env.snapshot!();
          if (saved instanceof Uint8Array) return saved.slice(); // throws where its memory is gone
          throw new EnvironmentFailure(`${this.#label}: ${faultLine('snapshot', 'a Uint8Array', saved)}`);
        });
      });
    }
    return encodeSections(sections);
  }

  restore(bytes: Uint8Array): void {
    const sections = decodeSections(bytes, 'snapshot');
    const resumable = sections.get('resumable', Uint8Array, 1)[0] === 1;
    if (resumable !== this.resumable)
      throw new EnvironmentError(
        'snapshot',
        `one of an environment ${this.resumable ? 'with' : 'without'} snapshot()`,
        `one of an environment ${resumable ? 'with' : 'without'} it`,
      );
    this.#newEpisodes.restore(sections);
    if (!resumable) {
      this.reset(this.#newEpisodes.seeds());
      return;
    }
    this.begun = true;
    this.#live.set(sections.get('live', Uint8Array, this.#live.length, FLAGS));
    this.terminals.set(sections.get('terminals', Uint8Array, this.terminals.length, FLAGS));
    this.ended.set(sections.get('ended', Uint8Array, this.ended.length, FLAGS));
    this.obs.set(sections.get('obs', Float32Array, this.obs.length, FINITE));
    if (sections.names.includes('actionMask')) {
      const { actionMask } = this.actionMasks();
      actionMask.set(sections.get('actionMask', Uint8Array, actionMask.length, FLAGS));
      this.#masks.decided.set(sections.get('agents with masks', Uint8Array, this.#agents.length, below(3)));
    }
    this.#masks.settle();
    this.#envs.forEach((env, e) => {
      this.#call('restore', () => {
        env.restore!(sections.get(`environment ${e}`, Uint8Array).slice());
      });
    });
  }

  /** One step of environment e, followed by reset() if its episode ended. */
  #advance(e: number, joint: Float32Array): void {
    const env = this.#envs[e]!;
    const n = this.#agents.length;
    const live = this.#live.subarray(e * n, (e + 1) * n);
    const result = this.#call('step', () => {
      const given = env.step(this.#actionsOf(e, joint));
      checkStep(env, this.#agents, live, given, this.#report, 'step: ', this.#masks);
      return given;
    });
    const over = this.ended[e] === 1; // then terminals still hold the previous episode's
    this.agentMask.set(live, e * n);
    this.#agents.forEach(({ name }, i) => {
      const k = e * n + i;
      this.rewards[k] = live[i] === 1 ? result.rewards[name]! : 0;
      if (live[i] === 1) this.terminals[k] = result.terminations[name]! ? 1 : 0;
      else if (over) this.terminals[k] = 0;
    });
    this.#observe(e, result, this.nextObs);
    if (this.#masks.present) this.#allow(e, result, this.actionMasks().nextActionMask);
    this.#readLive(e);
    this.ended[e] = env.agents.length === 0 ? 1 : 0;
    if (e === 0) this.watcher?.stepped();
    if (this.ended[e] === 1) this.#start(e, {});
    else this.#see(e);
    if (e === 0 && this.ended[e] === 1) this.watcher?.begun();
  }

  #start(e: number, options: { seed?: number }): void {
    const env = this.#envs[e]!;
    const result = this.#call('reset', () => {
      const given = env.reset(options);
      checkReset(env, this.#agents, given, this.#report, 'reset: ', this.#masks);
      return given;
    });
    this.#observe(e, result, this.obs);
    this.#readLive(e);
    if (this.#masks.present) this.#allow(e, result, this.actionMasks().actionMask);
  }

  #readLive(e: number): void {
    const { agents } = this.#envs[e]!;
    this.#agents.forEach(({ name }, i) => {
      this.#live[e * this.#agents.length + i] = agents.includes(name) ? 1 : 0;
    });
  }

  /** Writes the observations of environment e into its row of `out`, zeros for agents without one. */
  #observe(e: number, { observations }: ResetResult, out: Float32Array): void {
    const { obsOffsets, obsTotal } = this.spec;
    this.#agents.forEach(({ name, observation }, i) => {
      const at = e * obsTotal + obsOffsets[i]!;
      const own = observations[name];
      if (own === undefined) out.fill(0, at, at + observation.shape[0]);
      else out.set(own, at);
    });
  }

  /** Writes the masks of the live agents of environment e into its row of `out`, ones for all others. */
  #allow(e: number, { infos }: ResetResult, out: Uint8Array): void {
    const { actOffsets, actTotal } = this.spec;
    out.fill(1, e * actTotal, (e + 1) * actTotal);
    this.#agents.forEach(({ name }, i) => {
      if (this.#live[e * this.#agents.length + i] === 1)
        this.#masks.write(infos[name], out, e * actTotal + actOffsets[i]!);
    });
  }

  /** Writes what to act on: nextObs and nextActionMask, zeros and ones for agents whose episode is over. */
  #see(e: number): void {
    const { obsOffsets, obsTotal } = this.spec;
    const n = this.#agents.length;
    this.#agents.forEach(({ observation }, i) => {
      const from = e * obsTotal + obsOffsets[i]!;
      const to = from + observation.shape[0];
      if (this.#live[e * n + i] === 1) this.obs.set(this.nextObs.subarray(from, to), from);
      else this.obs.fill(0, from, to);
    });
    if (!this.actionMask) return;
    const { actOffsets, actTotal } = this.spec;
    const { actionMask, nextActionMask } = this.actionMasks();
    this.spec.agents.forEach(({ actWidth }, i) => {
      const from = e * actTotal + actOffsets[i]!;
      const to = from + actWidth;
      if (this.#live[e * n + i] === 1) actionMask.set(nextActionMask.subarray(from, to), from);
      else actionMask.fill(1, from, to);
    });
  }

  /** The actions of the live agents of environment e, copied, so the environment may keep them. */
  #actionsOf(e: number, joint: Float32Array): Record<string, Action> {
    const { actOffsets, actTotal } = this.spec;
    const actions: Record<string, Action> = {};
    this.#agents.forEach(({ name, action }, i) => {
      if (this.#live[e * this.#agents.length + i] === 0) return;
      const at = e * actTotal + actOffsets[i]!;
      actions[name] =
        action.kind === 'box' ? joint.slice(at, at + action.shape[0]) : choice(joint, at, action.n);
    });
    return actions;
  }

  #call<T>(method: string, act: () => T): T {
    try {
      return act();
    } catch (error) {
      if (error instanceof EnvironmentFailure) throw error; // already has its message
      throw new EnvironmentFailure(`${this.#label}: ${method}() failed: ${thrown(error)}`, { cause: error });
    }
  }
}

/** Index of the largest of n scores from `at`, the first of equals. */
function choice(scores: Float32Array, at: number, n: number): number {
  let best = 0;
  for (let k = 1; k < n; k++) if (scores[at + k]! > scores[at + best]!) best = k;
  return best;
}

/** The result of `act`, which runs the environment's code while it is created. @throws UserError */
function attempted<T>(label: string, expected: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${label}: expected ${expected}, got an error: ${thrown(error)}`, { cause: error });
  }
}

function refuse(label: string): Report {
  return (where, expected, got, hint) => {
    throw new EnvironmentError(`${label}: ${where}`, expected, got, hint);
  };
}
