/**
 * Policies of every kind, exported to every format into a folder, with 1,000 observations, and two answers to them: our
 * engine's, and the exact one (exact.ts). Each runtime answers too, into `<stem>.<runtime>`; errors.ts compares.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { ActionBounds } from '../../src/core/action-bounds.ts';
import { jointSpec, type JointSpec } from '../../src/core/joint-spec.ts';
import { FastStream } from '../../src/core/random.ts';
import { GraphBuilder } from '../../src/engine/builder.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { openEnvironments } from '../../src/envs/open.ts';
import { exportedPolicy, type ExportedPolicy } from '../../src/export/exported-policy.ts';
import { writeExport } from '../../src/export/export-folder.ts';
import { FORMATS, type FormatName } from '../../src/export/formats.ts';
import { ownActions, rowParts } from '../../src/policy/design.ts';
import { nextOutputsOf, type RecurrentStates } from '../../src/policy/recurrent-states.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { buildPolicy } from '../../src/train/build.ts';
import { exactAnswers } from './exact.ts';

export const ROWS = 1000;
/** Rows are the steps of so many environments, one after the other, in recurrent policies. */
export const ENVIRONMENTS = 40;

/** One network of one model, and where its inputs and answers are. */
export interface Check {
  readonly folder: string;
  readonly agent: string;
  readonly identifier: string;
  readonly model: 'actor' | 'critic';
  readonly network: number;
  /** Networks of the model. */
  readonly networks: number;
  readonly kind: 'box' | 'discrete' | 'value';
  readonly width: number;
  readonly layerNorm: boolean;
  /** Columns of the state; 0 without recurrence. */
  readonly state: number;
  /** [ROWS]: 1 where an episode begins. */
  readonly begins: string;
  /** Files [ROWS, width] */
  readonly inputs: readonly { readonly name: string; readonly width: number; readonly file: string }[];
  /** Discrete: [ROWS, width], 1 for allowed choices. */
  readonly mask?: string;
  /**
   * `<stem>.ours`, raw float32, `<stem>.exact` and `<stem>.sizes`, raw float64: box [ROWS, width], value [ROWS], discrete
   * scores [ROWS, width]. A runtime's are float32 too, and of discrete the choice without and with the mask, [ROWS, 2].
   * Recurrent actors have `<stem>.<...>.state` too, the states behind the last step, [ENVIRONMENTS, state].
   */
  readonly stem: string;
}

interface Case {
  readonly name: string;
  readonly keys: Readonly<Record<string, unknown>>;
  /** Default: that of env_id. */
  readonly spec?: JointSpec;
}

const SCENARIOS = [
  ...['simple_v3', 'simple_adversary_v3', 'simple_crypto_v3', 'simple_push_v3', 'simple_reference_v3'],
  ...['simple_speaker_listener_v4', 'simple_spread_v3', 'simple_tag_v3', 'simple_world_comm_v3'],
  ...['simple_line_v1', 'simple_formation_v1', 'collect_treasure_v1'],
];
const AGENTS = ['MADDPG', 'MATD3', 'IDDPG', 'ISAC', 'MASAC'];

/** Agents of different widths, kinds and bounds. */
const UNEQUAL = jointSpec([
  ...[0, 1].map((i) => ({
    ...{ name: `wide_${i}`, team: 'wide', obsWidth: 7, actWidth: 3 },
    ...{ actionKind: 'box' as const, actionLow: -2, actionHigh: 0.1 },
  })),
  {
    ...{ name: 'Tür 1/2', team: 'door', obsWidth: 1, actWidth: 1 },
    ...{ actionKind: 'box', actionLow: 0.25, actionHigh: 9 },
  },
  {
    ...{ name: 'chooser', team: 'chooser', obsWidth: 4, actWidth: 6 },
    ...{ actionKind: 'discrete', actionLow: 0, actionHigh: 1 },
  },
]);

const SPREAD = { env_id: 'simple_spread_v3' };

