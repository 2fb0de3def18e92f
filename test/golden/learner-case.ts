/** Format of learner_golden.json.gz and rnn_golden.json.gz, and learners built from their cases. */
import { jointSpec, teamOf, type JointSpec } from '../../src/core/joint-spec.ts';
import type { Tensor, TensorMap } from '../../src/core/tensor-map.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Activation, RecurrentSpec } from '../../src/engine/network-spec.ts';
import { Learner } from '../../src/learners/learner.ts';
import { designOf } from '../../src/learners/algorithm.ts';
import { ALGORITHMS } from '../../src/learners/registry.ts';
import type { AlgorithmName } from '../../src/config/keys/task.ts';
import { Adam, type AdamForm } from '../../src/optim/adam.ts';
import { Scheduler, type Schedule } from '../../src/optim/schedulers.ts';
import type { ParameterGroup } from '../../src/policy/groups.ts';
import { Policy } from '../../src/policy/policy.ts';
import { createBatch, type Batch, type EpisodeBatch } from '../../src/replay/batch.ts';

export interface PackedArray {
  readonly shape: readonly number[];
  readonly f32: string;
}

export interface LearnerCase {
  readonly config: {
    readonly agent: AlgorithmName;
    readonly dl_toolbox: 'torch' | 'mindspore';
    readonly update_order: 'actor_first' | 'critic_first';
    readonly agent_keys: readonly string[];
    readonly groups: readonly { name: string; agents: readonly string[]; info_prefix: string }[];
    readonly obs_dims: readonly number[];
    readonly act_dims: readonly number[];
    readonly actor_hidden_size: readonly number[];
    readonly critic_hidden_size: readonly number[];
    readonly activation: Activation;
    readonly negative_slope: number;
    readonly activation_action: Activation;
    /** Without recurrence. */
    readonly actor_input?: readonly string[];
    /** With it: T, the layers, and what enters the head. */
    readonly sequence_length?: number;
    readonly recurrent?: {
      readonly rnn: RecurrentSpec['cell'];
      readonly fc_hidden_sizes: readonly number[];
      readonly recurrent_hidden_size: number;
      readonly N_recurrent_layers: number;
    };
    readonly actor_head_input?: readonly string[];
    /** A fixed temperature. */
    readonly alpha?: number;
    readonly actions?: 'gumbel_soft' | 'gumbel_hard';
    readonly logit_penalty?: number;
    readonly actor_update_delay?: number;
    readonly target_smoothing?: { sigma: number; clip: number; low: number; high: number };
    readonly gamma: number;
    readonly tau: number;
    readonly learning_rate_actor: number;
    readonly learning_rate_critic: number;
    readonly adam: { beta1: number; beta2: number; eps: number; form: AdamForm };
    readonly use_grad_clip: boolean;
    readonly grad_clip_norm: number;
    readonly lr_schedule: {
      kind: Schedule['kind'];
      start_factor?: number;
      end_factor?: number;
      total_iters?: number;
      decay_rate?: number;
      decay_steps?: number;
    };
  };
  readonly layout: Record<string, readonly number[]>;
  readonly init: Record<string, PackedArray>;
  readonly batches: readonly {
    obs: PackedArray[];
    actions: PackedArray[];
    /** Of transitions. */
    obs_next?: PackedArray[];
    /** Of episodes, [B, T]: 1 for their steps. */
    filled?: PackedArray;
    rewards: PackedArray;
    terminals: PackedArray;
    agent_mask: PackedArray;
  }[];
  readonly noise: readonly Record<string, PackedArray[]>[];
  readonly updates: readonly {
    info: Record<string, number>;
    info64: Record<string, number>;
    grad_norm_applied: Record<string, number>;
    grads?: Record<string, PackedArray>;
  }[];
  readonly final: Record<string, PackedArray>;
  readonly adam: Record<string, { exp_avg: PackedArray; exp_avg_sq: PackedArray; step: number }>;
}

export function unpack({ shape, f32 }: PackedArray): Tensor {
  const bytes = Uint8Array.from(Buffer.from(f32, 'base64'));
  return { shape, data: new Float32Array(bytes.buffer) };
}

export function unpackAll(arrays: Record<string, PackedArray>): TensorMap {
  return new Map(Object.entries(arrays).map(([name, array]) => [name, unpack(array)]));
}

