/**
 * `maddpg sweep drive`: another program requests settings and receives their scores, as lines of JSON. Requests (`Request`)
 * and answers (`Answer`) are documented in docs/sweeps.md. What trains is a `TrainSeed`.
 */
import { described } from '../core/described.ts';
import { UserError } from '../core/user-error.ts';
import { Lanes } from './lanes.ts';
import { groupScore } from './halving.ts';
import { objectiveOf } from './standing.ts';
import type { Keys, Objective } from './trial.ts';

/** How a driver calls a setting: a whole number, or a word that may name a file. */
export type Id = number | string;

/** One training run of a setting. */
export interface SeedJob {
  readonly id: Id;
  readonly seed: number;
  readonly set: Keys;
}

/** Value of the objective's metric at a step. */
export interface Value {
  readonly step: number;
  readonly value: number;
}

/**
 * Trains to the end and resolves, telling each value on its way, in order of steps. Once the signal aborts, it ends soon.
 * Rejects with UserError if the run fails.
 */
export type TrainSeed = (job: SeedJob, tell: (value: Value) => void, signal: AbortSignal) => Promise<void>;

type Request = { readonly id: Id; readonly set: unknown } | { readonly id: Id; readonly stop: true };

export type Answer =
  | { readonly id: Id; readonly step: number; readonly score: number }
  | {
      readonly id: Id;
      readonly score: number;
      readonly scores: Readonly<Record<string, number>>;
      readonly stopped?: true;
    }
  /** Stopped before all seeds had a score. */
  | { readonly id: Id; readonly stopped: true }
  /** `id` is null if the request was not understood. */
  | { readonly id: Id | null; readonly error: string };

export interface DriveOptions {
  readonly seeds: readonly number[];
  readonly at: Objective['at'];
  /** Runs at a time. */
  readonly workers: number;
  readonly train: TrainSeed;
  /** Rejects with UserError if keys are at fault: before they wait for their turn. */
  readonly check?: (set: Keys) => Promise<void>;
  /** On abort, all runs end. */
  readonly signal: AbortSignal;
}

/** Answers the requests of the lines; resolves once they have ended and all are answered. */
export async function drive(
  lines: AsyncIterable<string>,
  answer: (line: Answer) => void,
  options: DriveOptions,
): Promise<void> {
  const lanes = new Lanes(options.workers);
  const settings = new Map<string, Setting>();
  const ends: Promise<void>[] = [];
  const interrupt = (): void => {
    for (const setting of settings.values()) setting.end('interrupted');
  };
  options.signal.addEventListener('abort', interrupt);
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    let id: Id | null = null;
    try {
      const request = requestIn(line);
      const known = settings.get(String(request.id));
      if ('stop' in request) {
        if (!known) throw new UserError(`id: expected one given before, got ${described(request.id)}`);
        known.end('stopped');
        continue;
      }
      if (known) throw new UserError(`id: expected a new one, got ${described(request.id)} again`);
      id = request.id;
      const set = keysIn(request.set);
      await options.check?.(set);
      const setting = new Setting(id, answer, options);
      // Lines that were already read still arrive after Ctrl-C.
      if (options.signal.aborted) setting.end('interrupted');
      settings.set(String(id), setting);
      ends.push(setting.train(lanes, set));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      answer({ id, error: `line ${number}: ${error.faults.join('; ')}` });
    }
  }
  await Promise.all(ends);
  options.signal.removeEventListener('abort', interrupt);
}

/** A setting, training with all seeds. */
class Setting {
  readonly #id: Id;
  readonly #answer: (line: Answer) => void;
  readonly #options: DriveOptions;
  readonly #values: ReadonlyMap<number, Value[]>;
  /** Seeds that train no more. */
  readonly #over = new Set<number>();
  readonly #ending = new AbortController();
  /** The last step that was answered. */
  #step = -1;
  /** Why it ends early. */
  #end: 'stopped' | 'interrupted' | 'failed' | undefined;

  constructor(id: Id, answer: (line: Answer) => void, options: DriveOptions) {
    this.#id = id;
    this.#answer = answer;
    this.#options = options;
    this.#values = new Map(options.seeds.map((seed) => [seed, []]));
  }

  /** Ends it early, unless it has ended. */
  end(why: 'stopped' | 'interrupted' | 'failed'): void {
    this.#end ??= why;
    this.#ending.abort();
  }