export const CASES: readonly Case[] = [
  ...SCENARIOS.flatMap((env_id, k) =>
    [true, false].map((continuous_action) => ({
      name: `${env_id} ${continuous_action ? 'continuous' : 'discrete'}`,
      keys: {
        env_id,
        continuous_action,
        agent: AGENTS[k % 5],
        use_parameter_sharing: k % 2 ? 'teams' : false,
      },
    })),
  ),
  ...['leaky_relu', 'relu', 'tanh', 'elu', 'sigmoid'].flatMap((activation) =>
    ['none', 'LayerNorm'].map((normalize) => ({
      name: `${activation} ${normalize}`,
      keys: { ...SPREAD, activation, normalize, negative_slope: 0.2, actor_hidden_size: [32, 16] },
    })),
  ),
  ...['none', 'tanh', 'sigmoid'].flatMap((activation_action) =>
    AGENTS.slice(2).map((agent) => ({
      name: `${agent} ${activation_action}`,
      keys: { ...SPREAD, agent, activation_action, use_obsnorm: true, normalize: 'LayerNorm' },
    })),
  ),
  {
    name: 'ensemble',
    keys: { env_id: 'simple_tag_v3', ensemble_size: 3, use_parameter_sharing: 'teams', use_obsnorm: true },
  },
  { name: 'discrete ensemble', keys: { ...SPREAD, ensemble_size: 2, continuous_action: false } },
  { name: 'target actors', keys: { ...SPREAD, agent: 'MATD3', eval_policy: 'target' } },
  {
    name: 'team critics',
    keys: {
      env_id: 'simple_tag_v3',
      critic_scope: 'team',
      use_parameter_sharing: 'teams',
      use_obsnorm: true,
    },
  },
  { name: 'no ids', keys: { ...SPREAD, identity_embedding_mode: 'none' } },
  { name: 'no hidden layer', keys: { ...SPREAD, actor_hidden_size: [], critic_hidden_size: [] } },
  ...['none', 'tanh'].map((activation_action) => ({
    name: `unequal ${activation_action}`,
    keys: { activation_action, use_parameter_sharing: 'teams', use_obsnorm: true, obsnorm_range: 2 },
    spec: UNEQUAL,
  })),
  ...Object.entries<Case['keys']>({
    GRU: {},
    'LSTM, teams, observation normalisation': {
      ...{ env_id: 'simple_tag_v3', use_parameter_sharing: 'teams', use_obsnorm: true, rnn: 'LSTM' },
      recurrent_critics: false,
    },
    'GRU of two layers, discrete, independent, target actors': {
      ...{
        env_id: 'simple_speaker_listener_v4',
        agent: 'MATD3',
        eval_policy: 'target',
        N_recurrent_layers: 2,
      },
      ...{ continuous_action: false, use_parameter_sharing: false, recurrent_critics: false },
    },
    'LSTM of three layers, discrete': { rnn: 'LSTM', N_recurrent_layers: 3, continuous_action: false },
    'soft GRU': { agent: 'ISAC', activation_action: 'tanh', use_obsnorm: true, activation: 'elu' },
    'soft LSTM': { agent: 'MASAC', rnn: 'LSTM', N_recurrent_layers: 2, recurrent_critics: false },
    'bare GRU': { agent: 'IDDPG', fc_hidden_sizes: [], actor_hidden_size: [], recurrent_critics: false },
    'LSTM without ids': { rnn: 'LSTM', identity_embedding_mode: 'none', fc_hidden_sizes: [20, 12] },
  }).map(([name, keys]) => ({
    name: `recurrent ${name}`,
    keys: { ...SPREAD, use_rnn: true, recurrent_hidden_size: 24, fc_hidden_sizes: [16], ...keys },
  })),
  {
    name: 'recurrent unequal',
    keys: {
      use_rnn: true,
      rnn: 'LSTM',
      recurrent_hidden_size: 5,
      fc_hidden_sizes: [9],
      use_parameter_sharing: 'teams',
    },
    spec: UNEQUAL,
  },
];

