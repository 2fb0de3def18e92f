/**
 * Refuses configurations whose networks, batches or replay buffer cannot fit into memory, before anything is built. The
 * sizes are lower bounds: what they refuse would fail.
 */
import { KEYS, type Config, type KeyName } from '../config/keys.ts';
import type { JointSpec } from '../core/joint-spec.ts';
import { UserError } from '../core/user-error.ts';
import type { Engine, EngineName } from '../engine/engine.ts';
import { parameterCount } from '../engine/network-spec.ts';
import { sharesOf, threadsOf } from '../engine/wasm/engine.ts';
import { leastProducts, programBytes, storedBytes, type NetworkUse } from '../engine/wasm/least-memory.ts';
import { MOST_BYTES } from '../engine/wasm/memory.ts';
import { isTeamCritic } from '../learners/losses.ts';
import { ALGORITHMS, type AlgorithmTable } from '../learners/registry.ts';
import { episodeLayout } from '../replay/episode-rows.ts';
import { rowLayout } from '../replay/replay-buffer.ts';
import { algorithmOfGroup, emptyPolicy, sequencesOf } from './build.ts';

/** What there is. */
export interface Machine {
  /** Bytes of memory. */
  readonly memory: number;
  /** Whether it gives an array of so many numbers, whose pages are used when they are first written. */
  readonly allocates: (floats: number) => boolean;
  /** Cores, for `threads: auto`. */
  readonly cores: number;
}

/** Throws UserError, with the key to lower, if the run cannot fit. `engine`: the one in use. */
export function requireMemory(
  config: Config,
  spec: JointSpec,
  engine: EngineName,
  machine: Machine,
  table: AlgorithmTable = ALGORITHMS,
): void {
  requireReplay(config, spec, machine, table);
  const wasm = engine === 'wasm';
  const bytes = wasm
    ? wasmBytes(config, spec, threadsOf(config.threads, machine.cores), table)
    : parameterBytes(config, spec, table);
  const most = wasm ? Math.min(MOST_BYTES, machine.memory) : machine.memory;
  if (bytes <= most) return;
  throw new UserError(
    `${largest(config)}: expected networks and batches of at most ${gibibytes(most)} with engine ${engine}, got at least ` +
      `${gibibytes(bytes)}; lower it`,
  );
}

/** The key furthest above its default. */
function largest(config: Config): KeyName {
  const keys = ['critic_hidden_size', 'actor_hidden_size', 'batch_size', 'parallels'] as const;
  const size = (value: number | readonly number[]): number => [value].flat().reduce((sum, n) => sum + n, 0);
  const excess = (key: (typeof keys)[number]): number => size(config[key]) / size(KEYS[key].default);
  return keys.reduce((most, key) => (excess(key) > excess(most) ? key : most));
}

function requireReplay(
  config: Config,
  spec: JointSpec,
  { memory, allocates }: Machine,
  table: AlgorithmTable,
): void {
  const { buffer_size } = config;
  const { unit, rows, width, extra } = replayOf(config, spec, table);
  const bytes = 4 * width + extra;
  if (rows * bytes <= memory && allocates(buffer_size * width)) return;
  throw new UserError(
    `buffer_size: expected a replay buffer that fits into memory, got ${buffer_size} ${unit} of ${bytes} bytes, ` +
      `${gibibytes(buffer_size * bytes)} of ${gibibytes(memory)}; lower it`,
  );
}

/** What the replay buffer holds at the end of the run, at least. */
interface ReplaySize {
  readonly unit: 'steps' | 'episodes';
  readonly rows: number;
  /** Numbers in a row, and bytes beside them. */
  readonly width: number;
  readonly extra: number;
}

function replayOf(config: Config, spec: JointSpec, table: AlgorithmTable): ReplaySize {
  const { buffer_size, running_steps, episode_length } = config;
  if (config.use_rnn) {
    const rows = Math.min(buffer_size, Math.floor(running_steps / episode_length));
    const sequences = sequencesOf(config, emptyPolicy(config, spec, PLAN, table));
    const { width } = episodeLayout(spec, episode_length, sequences);
    return { unit: 'episodes', rows, width, extra: sequences ? 16 : 8 };
  }
  const { width } = rowLayout(spec.obsTotal, spec.actTotal, spec.agents.length);
  const extra = config.replay === 'prioritized' ? 16 : 0;
  return { unit: 'steps', rows: Math.min(buffer_size, running_steps), width, extra };
}

