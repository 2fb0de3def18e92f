/**
 * Checks a configuration against its environment before anything is built. Rules between keys are in config/rules.ts and
 * algorithm-rules.ts.
 */
import { firstUpdate, roundsBetweenUpdates, updateInterval } from '../config/derived.ts';
import type { Config } from '../config/keys.ts';
import { teamsOf, type AgentSpec, type JointSpec } from '../core/joint-spec.ts';
import { UserError } from '../core/user-error.ts';
import { commonOptions } from '../envs/mpe/options.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import { ALGORITHMS, type AlgorithmTable } from '../learners/registry.ts';
import { able, either, isStochastic } from './algorithm-rules.ts';
import { algorithmOfTeam, algorithmOfGroup, buildAugmentation, groupsOf } from './build.ts';

/** Throws UserError if keys do not fit the environment. */
export function requireFitting(config: Config, env: VectorEnv, table: AlgorithmTable = ALGORITHMS): void {
  requireFittingActions(config, env.spec, table);
  buildAugmentation(config, env);
  groupsOf(config, env.spec).forEach(algorithmOfGroup(config, env.spec, table));
}

/** Gaussian actors and target smoothing do not fit discrete actions. Throws UserError. */
export function requireFittingActions(
  config: Config,
  spec: JointSpec,
  table: AlgorithmTable = ALGORITHMS,
): void {
  const algorithmOf = algorithmOfTeam(config, spec, table);
  const isSoft = ({ team }: AgentSpec): boolean => isStochastic(algorithmOf(team));
  const smooths = ({ team }: AgentSpec): boolean => algorithmOf(team).abilities.keys.includes('target_noise');
  const discrete = (is: (agent: AgentSpec) => boolean): string[] =>
    spec.agents.filter((agent) => agent.actionKind === 'discrete' && is(agent)).map(({ name }) => name);
  const because = (names: readonly string[]): string =>
    `${names.join(', ')} ${names.length === 1 ? 'has' : 'have'} discrete actions`;
  const faults: string[] = [];
  const choosing = discrete(isSoft);
  if (choosing.length > 0)
    faults.push(
      `agent: expected ${either(able(table, (a) => !isStochastic(a)))} (${because(choosing)}), got ${typeof config.agent === 'string' ? config.agent : JSON.stringify(config.agent)}` +
        (config.env_name === 'mpe' ? '; or set continuous_action to true' : ''),
    );
  const smoothed = discrete(smooths);
  if (smoothed.length > 0 && config.target_noise > 0)
    faults.push(`target_noise: expected 0 (${because(smoothed)}), got ${config.target_noise}`);
  if (faults.length > 0) throw new UserError(faults);
}

/** Range of an actor's outputs, by activation_action. */
const OUTPUTS = { sigmoid: [0, 1], tanh: [-1, 1], none: [-Infinity, Infinity] } as const;

/** A warning for each action space that the actors' output range does not cover. */
export function unreachableActions(config: Config, spec: JointSpec): string[] {
  const [least, most] = OUTPUTS[config.activation_action];
  const ranges = spec.agents
    .filter(
      ({ actionKind, actionLow, actionHigh }) =>
        actionKind === 'box' && (actionLow < least || actionHigh > most),
    )
    .map(({ actionLow, actionHigh }) => `${actionLow} to ${actionHigh}`);
  return [...new Set(ranges)].map(
    (range) =>
      `activation_action ${config.activation_action} only reaches actions from ${least} to ${most}, but the environment takes ` +
      `${range}: set activation_action to ${range === '-1 to 1' ? 'tanh' : 'none'}, or scale actions in the environment`,
  );
}

/** A warning, `running_steps: ...`, if the run ends before its first update. */
export function untrained(config: Config): string[] {
  const { parallels, running_steps } = config;
  const cycles = leastCycles(config);
  if (cycles === undefined) return [];
  const first = firstUpdate(config, cycles);
  if (first <= lastStep(parallels, running_steps)) return [];
  return [
    `running_steps: no update will be made in ${running_steps} steps, as the first is due after ${first}; raise it, or ` +
      (config.use_rnn ? 'lower start_training' : 'lower start_training or training_frequency'),
  ];
}