/** Where episodes begin: at the first step, and every ten steps of each environment in turn. */
const BEGINS = Float32Array.from({ length: ROWS }, (_, row) => {
  const [step, environment] = [Math.floor(row / ENVIRONMENTS), row % ENVIRONMENTS];
  return step === 0 || (step + environment) % 10 === 0 ? 1 : 0;
});

/** Writes all cases into a folder. */
export async function writeCases(folder: string): Promise<Check[]> {
  const engine = await createEngine({ engine: 'wasm', device: 'cpu', threads: 1 });
  const checks: Check[] = [];
  for (const [k, one] of CASES.entries()) {
    const at = path.join(folder, String(k));
    const { config } = loadConfig({
      flags: { actor_hidden_size: [24, 24], critic_hidden_size: [16], ...one.keys },
    });
    const { spec, obs } = one.spec ? strangeObservations(one.spec) : await playedObservations(config);
    const policy = strangePolicy(config, spec, engine, k);
    policy.observations?.takeIn(obs, new Uint8Array(ROWS * spec.agents.length).fill(1));
    const exported = exportOf(policy, config);
    // XuanCe takes fewer policies; xuance.slow.test.ts has its format.
    for (const format of (Object.keys(FORMATS) as FormatName[]).filter((name) => name !== 'xuance'))
      writeExport(exported, format, path.join(at, format));
    checks.push(...answers(at, policy, config, exported, obs));
  }
  engine.dispose();
  return checks;
}

export function exportOf(policy: Policy, config: Config): ExportedPolicy {
  const origin = {
    maddpg: '0',
    agent: 'test',
    env_name: 'mpe',
    env_id: config.env_id,
    step: 0,
    weights: null,
  };
  return exportedPolicy(policy, policy.tensors(), origin, {
    actor: config.eval_policy,
    range: policy.observations?.range,
    critics: policy.options.recurrent?.critics !== 'recurrent',
  });
}

/**
 * A policy no two of whose numbers are equal: gains, shifts and biases begin at 1 and 0, targets as copies. Weights are then
 * nearly as large as trained ones.
 */
function strangePolicy(config: Config, spec: JointSpec, engine: Engine, seed: number): Policy {
  const policy = buildPolicy(config, spec, engine);
  const stream = new FastStream(seed, 'strange weights');
  const tensors = policy.tensors();
  for (const [name, { data }] of tensors)
    if (!name.startsWith('observation/'))
      for (let k = 0; k < data.length; k++) data[k]! += 0.2 * stream.normal();
  policy.load(tensors);
  return policy;
}

/** Observations [ROWS, SO] of random play. */
async function playedObservations(config: Config): Promise<{ spec: JointSpec; obs: Float32Array }> {
  const environments = await openEnvironments(config);
  const env = environments.make(ENVIRONMENTS);
  const { spec } = env;
  env.reset(Array.from({ length: ENVIRONMENTS }, (_, e) => e));
  const bounds = new ActionBounds(spec);
  const stream = new FastStream(1, 'random play');
  const actions = new Float32Array(ENVIRONMENTS * spec.actTotal);
  const obs = new Float32Array(ROWS * spec.obsTotal);
  for (let t = 0; t < ROWS / ENVIRONMENTS; t++) {
    obs.set(env.obs, t * env.obs.length);
    bounds.fillUniform(actions, stream);
    env.step(actions);
  }
  environments.close();
  return { spec, obs };
}

function strangeObservations(spec: JointSpec): { spec: JointSpec; obs: Float32Array } {
  const stream = new FastStream(2, 'observations');
  return { spec, obs: Float32Array.from({ length: ROWS * spec.obsTotal }, () => 3 * stream.normal() + 1) };
}

