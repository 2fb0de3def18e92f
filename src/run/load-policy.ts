/** loadPolicy(): loads a trained policy from a run directory or checkpoint. */
import { findCheckpoint, readCheckpoint } from '../checkpoint/load.ts';
import type { Config } from '../config/keys.ts';
import { ActionBounds } from '../core/action-bounds.ts';
import { actionMaskFault, writeActionMask, type ActionMaskValues } from '../core/action-mask.ts';
import { shortened } from '../core/described.ts';
import type { AgentSpec, JointSpec } from '../core/joint-spec.ts';
import type { TensorMap } from '../core/tensor-map.ts';
import { UserError } from '../core/user-error.ts';
import type { Engine, EngineName } from '../engine/engine.ts';
import { createEngine } from '../engine/registry.ts';
import { ALGORITHMS, type AlgorithmTable } from '../learners/registry.ts';
import { faultLine } from '../envs/errors.ts';
import type { Action } from '../envs/parallel-env.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import type { RecurrentStates } from '../policy/recurrent-states.ts';
import type { Policy } from '../policy/policy.ts';
import { emptyPolicy } from '../train/build.ts';
import { greedyActor, type Actor } from '../evaluate/actors.ts';
import { decodeConfig } from './file-store.ts';
import { fittingWeights } from './fitting.ts';
import { decodeSpec } from './policy-file.ts';
import { decodeState } from './state.ts';

type EngineFor = (config: Config) => Promise<Engine>;

/** Options of loadPolicy(). */
export interface LoadPolicyOptions {
  /** The checkpoint of the best evaluation (by best_team, or the mean over agents) instead of the newest. */
  readonly best?: boolean;
  /** Engine to act with, independent of the training engine. Default wasm, which runs anywhere. */
  readonly engine?: EngineName;
  /** Additional algorithms, if the run used one. */
  readonly algorithms?: AlgorithmTable;
}

/** Options of act(). */
export interface ActOptions {
  /**
   * Action masks of agents with Discrete actions, by name: 0 and 1 or booleans, one per action, as in an environment's
   * `infos[agent].action_mask`. Every action of an agent left out is allowed.
   */
  readonly actionMasks?: Readonly<Record<string, ActionMaskValues>>;
  /** Sub-policy of an ensemble to act with, from 0: one for all groups, or by group name. Default 0. */
  readonly subPolicy?: number | Readonly<Record<string, number>>;
  /**
   * What a recurrent policy knows of the episode, from initialState(): act() moves it on by one step. Feed-forward policies
   * need none.
   */
  readonly state?: RecurrentStates;
}

/** A trained policy that acts greedily. */
export class LoadedPolicy {
  /** The checkpoint folder. */
  readonly checkpoint: string;
  /** Training step at which it was saved. */
  readonly step: number;
  /** SHA-256 of weights.safetensors; null if it comes from no file. */
  readonly weights: string | null;
  /** Curriculum stage at which it was saved, if a callback had set one. */
  readonly curriculumStage: number | undefined;
  readonly config: Config;
  readonly policy: Policy;
  /** Greedy joint actions as in evaluation, from the online or target actors by `eval_policy`. */
  readonly actor: Actor;
  /** Sub-policies used by act(), [1, G]. */
  readonly #players: Uint8Array;
  readonly #bounds: ActionBounds;
  readonly #initial: RecurrentStates;
  readonly #engine: Engine;

  constructor(
    checkpoint: string,
    step: number,
    config: Config,
    policy: Policy,
    engine: Engine,
    { sha256 = null, curriculumStage }: { sha256?: string | null; curriculumStage?: number | undefined } = {},
  ) {
    this.weights = sha256;
    this.curriculumStage = curriculumStage;
    this.#engine = engine;
    this.checkpoint = checkpoint;
    this.step = step;
    this.config = config;
    this.policy = policy;
    this.actor = this.actorFor(1);
    this.#players = new Uint8Array(policy.groups.length);
    this.#bounds = new ActionBounds(policy.spec);
    this.#initial = this.initialState();
  }

  /** What a recurrent policy knows at the start of an episode, for act(). */
  initialState(): RecurrentStates {
    return this.policy.states(1);
  }

  /** The actor for `rows` environments at once. */
  actorFor(rows: number): Actor {
    const players = new Uint8Array(rows * this.policy.groups.length);
    return this.#finite(greedyActor(this.policy, this.config.eval_policy, players));
  }

  get spec(): JointSpec {
    return this.policy.spec;
  }

