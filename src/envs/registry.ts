/** The built-in environments by id. To add one, write its scenario file and list it in `scenarios`. */
import { didYouMean } from '../core/nearest.ts';
import { EnvironmentError } from './errors.ts';
import { rangeOf } from './mpe/options.ts';
import { MpeParallelEnv } from './mpe/parallel.ts';
import type { ScenarioEntry } from './mpe/scenario.ts';
import { MpeVectorEnv } from './mpe/vector.ts';
import { collectTreasure } from './mpe/scenarios/collect_treasure_v1.ts';
import { simpleAdversary } from './mpe/scenarios/simple_adversary_v3.ts';
import { simpleCrypto } from './mpe/scenarios/simple_crypto_v3.ts';
import { simpleFormation } from './mpe/scenarios/simple_formation_v1.ts';
import { simpleLine } from './mpe/scenarios/simple_line_v1.ts';
import { simplePush } from './mpe/scenarios/simple_push_v3.ts';
import { simpleReference } from './mpe/scenarios/simple_reference_v3.ts';
import { simpleSpeakerListener } from './mpe/scenarios/simple_speaker_listener_v4.ts';
import { simpleSpread } from './mpe/scenarios/simple_spread_v3.ts';
import { simpleTag } from './mpe/scenarios/simple_tag_v3.ts';
import { simple } from './mpe/scenarios/simple_v3.ts';
import { simpleWorldComm } from './mpe/scenarios/simple_world_comm_v3.ts';
import type { ParallelEnv } from './parallel-env.ts';
import type { Space } from './spaces.ts';
import type { VectorEnv } from './vector-env.ts';

const scenarios: readonly ScenarioEntry[] = [
  collectTreasure,
  simple,
  simpleAdversary,
  simpleCrypto,
  simpleFormation,
  simpleLine,
  simplePush,
  simpleReference,
  simpleSpeakerListener,
  simpleSpread,
  simpleTag,
  simpleWorldComm,
];

/** The options under env_options, with MPE2's names and types. */
export type EnvironmentOptions = Readonly<Record<string, unknown>>;

export interface EnvironmentDescription {
  readonly id: string;
  /** The manual page: agents, landmarks, actions, observations, reward formulas. Lines end in '\n'. */
  readonly manual: string;
  /** The agents with default options. */
  readonly agents: readonly {
    readonly name: string;
    readonly observationSpace: Space;
    readonly discreteActionSpace: Space;
    readonly continuousActionSpace: Space;
  }[];
  readonly options: readonly {
    readonly name: string;
    readonly default: boolean | number | null;
    /** `an integer from 1 to 256` */
    readonly range: string;
    readonly doc: string;
  }[];
}

/** All environment ids, sorted. */
export function environmentIds(): string[] {
  return scenarios.map(({ id }) => id).sort();
}

function entryOf(id: string): ScenarioEntry {
  const entry = scenarios.find((candidate) => candidate.id === id);
  if (entry === undefined) {
    const ids = environmentIds();
    throw new EnvironmentError('env_id', `one of ${ids.join(', ')}`, id, didYouMean(id, ids));
  }
  return entry;
}

/**
 * One environment with the dict-based API.
 * @throws EnvironmentError `env_id: ...` or `env_options.<key>: expected ..., got ...`
 */
export function makeEnv(id: string, options: EnvironmentOptions = {}): ParallelEnv {
  return new MpeParallelEnv(entryOf(id).bind(options));
}

/**
 * `count` environments stepped together, without an episode until reset() or restore(). `whole`: observations hold what actors do
 * not see (AgentSpec.hidden), for critics.
 * @throws EnvironmentError like makeEnv()
 */
export function makeVectorEnv(
  id: string,
  options: EnvironmentOptions,
  count: number,
  whole = false,
): VectorEnv {
  return new MpeVectorEnv(entryOf(id).bind(options), count, whole);
}

/** What `maddpg envs ID` prints. @throws EnvironmentError for an unknown id */
export function describeEnvironment(id: string): EnvironmentDescription {
  const { manual, options } = entryOf(id);
  const byChoice = makeEnv(id, { continuous_actions: false });
  const byVector = makeEnv(id, { continuous_actions: true });
  return {
    id,
    manual,
    agents: byChoice.possibleAgents.map((name) => ({
      name,
      observationSpace: byChoice.observationSpace(name),
      discreteActionSpace: byChoice.actionSpace(name),
      continuousActionSpace: byVector.actionSpace(name),
    })),
    options: Object.entries(options).map(([name, option]) => ({
      name,
      default: option.default,
      range: rangeOf(option),
      doc: option.doc,
    })),
  };
}