/** Writes inputs and our answers. */
function answers(
  at: string,
  policy: Policy,
  config: Config,
  exported: ExportedPolicy,
  obs: Float32Array,
): Check[] {
  const { spec } = policy;
  const stream = new FastStream(3, 'actions');
  const joint = new Float32Array(ROWS * spec.actTotal);
  new ActionBounds(spec).fillUniform(joint, stream);
  const outputs = networkOutputs(policy, config, obs, joint);
  const write = (name: string, data: Float32Array | Float64Array): string => {
    fs.writeFileSync(path.join(at, name), data);
    return path.join(at, name);
  };
  const files = new Map([
    ['joint_obs', { data: obs, width: spec.obsTotal }],
    ['joint_act', { data: joint, width: spec.actTotal }],
  ]);
  return exported.agents.flatMap(({ spec: agent, identifier, actor, critic }, i) => {
    const given = (name: string): Float32Array =>
      name === 'obs'
        ? columns(obs, spec.obsTotal, spec.obsOffsets[i]!, agent.obsWidth)
        : name === 'act'
          ? columns(joint, spec.actTotal, spec.actOffsets[i]!, agent.actWidth)
          : teamColumns(policy, i, name, files.get(name)!);
    return ([['actor', actor], ...(critic ? [['critic', critic] as const] : [])] as const).flatMap(
      ([model, exportedModel]) => {
        const { inputs, networks, width, output, state } = exportedModel;
        return networks.map((_, k): Check => {
          const stem = `${identifier}.${model}.${k}`;
          const answer =
            output.kind === 'box' ? played(policy, config, obs, i, k) : outputs.get(`${model} ${k}`)![i]!;
          const mask = Float32Array.from({ length: ROWS * width }, (_, c) =>
            c % width === stream.below(width) ? 1 : 0,
          );
          for (let row = 0; row < ROWS; row++) mask[row * width + stream.below(width)] = 1;
          const own = new Map(inputs.map((input) => [input.name, given(input.name)]));
          write(`${stem}.ours`, answer);
          const episodes = { environments: ENVIRONMENTS, begins: BEGINS };
          const { answers: exact, sizes, states } = exactAnswers(exportedModel, k, own, episodes);
          write(`${stem}.exact`, exact);
          if (state > 0) write(`${stem}.exact.state`, states);
          write(`${stem}.sizes`, sizes);
          return {
            ...{ folder: at, agent: agent.name, identifier, model, network: k, networks: networks.length },
            ...{ kind: output.kind, width, stem: path.join(at, stem) },
            layerNorm: config.normalize === 'LayerNorm',
            ...{ state, begins: write('begins', BEGINS) },
            inputs: inputs.map(({ name, width: wide }) => ({
              ...{ name, width: wide, file: write(`${identifier}.${name}`, own.get(name)!) },
            })),
            ...(output.kind === 'discrete' && { mask: write(`${stem}.mask`, mask) }),
          };
        });
      },
    );
  });
}

/** Columns of a joint array that an agent's critic sees. */
function teamColumns(
  { spec, groups }: Policy,
  i: number,
  name: string,
  { data, width }: { data: Float32Array; width: number },
): Float32Array {
  const { criticAgents } = groups.find(({ agents }) => agents.includes(i))!;
  if (criticAgents === undefined) return data;
  const [offsets, size] =
    name === 'joint_obs'
      ? ([spec.obsOffsets, 'obsWidth'] as const)
      : ([spec.actOffsets, 'actWidth'] as const);
  const kept = criticAgents.flatMap((k) =>
    Array.from({ length: spec.agents[k]![size] }, (_, c) => offsets[k]! + c),
  );
  return Float32Array.from({ length: ROWS * kept.length }, (_, c) => {
    return data[Math.floor(c / kept.length) * width + kept[c % kept.length]!]!;
  });
}

function columns(data: Float32Array, width: number, from: number, count: number): Float32Array {
  return Float32Array.from(
    { length: (data.length / width) * count },
    (_, k) => data[Math.floor(k / count) * width + from + (k % count)]!,
  );
}