  /**
   * Greedy actions for one observation per agent: a float32 vector for Box, an integer for Discrete. `subPolicy` selects
   * the sub-policy of an ensemble, for all groups or by group name (default 0); `actionMasks` the allowed actions; `state` is
   * what a recurrent policy knows of the episode. Throws UserError if an observation is missing or has the wrong width, a
   * mask does not fit, there is no such sub-policy, or the state is missing or another policy's.
   */
  act(
    observations: Readonly<Record<string, Float32Array>>,
    { subPolicy = 0, actionMasks, state }: ActOptions = {},
  ): Record<string, Action> {
    const { agents, obsOffsets, actOffsets, obsTotal, actTotal } = this.spec;
    const obs = new Float32Array(obsTotal);
    agents.forEach(({ name, obsWidth }, i) => {
      const own = observations[name];
      if (own?.length !== obsWidth)
        throw new UserError(
          `observations.${name}: expected ${obsWidth} numbers, got ${own ? own.length : 'none'}`,
        );
      obs.set(own, obsOffsets[i]);
    });
    const actions = new Float32Array(actTotal);
    this.#cast(subPolicy);
    this.#requireState(state);
    const mask = actionMasks && this.#maskOf(actionMasks);
    actions.set(this.policy.act(obs, this.config.eval_policy, this.#players, mask, state));
    this.#bounds.clip(actions);
    this.#requireFinite(actions);
    return Object.fromEntries(
      agents.map(({ name, actWidth, actionKind }, i) => {
        const start = actOffsets[i]!;
        const own = actions.slice(start, start + actWidth);
        return [name, actionKind === 'box' ? own : own.indexOf(Math.max(...own))];
      }),
    );
  }

  /** Throws UserError unless an environment has the agents and spaces that the policy was trained with. */
  requireFit({ spec, name }: Pick<VectorEnv, 'spec' | 'name'>): void {
    const own = this.spec.agents.map(spaceOf);
    const theirs = spec.agents.map(spaceOf);
    const i = Array.from({ length: Math.max(own.length, theirs.length) }).findIndex(
      (_, k) => own[k] !== theirs[k],
    );
    if (i >= 0)
      throw new UserError(
        `${this.checkpoint}: expected an environment with ${own[i] ?? `${own.length} agents`}, as in training, got ${name} with ` +
          (theirs[i] ?? `${theirs.length} agents`),
      );
  }

  /** Frees the engine; the policy is unusable afterwards. */
  dispose(): void {
    this.#engine.dispose();
  }

  /** The actor, which throws UserError if its actions are not finite: finite weights can overflow. */
  #finite(actor: Actor): Actor {
    const checked: Actor = (obs, actions, mask) => {
      actor(obs, actions, mask);
      this.#requireFinite(actions);
    };
    return Object.assign(checked, actor.beginEpisode && { beginEpisode: actor.beginEpisode });
  }

  #requireFinite(actions: Float32Array): void {
    const bad = actions.find((x) => !Number.isFinite(x));
    if (bad !== undefined)
      throw new UserError(
        `${this.checkpoint}: expected finite actions, got ${bad}; its networks have diverged, name an earlier checkpoint`,
      );
  }

  /** Throws UserError unless a recurrent policy has a state of its own kind. */
  #requireState(state: RecurrentStates | undefined): void {
    if (!this.policy.options.recurrent) return;
    const sizesOf = ({ all }: RecurrentStates): string =>
      all.map(({ name, values }) => `${name} ${values.length}`).join();
    if (state && sizesOf(state) === sizesOf(this.#initial)) return;
    throw new UserError(
      `state: expected that of an episode of this recurrent policy, got ${state ? "another's" : 'none'}; ` +
        'make one with initialState() where an episode begins',
    );
  }

  /** The joint action mask, [1, SA]. */
  #maskOf(masks: Readonly<Record<string, ActionMaskValues>>): Uint8Array {
    const { agents, actOffsets, actTotal } = this.spec;
    const joint = new Uint8Array(actTotal).fill(1);
    for (const [name, mask] of Object.entries(masks)) {
      const i = agents.findIndex((agent) => agent.name === name);
      const choosing = agents.filter(({ actionKind }) => actionKind === 'discrete');
      if (agents[i]?.actionKind !== 'discrete')
        throw new UserError(
          `actionMasks: expected agents with discrete actions (${choosing.map((agent) => agent.name).join(', ') || 'none'}), got ${name}`,
        );
      const fault = actionMaskFault(mask, agents[i].actWidth);
      if (fault)
        throw new UserError(faultLine(`actionMasks.${name}${fault.path}`, fault.expected, fault.got));
      writeActionMask(mask, joint, actOffsets[i]!);
    }
    return joint;
  }

