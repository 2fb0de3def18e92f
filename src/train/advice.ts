/**
 * Advice: what is going wrong in a run, judged by its metrics, and the key to change. It reads the records of
 * metrics.jsonl and changes nothing; docs/training.md has the evidence for its thresholds ("When it does not learn"). What
 * is known before the start is in checks.ts.
 */
import { algorithmNames } from '../config/derived.ts';
import type { Config } from '../config/keys.ts';
import { pow } from '../core/math.ts';
import { teamsApart, type ReturnSummary, type Spread } from '../evaluate/returns.ts';
import { ALGORITHMS, type AlgorithmTable } from '../learners/registry.ts';
import type { MetricRecord } from '../metrics/sink.ts';
import { isStochastic } from './algorithm-rules.ts';
import { canLearn } from './checks.ts';

/** Share of running_steps after which a return below random or an overestimating critic is reported. */
const LATE = 1 / 2;
/** Share of running_steps for which a saturated actor may go without improving. */
const PATIENCE = 1 / 4;
/** Share of an actor's outputs at their bounds. */
const SATURATED = 0.95;
/** |Q| in terms of what the returns seen would give in an endless episode. */
const DIVERGED = 10;
/** Q minus the return that followed, in terms of the returns of whole episodes. */
const OVERESTIMATED = 0.25;
/** Standard errors between a return and the random policy's. */
const CLEARLY = 4;

// Names of metrics (docs/metrics.md).
const RETURN = 'test/episode_return_mean';
const RETURN_STD = 'test/episode_return_std';
const TEAM_RETURN = 'test/team_return_mean';
const LENGTH = 'test/episode_length';
const SATURATION = 'test/saturated_outputs';
const BIAS = 'test/q_bias';

/** Looks at the newest record: a line to say, null while what is wrong may still pass, or undefined if nothing is. */
type Check = (record: MetricRecord) => string | null | undefined;

export class Advice {
  readonly #config: Config;
  readonly #random: () => ReturnSummary | undefined;
  /** Records with an evaluation, in order. */
  readonly #evaluations: MetricRecord[] = [];
  readonly #checks: readonly Check[];
  readonly #said = new Set<Check>();
  #level: Level | undefined;