/** A warning for a run that ended without an update, unless untrained() has given one. `skipped`: updates that ensembles left out. */
export function neverUpdated(config: Config, skipped: number): string[] {
  if (untrained(config).length > 0) return [];
  const advice =
    skipped > 0
      ? 'not all sub-policies have played; lower ensemble_size or raise running_steps'
      : `lower start_training or ${config.use_rnn ? 'parallels' : 'training_frequency'}, or raise running_steps`;
  return [`no updates were made, so the policy is untrained: ${advice}`];
}

/** Fewest updates with which a recorded run had learned anything (docs/training.md). */
const LEAST_UPDATES = 400;
/** Runs with fewer steps are taken for experiments and get no warning. */
const EARNEST = 10_000;

/** A warning, `running_steps: ...`, if the steps would do to learn, but not the updates. */
export function tooFewUpdates(config: Config): string[] {
  const { init_from, running_steps, start_training, tau } = config;
  const updates = updatesOf(config);
  if (updates === 0 || canLearn(config)) return []; // untrained() tells of none
  if (running_steps - start_training < EARNEST || init_from !== null) return [];
  const [few, key] =
    updates < LEAST_UPDATES
      ? [`expected at least ${LEAST_UPDATES} to learn anything`, ' or n_epochs']
      : [`expected at least ${Math.ceil(1 / tau)} with tau ${tau}`, ', n_epochs or tau'];
  return [
    `running_steps: ${running_steps} steps make ${updates} updates, ${few}; raise it${key}, or lower ` +
      (config.use_rnn ? 'parallels' : 'training_frequency or parallels'),
  ];
}

/**
 * Whether the updates suffice to learn anything: 400, and 1 / tau, after which the targets have gone 63 % of the way to
 * networks that stand still.
 */
export function canLearn(config: Config): boolean {
  const updates = updatesOf(config);
  return updates >= LEAST_UPDATES && (config.target_update === 'hard' || updates * config.tau >= 1);
}

/** Updates of the whole run, at most; Infinity if unknown. */
function updatesOf(config: Config): number {
  const { n_epochs, parallels, running_steps } = config;
  const cycles = leastCycles(config);
  if (cycles === undefined) return Infinity;
  const due = lastStep(parallels, running_steps) - firstUpdate(config, cycles);
  const interval = updateInterval(config) ?? roundsBetweenUpdates(config) * cycles * parallels;
  return due < 0 ? 0 : n_epochs * (1 + Math.floor(due / interval));
}

/** Steps of the shortest episodes; undefined if the option is no number. */
function leastCycles({ env_name, env_options }: Config): number | undefined {
  // Elsewhere, and where success ends it, an episode may be as short as one step.
  const fixed = env_name === 'mpe' && env_options['terminate_on_success'] !== true;
  const cycles = fixed ? (env_options['max_cycles'] ?? commonOptions.max_cycles.default) : 1;
  return typeof cycles === 'number' ? cycles : undefined;
}

/** Step count before the last vector step. */
function lastStep(parallels: number, running_steps: number): number {
  return (Math.floor(running_steps / parallels) - 1) * parallels;
}

/** A warning for each setting without effect in this environment. */
export function withoutEffect(config: Config, spec: JointSpec): string[] {
  const found: string[] = [];
  if (config.critic_reward === 'team' && teamsOf(spec.agents).length === spec.agents.length)
    found.push('critic_reward team has no effect: every team of the environment is one agent');
  if (config.env_name === 'mpe' && config.env_options['curriculum'] === true)
    found.push(
      'env_options.curriculum: training stays at stage 0 unless a callback of train() calls setCurriculumStage; ' +
        'set it to false to train on the whole task',
    );
  return found;
}