/** What agent i does in evaluation where sub-policy k plays. */
function played(policy: Policy, config: Config, obs: Float32Array, i: number, k: number): Float32Array {
  const { spec, groups } = policy;
  const actions = new Float32Array(ROWS * spec.actTotal);
  forRows(policy, ({ from, count, states }) => {
    const players = new Uint8Array(count * groups.length).fill(k);
    const own = obs.subarray(from * spec.obsTotal, (from + count) * spec.obsTotal);
    actions.set(policy.act(own, config.eval_policy, players, undefined, states), from * spec.actTotal);
  });
  new ActionBounds(policy.spec).clip(actions);
  return columns(actions, policy.spec.actTotal, policy.spec.actOffsets[i]!, policy.spec.agents[i]!.actWidth);
}

/** Rows that are computed at once: all, or, in recurrent policies, each step's, with the states before it. */
interface Rows {
  readonly from: number;
  readonly count: number;
  readonly states: RecurrentStates;
}

function forRows(policy: Policy, compute: (rows: Rows) => void): void {
  const count = policy.options.recurrent ? ENVIRONMENTS : ROWS;
  const states = policy.states(count);
  for (let from = 0; from < ROWS; from += count) {
    for (let e = 0; e < count; e++) if (BEGINS[from + e]) states.reset(e);
    compute({ from, count, states });
  }
}

/** Outputs of every network for every agent: `actor k`, `critic k`. */
function networkOutputs(
  policy: Policy,
  { eval_policy }: Config,
  obs: Float32Array,
  joint: Float32Array,
): Map<string, Float32Array[]> {
  const { spec, groups } = policy;
  const graph = new GraphBuilder(policy.networks.values());
  const input = graph.input('obs', 1, spec.obsTotal);
  const jointActions = graph.input('actions', 1, spec.actTotal);
  const recurrentCritics = policy.options.recurrent?.critics === 'recurrent';
  for (const group of groups) {
    const { actorInput, critics, criticInput } = policy.designOf(group);
    policy.subNetworks('actor').forEach((actor, k) => {
      const prefix = eval_policy === 'target' ? 'target_' : '';
      const name = `${prefix}${actor}/${group.name}`;
      const states = policy.actorStates(group);
      const place = { graph, policy };
      const outputs = nextOutputsOf(place, name, actorInput, group, { obs: input }, states);
      graph.output(`actor ${k}/${group.name}`, outputs);
    });
    if (recurrentCritics) continue;
    const sources = { obs: input, jointActions, actions: ownActions(graph, spec, group, jointActions) };
    const parts = rowParts(graph, criticInput, spec, group, sources);
    critics.forEach((critic, k) => {
      graph.output(
        `critic ${k}/${group.name}`,
        graph.network(`${critic}/${group.name}`, parts, group.agents.length),
      );
    });
  }
  const outputs = new Map<string, Float32Array[]>();
  const program = policy.store.compile(graph.build(), policy.options.recurrent ? ENVIRONMENTS : ROWS);
  forRows(policy, ({ from, count, states }) => {
    const rowsOf = (all: Float32Array, width: number): Float32Array =>
      all.subarray(from * width, (from + count) * width);
    program.input('obs').set(rowsOf(obs, spec.obsTotal));
    policy.observations?.apply(program.input('obs'));
    program.input('actions').set(rowsOf(joint, spec.actTotal));
    states.run(program);
    for (const group of groups)
      for (const model of recurrentCritics ? (['actor'] as const) : (['actor', 'critic'] as const)) {
        const names = model === 'actor' ? policy.subNetworks('actor') : policy.designOf(group).critics;
        names.forEach((_, k) => {
          const values = program.output(`${model} ${k}/${group.name}`);
          const width = values.length / count / group.agents.length;
          const all = outputs.get(`${model} ${k}`) ?? [];
          group.agents.forEach((agent, row) => {
            all[agent] ??= new Float32Array(ROWS * width);
            const own = columns(values, width * group.agents.length, row * width, width);
            all[agent].set(own, from * width);
          });
          outputs.set(`${model} ${k}`, all);
        });
      }
  });
  program.dispose();
  return outputs;
}