  /**
   * `random`: returns of a uniform random policy, undefined if unknown; called at most once, when needed. `earlier`: records
   * of the run so far, whose advice was given.
   */
  constructor(
    config: Config,
    random: () => ReturnSummary | undefined,
    earlier: readonly MetricRecord[] = [],
  ) {
    this.#config = config;
    this.#random = random;
    // In order of causes: a diverged critic saturates actors, and saturated actors play worse than random.
    const checks = [this.#diverges, this.#overestimates, this.#saturated, this.#belowRandom];
    // With too few updates nothing else has to be wrong.
    this.#checks = canLearn(config) ? checks : checks.slice(0, 1);
    for (const record of earlier) this.take(record);
  }

  /** Takes the next record. At most one line, `step N: ...`: the first cause, if it is new. */
  take(record: MetricRecord): string[] {
    if (!(RETURN in record)) return [];
    this.#evaluations.push(record);
    for (const check of this.#checks) {
      const found = check(record);
      if (found === undefined) continue;
      if (found === null || this.#said.has(check)) return [];
      this.#said.add(check);
      return [`step ${record.step}: ${found}`];
    }
    return [];
  }

  readonly #diverges: Check = (record) => {
    const { gamma } = this.#config;
    const q = largestQ(record);
    // Greedy play may return next to nothing for a while, when the replay buffer still holds other returns.
    const perStep = Math.max(...this.#evaluations.map((of) => largestReturn(of) / of[LENGTH]!));
    const most = perStep / (1 - gamma);
    const before = this.#evaluations.at(-2);
    // Returns that are all 0 justify no Q, and give it no scale.
    if (!before || !(most > 0 && q > DIVERGED * most && q > largestQ(before))) return undefined;
    return (
      `the critic diverges: mean Q is ${short(q)} and growing, but returns justify about ${short(most)}: ` +
      'lower tau, gamma or learning_rate_critic'
    );
  };

  readonly #overestimates: Check = (record) => {
    const before = this.#evaluations.at(-2);
    const applies = (of: MetricRecord): boolean => this.#overestimated(of) >= OVERESTIMATED;
    if (!applies(record)) return undefined;
    if (!this.#isLate(record) || !before || !applies(before)) return null;
    if (this.#hasLearned(record) || this.#hasLearned(before)) return undefined;
    return (
      `Q is ${short(Math.max(...valuesOf(record, BIAS)))} above the return that follows ` +
      `(${percent(this.#overestimated(record))} of an episode's), and ${this.#comparison(record)}: ` +
      'lower gamma, or raise tau or learning_rate_critic'
    );
  };

  readonly #saturated: Check = (record) => {
    const { running_steps } = this.#config;
    for (const name of namesIn(record, SATURATION)) {
      const from = 1 + this.#evaluations.findLastIndex((of) => !(of[name]! >= SATURATED));
      const since = this.#evaluations[from];
      if (since === undefined || record.step - since.step < PATIENCE * running_steps) continue;
      if (this.#evaluations.slice(from).some((of) => this.#hasLearned(of))) continue;
      const whose = name.slice(SATURATION.length + 1);
      return (
        `${percent(record[name]!)} of the outputs of ${whose === '' ? 'the actors' : whose} have been at their bounds since step ` +
        `${since.step}, and ${this.#comparison(record)}: lower learning_rate_actor${penalties(this.#config)}`
      );
    }
    return undefined;
  };

  readonly #belowRandom: Check = (record) => {
    const before = this.#evaluations.at(-2);
    if (!this.#isLate(record) || before === undefined) return undefined;
    const { isRandom, what, spreads } = this.#levelOnce();
    const isBelow = (of: MetricRecord): boolean =>
      teamReturns(of).every(([team, mean]) => {
        const { mean: level, std } = spreads[team]!;
        return mean < level - CLEARLY * this.#errors() * std;
      });
    if (!isRandom || !isBelow(record) || !isBelow(before)) return undefined;
    return (
      `the return of ${record[RETURN]!.toFixed(2)} is below ${what}: ` +
      'lower learning_rate_actor, or change learning_rate_critic'
    );
  };

  /** Whether a team's return is clearly above the level, by a standard deviation of episodes at most. */
  #hasLearned(record: MetricRecord): boolean {
    const { spreads } = this.#levelOnce();
    const margin = Math.min(1, CLEARLY * this.#errors());
    return teamReturns(record).some(
      ([team, mean]) => mean > spreads[team]!.mean + margin * spreads[team]!.std,
    );
  }

  #comparison(record: MetricRecord): string {
    return `the return of ${record[RETURN]!.toFixed(2)} is not clearly above ${this.#levelOnce().what}`;
  }

  /** Standard error of the difference between an evaluation and the level, in standard deviations of episodes. */
  #errors(): number {
    const { episodes = this.#config.test_episode } = this.#levelOnce();
    return Math.sqrt(1 / this.#config.test_episode + 1 / episodes);
  }

  #isLate({ step }: MetricRecord): boolean {
    return step >= LATE * this.#config.running_steps;
  }

  #levelOnce(): Level {
    const random = this.#level === undefined ? this.#random() : undefined;
    return (this.#level ??= random ? randomLevel(random) : firstLevel(this.#evaluations[0]!));
  }

  /** Q minus the return that followed, in terms of the returns of episodes as discounted; the worst group's. */
  #overestimated(record: MetricRecord): number {
    const { gamma } = this.#config;
    const length = record[LENGTH]!;
    const horizon = gamma === 1 ? length : (1 - pow(gamma, length)) / (1 - gamma);
    const scale = (largestReturn(record) / length) * horizon;
    return scale > 0 ? Math.max(...valuesOf(record, BIAS)) / scale : 0;
  }
}

/** Returns that a policy has to exceed, by team, or `''` for all. */
interface Level {
  readonly isRandom: boolean;
  readonly what: string;
  readonly spreads: Readonly<Record<string, Spread>>;
  /** Default: as many as in every evaluation. */
  readonly episodes?: number;
}

function randomLevel(random: ReturnSummary): Level {
  return {
    isRandom: true,
    what: `that of random actions (${random.mean.toFixed(2)})`,
    spreads: { '': random, ...teamsApart(random) },
    episodes: random.episodes,
  };
}

/** For environments whose random policy is not played. */
function firstLevel(first: MetricRecord): Level {
  const std = first[RETURN_STD]!;
  const spreads = teamReturns(first).map(([team, mean]) => [team, { mean, std }] as const);
  return {
    isRandom: false,
    what: `that of step ${first.step} (${first[RETURN]!.toFixed(2)})`,
    spreads: Object.fromEntries(spreads),
  };
}

/** Mean return by team, or of all (`''`). With opponents one team may lose because another learns: look at all teams. */
function teamReturns(record: MetricRecord): (readonly [team: string, mean: number])[] {
  const teams = namesIn(record, TEAM_RETURN);
  if (teams.length === 0) return [['', record[RETURN]!]];
  return teams.map((name) => [name.slice(TEAM_RETURN.length + 1), record[name]!] as const);
}

/** A generous size of an episode's return. */
function largestReturn(record: MetricRecord): number {
  return Math.max(...valuesOf(record, RETURN).map(Math.abs)) + 2 * record[RETURN_STD]!;
}

/** The largest mean |Q| of an evaluation and of the updates before it. */
function largestQ(record: MetricRecord): number {
  const updates = Object.keys(record).filter((name) => /^learner\/.*predictQ/.test(name));
  return Math.max(
    0,
    ...[...namesIn(record, 'test/q_mean'), ...updates].map((name) => Math.abs(record[name]!)),
  );
}

/** Keys against saturation, as far as the configuration tells of action spaces. Soft actors have none. */
function penalties({ env_name, continuous_action, ...config }: Config): string {
  const known = algorithmNames(config).map((name) => (ALGORITHMS as AlgorithmTable)[name]);
  if (known.every((algorithm) => algorithm !== undefined && isStochastic(algorithm))) return '';
  if (env_name !== 'mpe') return ', or raise action_regularization (Box) or logit_regularization (Discrete)';
  return `, or raise ${continuous_action ? 'action_regularization' : 'logit_regularization'}`;
}

/** A metric and what groups or agents add to its name. */
function namesIn(record: MetricRecord, metric: string): string[] {
  return Object.keys(record).filter((name) => name === metric || name.startsWith(`${metric}/`));
}

function valuesOf(record: MetricRecord, metric: string): number[] {
  return namesIn(record, metric).map((name) => record[name]!);
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function short(x: number): string {
  return String(Number(x.toPrecision(3)));
}