  /** Trains and answers. Never rejects. */
  async train(lanes: Lanes, set: Keys): Promise<void> {
    const problems: string[] = [];
    const { seeds } = this.#options;
    await Promise.all(
      seeds.map((seed) =>
        lanes
          .run(() => this.#trainSeed(seed, set), this.#ending.signal)
          .catch((error: unknown) => {
            problems.push(problemOf(error));
            this.end('failed');
          }),
      ),
    );
    this.#answer({ id: this.#id, ...this.#result(problems[0]) });
  }

  async #trainSeed(seed: number, set: Keys): Promise<void> {
    const values = this.#values.get(seed)!;
    const tell = (value: Value): void => {
      values.push(value);
      this.#report();
    };
    await this.#options.train({ id: this.#id, seed, set }, tell, this.#ending.signal);
    if (this.#end !== undefined) return;
    if (values.length === 0)
      throw new UserError(`seed ${seed}: expected a value of the objective, got none; see objective.metric`);
    this.#over.add(seed);
    this.#report();
  }

  /** Answers the steps that all seeds have reached since the last. One that is over keeps its last value. */
  #report(): void {
    if (this.#end !== undefined) return;
    const steps = [...this.#values.values()].flat().map(({ step }) => step);
    for (const step of [...new Set(steps)].sort((a, b) => a - b)) {
      if (step <= this.#step) continue;
      const reached = ([seed, values]: [number, Value[]]): boolean =>
        this.#over.has(seed) || (values.at(-1)?.step ?? -1) >= step;
      if (![...this.#values].every(reached)) return;
      this.#step = step;
      this.#answer({ id: this.#id, step, score: groupScore(this.#scores()) });
    }
  }

  /** Scores by seed as of the last step that was answered; of one that diverged the worst there is. */
  #scores(): number[] {
    return [...this.#values.values()].map((values) => {
      const until = values.filter(({ step }) => step <= this.#step).map(({ value }) => value);
      const score = objectiveOf(until, this.#options.at) ?? NaN;
      return Number.isNaN(score) ? -Infinity : score;
    });
  }

  #result(problem: string | undefined): Body {
    if (problem !== undefined) return { error: problem };
    if (this.#end === 'interrupted') return { error: 'interrupted' };
    const stopped = this.#end === 'stopped' && ({ stopped: true } as const);
    if (stopped && this.#step < 0) return stopped;
    const scores = this.#scores();
    const bySeed = Object.fromEntries(this.#options.seeds.map((seed, k) => [seed, scores[k]!]));
    return { score: groupScore(scores), scores: bySeed, ...stopped };
  }
}

/** An answer without its id. */
type Body = Answer extends infer One ? (One extends Answer ? Omit<One, 'id'> : never) : never;

function problemOf(error: unknown): string {
  if (error instanceof UserError) return error.faults.join('; ');
  return `unexpected error: ${error instanceof Error ? error.message : String(error)}`;
}

/** Keys that are not a driver's to set. */
const OURS: Readonly<Record<string, string>> = {
  seed: 'seeds stand in the sweep file',
  env_seed: 'seeds stand in the sweep file',
  name: 'runs are named after id and seed',
  model_dir: 'runs are in the folder of --dir',
};

/** @throws UserError if the line holds none */
function requestIn(line: string): Request {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new UserError(`expected JSON, got ${described(line)}`, { cause: error });
  }
  if (!isMapping(value)) throw new UserError(`expected {"id": ..., "set": {...}}, got ${described(value)}`);
  const { id, set, stop, ...others } = value;
  if (!isId(id))
    throw new UserError(
      `id: expected a whole number or a word of letters, digits, - and _, got ${described(id)}`,
    );
  const [other] = Object.keys(others);
  if (other !== undefined) throw new UserError(`expected id and set, or id and stop, got ${other}`);
  if (stop !== undefined) {
    if (stop !== true || set !== undefined)
      throw new UserError(`stop: expected true and no set with it, got ${described(stop)}`);
    return { id, stop };
  }
  return { id, set };
}

/** @throws UserError if they are no keys, or not the driver's to set */
function keysIn(set: unknown): Keys {
  if (!isMapping(set)) throw new UserError(`set: expected a mapping of keys, got ${described(set)}`);
  for (const [key, why] of Object.entries(OURS))
    if (Object.hasOwn(set, key)) throw new UserError(`set: expected no ${key}, got one; ${why}`);
  return set;
}

function isId(id: unknown): id is Id {
  return typeof id === 'number'
    ? Number.isSafeInteger(id) && id >= 0
    : typeof id === 'string' && /^[\w-]{1,60}$/.test(id);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