  /** Selects the sub-policies for act(). */
  #cast(subPolicy: number | Readonly<Record<string, number>>): void {
    const { groups, ensemble } = this.policy;
    const size = ensemble?.size ?? 1;
    const names = groups.map(({ name }) => name);
    const unknown =
      typeof subPolicy === 'number' ? undefined : Object.keys(subPolicy).find((n) => !names.includes(n));
    if (unknown !== undefined)
      throw new UserError(`subPolicy: expected groups of ${names.join(', ')}, got ${unknown}`);
    names.forEach((name, g) => {
      const k = typeof subPolicy === 'number' ? subPolicy : (subPolicy[name] ?? 0);
      if (!Number.isInteger(k) || k < 0 || k >= size)
        throw new UserError(
          `subPolicy: expected a whole number from 0 to ${size - 1} (ensemble_size ${size}), got ${k}`,
        );
      this.#players[g] = k;
    });
  }
}

/** `agent_0 (observation 18, box action 5 from 0 to 1)` */
function spaceOf({ name, obsWidth, actWidth, actionKind, actionLow, actionHigh }: AgentSpec): string {
  const range = actionKind === 'box' ? ` from ${actionLow} to ${actionHigh}` : '';
  return `${shortened(name)} (observation ${obsWidth}, ${actionKind} action ${actWidth}${range})`;
}

/**
 * Loads the newest or best checkpoint of a run, or a given checkpoint folder. Throws CheckpointError (a UserError) if it
 * is missing or damaged.
 */
export async function loadPolicy(path: string, options: LoadPolicyOptions = {}): Promise<LoadedPolicy> {
  const made: Engine[] = [];
  try {
    return await loadPolicyOn(path, options, async (config) => {
      const engine = await engineFor(config, options);
      made.push(engine);
      return engine;
    });
  } catch (error) {
    for (const engine of made) engine.dispose();
    throw error;
  }
}

/** An engine to act with. */
export function engineFor(config: Config, { engine = 'wasm' }: LoadPolicyOptions): Promise<Engine> {
  const device = engine === 'tensorflow' ? config.device : 'cpu';
  return createEngine({ engine, device, threads: 1, arithmetic: config.arithmetic });
}

/** What a checkpoint says of a policy. */
export interface SavedPolicy {
  /** The checkpoint folder. */
  readonly folder: string;
  readonly step: number;
  readonly config: Config;
  readonly spec: JointSpec;
  /** Those of the configuration. */
  readonly weights: TensorMap;
  /** SHA-256 of weights.safetensors. */
  readonly sha256: string;
  readonly curriculumStage: number | undefined;
}

/** Reads a policy without an engine that could play it. Throws CheckpointError if it is missing or damaged. */
export function readPolicy(path: string, { best = false, algorithms }: LoadPolicyOptions = {}): SavedPolicy {
  const folder = findCheckpoint(path, { best });
  const { files, step, manifest } = readCheckpoint(folder, {
    only: ['weights.safetensors', 'config.yaml', 'policy.json', 'state.json'],
  });
  const table = { ...ALGORITHMS, ...algorithms };
  const config = decodeConfig(files, folder, Object.keys(table));
  const spec = decodeSpec(files.get('policy.json')!, `${folder}/policy.json`);
  const weights = fittingWeights(files, folder, config, spec, table);
  const { sha256 } = manifest.files.get('weights.safetensors')!;
  const { curriculum_stage } = decodeState(files.get('state.json')!, `${folder}/state.json`, step);
  return { folder, step, config, spec, weights, sha256, curriculumStage: curriculum_stage };
}

/** loadPolicy() on an engine that may be shared: it is the caller's to dispose of. */
export async function loadPolicyOn(
  path: string,
  options: LoadPolicyOptions,
  engineOf: EngineFor,
): Promise<LoadedPolicy> {
  const saved = readPolicy(path, options);
  const { folder, step, config, spec, weights } = saved;
  const engine = await engineOf(config);
  const policy = emptyPolicy(config, spec, engine, { ...ALGORITHMS, ...options.algorithms });
  policy.load(weights);
  return new LoadedPolicy(folder, step, config, policy, engine, saved);
}