/** Policy of a case, with its initial parameters. */
export function policyOf({ config, init }: LearnerCase, engine: Engine): Policy {
  const groups = config.groups.map((group): ParameterGroup => {
    const agents = group.agents.map((name) => config.agent_keys.indexOf(name));
    const input = config.actor_input ?? config.actor_head_input!;
    const idWidth = input.includes('id_i') ? agents.length : 0;
    return { name: group.name, agents, idWidth, infoPrefix: group.info_prefix };
  });
  const { recurrent, ...options } = config;
  const design = designOf(ALGORITHMS[config.agent], temperatureOf(config));
  const policy = new Policy(engine, design, specOf(config), groups, {
    ...options,
    ...(recurrent && {
      recurrent: {
        cell: recurrent.rnn,
        fc: recurrent.fc_hidden_sizes,
        layers: recurrent.N_recurrent_layers,
        width: recurrent.recurrent_hidden_size,
      },
    }),
    gumbel: config.actions === 'gumbel_soft' ? 'soft' : 'straight_through',
    gumbel_temperature: 1,
  });
  policy.load(unpackAll(init));
  return policy;
}

/** The keys of a fixed temperature, or of a learned one. */
function temperatureOf({ alpha }: LearnerCase['config']) {
  return { use_automatic_entropy_tuning: alpha === undefined, ...(alpha !== undefined && { alpha }) };
}

/** Config keys of a case. */
export function keysOf({ config }: LearnerCase) {
  const { agent, gamma, tau, use_grad_clip, grad_clip_norm, update_order, dl_toolbox } = config;
  const { learning_rate_actor, learning_rate_critic, actor_update_delay, target_smoothing } = config;
  return {
    ...{ agent, gamma, tau, use_grad_clip, grad_clip_norm, update_order, dl_toolbox },
    ...{ learning_rate_actor, learning_rate_critic },
    ...temperatureOf(config),
    ...(actor_update_delay !== undefined && { actor_update_delay }),
    ...(target_smoothing && {
      target_noise: target_smoothing.sigma,
      target_noise_clip: target_smoothing.clip,
    }),
    logit_regularization: config.logit_penalty ?? 0,
  };
}

/** Optimizer of a group's actors or critics. */
export function adamOf({ config }: LearnerCase): Adam {
  const { beta1, beta2, eps, form } = config.adam;
  return new Adam({ beta1, beta2, epsilon: eps, form });
}

export function schedulerOf({ config }: LearnerCase, network: 'actor' | 'critic'): Scheduler {
  return new Scheduler(config[`learning_rate_${network}`], scheduleOf(config.lr_schedule));
}

/** Learner of a case, with its initial parameters. */
export function buildLearner(golden: LearnerCase, engine: Engine): Learner {
  const { config } = golden;
  const { beta1, beta2 } = config.adam;
  const optimizer = new Map<string, Adam>();
  const scheduler = new Map<string, Scheduler>();
  for (const { name } of config.groups) {
    optimizer.set(`alpha/${name}`, new Adam({ beta1, beta2, epsilon: 1e-8 }));
    scheduler.set(`alpha/${name}`, new Scheduler(config.learning_rate_actor));
    for (const network of ['actor', 'critic'] as const) {
      optimizer.set(`${network}/${name}`, adamOf(golden));
      scheduler.set(`${network}/${name}`, schedulerOf(golden, network));
    }
  }
  const policy = policyOf(golden, engine);
  return new Learner(ALGORITHMS[config.agent], { config: keysOf(golden), policy, optimizer, scheduler });
}

function specOf({
  agent_keys,
  obs_dims,
  act_dims,
  actions,
  target_smoothing,
}: LearnerCase['config']): JointSpec {
  return jointSpec(
    agent_keys.map((name, i) => ({
      name,
      team: teamOf(name),
      obsWidth: obs_dims[i]!,
      actWidth: act_dims[i]!,
      actionKind: actions === undefined ? 'box' : 'discrete',
      actionLow: target_smoothing?.low ?? 0,
      actionHigh: target_smoothing?.high ?? 1,
    })),
  );
}

function scheduleOf(schedule: LearnerCase['config']['lr_schedule']): Schedule {
  const { kind, start_factor, end_factor, total_iters, decay_rate, decay_steps } = schedule;
  if (kind === 'linear') return { kind, start: start_factor!, end: end_factor!, totalSteps: total_iters! };
  if (kind === 'exponential') return { kind, decayRate: decay_rate!, decaySteps: decay_steps! };
  return { kind };
}

/** Sample k of a case as a joint batch. */
export function sampleOf(golden: LearnerCase, k: number): Batch | EpisodeBatch {
  return golden.config.recurrent ? episodesOf(golden, k) : transitionsOf(golden, k);
}

function episodesOf({ batches, config }: LearnerCase, k: number): EpisodeBatch {
  const { obs, actions, rewards, terminals, agent_mask, filled } = batches[k]!;
  const [size, steps, agents] = rewards.shape as [number, number, number];
  const { obsTotal, actTotal } = specOf(config);
  const batch = {
    ...{ size, steps },
    obs: new Float32Array(size * (steps + 1) * obsTotal),
    actions: new Float32Array(size * steps * actTotal),
    rewards: unpack(rewards).data,
    terminals: unpack(terminals).data,
    agentMask: unpack(agent_mask).data,
  };
  sideBySide(obs.map(unpack), batch.obs);
  sideBySide(actions.map(unpack), batch.actions);
  unpack(filled!).data.forEach((there, step) => {
    for (let i = 0; i < agents; i++) batch.agentMask[step * agents + i]! *= there;
  });
  return batch;
}