/** Bytes in a checkpoint of the end of training, but for some kilobytes of text and headers. */
export function checkpointBytes(
  config: Config,
  spec: JointSpec,
  table: AlgorithmTable = ALGORITHMS,
): { readonly networks: number; readonly replay: number } {
  const { rows, width, extra } = replayOf(config, spec, table);
  return {
    // With Adam's two moments.
    networks: 3 * parameterBytes(config, spec, table),
    // Of prioritized replay, half of what it has in memory is saved.
    replay: rows * (4 * width + (config.replay === 'prioritized' ? 8 : extra)),
  };
}

/** One copy of all parameters. Engines other than wasm lay out the rest in their own ways. */
function parameterBytes(config: Config, spec: JointSpec, table: AlgorithmTable): number {
  const uses = networkUses(config, spec, table);
  return uses.reduce((sum, use) => sum + 4 * parameterCount(use.spec), 0);
}

/** The networks of the wasm engine, the program of one update, and that of acting in all environments. */
export function wasmBytes(
  config: Config,
  spec: JointSpec,
  threads: number,
  table: AlgorithmTable = ALGORITHMS,
): number {
  const { batch_size, parallels, uniform_steps, running_steps, use_rnn, episode_length } = config;
  const { sequence_length, burn_in } = config;
  const uses = networkUses(config, spec, table);
  // Slots of episodes or sequences, or transitions.
  const samples = use_rnn ? batch_size * (sequence_length ?? episode_length) : batch_size;
  const shares = sharesOf(threads, leastProducts(uses, samples));
  const acts = uniform_steps < running_steps;
  let bytes = 4 * samples * ((use_rnn ? 1 : 2) * spec.obsTotal + spec.actTotal);
  if (use_rnn) bytes += 4 * batch_size * burn_in * (spec.obsTotal + spec.actTotal);
  for (const use of uses) {
    bytes += storedBytes(use.spec) + (use.used ? programBytes(use, samples, shares) : 0);
    if (acts && use.acts) bytes += programBytes({ ...use, trained: false }, parallels, 1);
  }
  return bytes;
}

/** A network, and whether it plays. */
interface PolicyNetwork extends NetworkUse {
  readonly acts: boolean;
}

/** The networks of the policy, and which of them every update is sure to use. */
function networkUses(config: Config, spec: JointSpec, table: AlgorithmTable): PolicyNetwork[] {
  const policy = emptyPolicy(config, spec, PLAN, table);
  const algorithmOf = algorithmOfGroup(config, spec, table);
  const groups = new Map(policy.groups.map((group) => [group.name, group]));
  return [...policy.networks.values()].map((network) => {
    const [prefix, ...rest] = network.name.split('/') as [string, ...string[]];
    const group = groups.get(rest.join('/'))!;
    const isCritic = policy.designOf(group).critics.includes(prefix.replace(/^target_/, ''));
    // A delayed actor, and all but one sub-policy, may wait for longer than the run.
    const used = isCritic || (/^(target_)?actor$/.test(prefix) && algorithmOf(group).variantOf === undefined);
    return {
      spec: network,
      rows: isCritic && isTeamCritic({ policy, config }, group) ? 1 : group.agents.length,
      // Joint critics remember once for all agents.
      frontRows: isCritic ? 1 : group.agents.length,
      ids: group.idWidth,
      used,
      trained: used && !prefix.startsWith('target_'),
      acts: prefix === 'actor',
    };
  });
}

/** An engine that allocates nothing, for a policy whose networks are only measured. */
const PLAN: Engine = {
  name: 'reference',
  exact: true,
  device: 'cpu',
  threads: 1,
  createStore: (networks) => ({
    networks: new Map([...networks].map((spec) => [spec.name, spec])),
    read: unplanned,
    write: unplanned,
    compile: unplanned,
  }),
  dispose: () => undefined,
};

function unplanned(): never {
  throw new Error('a plan has no values');
}

function gibibytes(bytes: number): string {
  return `${Number((bytes / 2 ** 30).toPrecision(3))} GiB`;
}