function transitionsOf({ batches, config }: LearnerCase, k: number): Batch {
  const from = batches[k]!;
  const batch = createBatch(specOf(config), from.rewards.shape[0]!);
  sideBySide(from.obs.map(unpack), batch.obs);
  sideBySide(from.actions.map(unpack), batch.actions);
  sideBySide(from.obs_next!.map(unpack), batch.obsNext);
  batch.rewards.set(unpack(from.rewards).data);
  batch.terminals.set(unpack(from.terminals).data);
  batch.agentMask.set(unpack(from.agent_mask).data);
  return batch;
}

/** Noise of update k by name, as joint arrays [B, SA]. Of episodes: what the next and the fresh actions are drawn from. */
export function noiseOf({ noise, config }: LearnerCase, k: number): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(noise[k]!).map(([name, agents]) => [
      config.recurrent ? 'eps_next' : name,
      jointOf(agents),
    ]),
  );
}

/** Per-agent arrays [.., width_i] side by side, [.., sum of widths]. */
export function jointOf(agents: readonly PackedArray[]): Float32Array {
  const parts = agents.map(unpack);
  const joint = new Float32Array(parts.reduce((sum, { data }) => sum + data.length, 0));
  sideBySide(parts, joint);
  return joint;
}

/** Concatenates per-agent arrays [.., width_i] to [.., sum of widths]. */
function sideBySide(agents: readonly Tensor[], out: Float32Array): void {
  let at = 0;
  for (let row = 0; at < out.length; row++)
    for (const { shape, data } of agents) {
      const width = shape.at(-1)!;
      out.set(data.subarray(row * width, (row + 1) * width), at);
      at += width;
    }
}

/** Noise of update k by name, as [B][N][A_i]. */
export function nestedNoiseOf({ noise }: LearnerCase, k: number): Record<string, number[][][]> {
  return Object.fromEntries(Object.entries(noise[k]!).map(([name, agents]) => [name, byTransition(agents)]));
}

/** As nestedNoiseOf() of a recurrent case, [B][T + 1][N][A_i]; it is drawn once for next and fresh actions. */
export function sequenceNoiseOf({ noise }: LearnerCase, k: number): Record<string, number[][][][]> {
  return Object.fromEntries(Object.values(noise[k]!).map((agents) => ['eps_next', byStep(agents)]));
}

/** Sample k of a recurrent case as update_rnn() takes it, [B][T][N][width]. */
export function documentedSequencesOf({ batches }: LearnerCase, k: number) {
  const { obs, actions, rewards, terminals, agent_mask, filled } = batches[k]!;
  return {
    obs: byStep(obs),
    actions: byStep(actions),
    rewards: episodesIn(unpack(rewards)),
    terminals: episodesIn(unpack(terminals)),
    agent_mask: episodesIn(unpack(agent_mask)),
    filled: rowsOf(unpack(filled!)),
  };
}

/** Per-agent arrays [B, T, width_i] as [B][T][N][width_i]. */
function byStep(agents: readonly PackedArray[]): number[][][][] {
  const own = agents.map((agent) => episodesIn(unpack(agent)));
  return own[0]!.map((steps, b) => steps.map((_, t) => own.map((episodes) => episodes[b]![t]!)));
}

/** [B, T, width] as [B][T][width]. */
function episodesIn({ shape, data }: Tensor): number[][][] {
  const [count = 0, steps = 0, width = 0] = shape;
  const size = steps * width;
  return Array.from({ length: count }, (_, b) =>
    rowsOf({ shape: [steps, width], data: data.subarray(b * size, (b + 1) * size) }),
  );
}

/** Sample k of a case in XuanCe's format, [B][N][width] and [B][N]. */
export function documentedSampleOf({ batches }: LearnerCase, k: number) {
  const { obs, actions, obs_next, rewards, terminals, agent_mask } = batches[k]!;
  return {
    obs: byTransition(obs),
    actions: byTransition(actions),
    obs_next: byTransition(obs_next!),
    rewards: rowsOf(unpack(rewards)),
    terminals: rowsOf(unpack(terminals)),
    agent_mask: rowsOf(unpack(agent_mask)),
  };
}

/** Per-agent arrays [B, width_i] as [B][N][width_i]. */
function byTransition(agents: readonly PackedArray[]): number[][][] {
  const rows = agents.map((agent) => rowsOf(unpack(agent)));
  return rows[0]!.map((_, b) => rows.map((own) => own[b]!));
}

function rowsOf({ shape, data }: Tensor): number[][] {
  const [count = 0, width = 0] = shape;
  return Array.from({ length: count }, (_, b) => [...data.subarray(b * width, (b + 1) * width)]);
}
