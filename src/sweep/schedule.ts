/** Which trial is next: those of the search, group by group or by successive halving, then the confirm trials of the best. */
import { UserError } from '../core/user-error.ts';
import { confirmedGroups } from './confirm.ts';
import { groupScore, nextStep, type Contender, type Step } from './halving.ts';
import { scoreOf, standingOf, type Standing } from './standing.ts';
import type { SweepDir } from './sweep-dir.ts';
import type { Trial } from './trial.ts';
import type { WorkerOutcome } from './worker-pool.ts';

/** Every `of`-th trial, from number `index` on. */
export interface Share {
  readonly index: number;
  readonly of: number;
}

export interface Job {
  readonly trial: Trial;
  readonly standing: Standing;
  /** Steps at which it pauses; undefined: it goes to its end. */
  readonly until: number | undefined;
}

/** Times that a trial goes on after its worker died. */
const LIVES = 3;

export class Schedule {
  readonly #dir: SweepDir;
  readonly #own: ReadonlySet<string>;
  readonly #retry: boolean;
  readonly #standings = new Map<string, Standing>();
  /** Trials of the search by group, in order. */
  readonly #groups = new Map<string, Trial[]>();
  /** Rungs that groups have begun. */
  readonly #begun = new Map<string, number>();
  /** What a trial was handed out for; the same is not handed out again. */
  readonly #taken = new Set<string>();
  readonly #deaths = new Map<string, number>();
  #running = 0;

  /**
   * `retry`: hand out failed trials once more.
   * @throws UserError for a share of a sweep with halving, whose trials depend on those of all shares
   */
  constructor(dir: SweepDir, { index, of }: Share, retry: boolean) {
    if (of > 1 && dir.sweep.halving !== null)
      throw new UserError(
        '--of: expected no shares with halving, which compares all trials, got one; leave it out, or use sweep serve',
      );
    this.#dir = dir;
    this.#retry = retry;
    this.#own = new Set(dir.trials.filter((_, k) => k % of === index).map(({ name }) => name));
    for (const trial of dir.trials)
      if (trial.phase === 'search')
        this.#groups.set(trial.group, [...(this.#groups.get(trial.group) ?? []), trial]);
    this.refresh();
  }

  /** Reads how all trials stand: other processes may have trained some. */
  refresh(): void {
    for (const trial of this.#dir.trials)
      if (this.#standings.get(trial.name)?.state !== 'finished') this.#read(trial);
    for (const [group, trials] of this.#groups) {
      const begun = Math.max(...trials.map((trial) => this.#rungsOf(this.standing(trial))));
      this.#begun.set(group, Math.max(begun, this.#begun.get(group) ?? 0));
    }
  }

  standing({ name }: Trial): Standing {
    return this.#standings.get(name)!;
  }

  /** Jobs handed out and not ended. */
  get running(): number {
    return this.#running;
  }

  /** Trials of this share that are to run, as far as is known now. */
  get trials(): Trial[] {
    const chosen = this.#confirmed();
    return this.#dir.trials.filter(
      ({ name, phase, group }) => this.#own.has(name) && (phase === 'search' || chosen.has(group)),
    );
  }

  /** Whether a trial needs nothing more, as far as is known now: it has ended, or pauses at the rung of its group. */
  isOver(trial: Trial): boolean {
    return trial.phase === 'confirm'
      ? hasEnded(this.standing(trial))
      : this.#hasReached(trial, this.#rung(trial));
  }

  /** The next job; undefined if there is none until a running one ends. */
  next(): Job | undefined {
    const due = this.#dueInSearch() ?? this.#dueToConfirm();
    if (due === undefined) return undefined;
    this.#taken.add(keyOf(due));
    this.#running += 1;
    const { trial, rung } = due;
    return { trial, standing: this.standing(trial), until: this.#steps[rung] };
  }

  /** Takes a job's end. Returns why its trial failed, if it did for good. */
  ended({ trial, until }: Job, outcome: WorkerOutcome): string | undefined {
    this.#running -= 1;
    this.#read(trial);
    const { state } = this.standing(trial);
    // Another process was faster.
    if (outcome.kind === 'failed' && (state === 'running' || state === 'finished')) return undefined;
    if (outcome.kind === 'failed') return outcome.problem;
    if (outcome.kind === 'done') return this.#unscored(trial);
    if (outcome.kind === 'interrupted') return undefined;
    const deaths = (this.#deaths.get(trial.name) ?? 0) + 1;
    this.#deaths.set(trial.name, deaths);
    if (deaths > LIVES) return `${outcome.problem}, ${deaths} times`;
    const rung = until === undefined ? this.#steps.length : this.#steps.indexOf(until);
    this.#taken.delete(keyOf({ trial, rung }));
    return undefined;
  }

  /** Why a trained trial cannot be compared, if something compares it. */
  #unscored(trial: Trial): string | undefined {
    const { halving, confirm, objective } = this.#dir.sweep;
    if ((halving === null && confirm === null) || this.standing(trial).scores.length > 0) return undefined;
    return `objective.metric: expected a metric that the trial records, got ${objective.metric}; see its metrics.jsonl`;
  }

  get #steps(): readonly number[] {
    return this.#dir.sweep.halving?.steps ?? [];
  }

  #read(trial: Trial): void {
    const { path, sweep } = this.#dir;
    this.#standings.set(trial.name, standingOf(path, trial, sweep.objective));
  }

  /** The rung that the trial's group is at, from 0. */
  #rung({ group }: Trial): number {
    return Math.max(0, this.#begun.get(group)! - 1);
  }

  /** Rungs that a trial has begun, from its folder. */
  #rungsOf({ state, scores, step }: Standing): number {
    if (state === 'waiting') return 0;
    const passed = this.#steps.filter((rung) =>
      scores.some((score) => score.step >= rung && score.step < step),
    );
    return 1 + passed.length;
  }

  #hasReached(trial: Trial, rung: number): boolean {
    const standing = this.standing(trial);
    if (hasEnded(standing)) return true;
    const steps = this.#steps[rung];
    return steps !== undefined && scoreOf(standing.scores, this.#dir.sweep.objective, steps) !== undefined;
  }

  #contenders(): Contender[] {
    const { objective } = this.#dir.sweep;
    const rungs = [...this.#steps, undefined];
    return [...this.#groups].map(([group, trials]) => {
      const scores: number[] = [];
      for (const [rung, steps] of rungs.entries()) {
        if (!trials.every((trial) => this.#hasReached(trial, rung))) break;
        const own = trials.map((trial) => {
          const { state, scores: recorded } = this.standing(trial);
          // What a run earned before it failed says nothing about its end.
          if (steps === undefined && state === 'failed') return NaN;
          return scoreOf(recorded, objective, steps) ?? NaN;
        });
        scores.push(groupScore(own));
      }
      return { group, scores, begun: this.#begun.get(group)! };
    });
  }

  #dueInSearch(): Due | undefined {
    if (this.#dir.sweep.halving === null) return this.#firstDue([...this.#groups.values()].flat(), 0);
    for (;;) {
      for (const [group, trials] of this.#groups) {
        const due = this.#begun.get(group) === 0 ? undefined : this.#firstDue(trials, this.#rung(trials[0]!));
        if (due) return due;
      }
      const step: Step | undefined = nextStep(this.#contenders(), this.#dir.sweep.halving);
      if (step === undefined) return undefined;
      this.#begun.set(step.group, step.rung + 1);
    }
  }

  #dueToConfirm(): Due | undefined {
    const chosen = this.#confirmed();
    const trials = this.#dir.trials.filter(({ phase, group }) => phase === 'confirm' && chosen.has(group));
    return this.#firstDue(trials, this.#steps.length);
  }

  #firstDue(trials: readonly Trial[], rung: number): Due | undefined {
    const trial = trials.find((one) => {
      if (!this.#isDue(one, rung)) return false;
      // Another process may have begun or trained it since it was last read.
      this.#read(one);
      return this.#isDue(one, rung);
    });
    return trial && { trial, rung };
  }

  #isDue(trial: Trial, rung: number): boolean {
    const { state } = this.standing(trial);
    const failed = state === 'failed' && this.#retry;
    if (!this.#own.has(trial.name) || this.#taken.has(keyOf({ trial, rung }))) return false;
    if (trial.phase === 'search' && !failed && this.#hasReached(trial, rung)) return false;
    return state === 'waiting' || state === 'begun' || failed;
  }

  /** Groups whose confirm trials run: none before the search has ended. */
  #confirmed(): ReadonlySet<string> {
    const { confirm, halving } = this.#dir.sweep;
    if (confirm === null) return new Set();
    const contenders = this.#contenders();
    const settled = [...this.#groups.values()].flat().every((trial) => this.isOver(trial));
    const over = settled && (halving === null || nextStep(contenders, halving) === undefined);
    return new Set(over ? confirmedGroups(contenders, confirm.top) : []);
  }
}

/** A trial to train to the end of a rung. */
interface Due {
  readonly trial: Trial;
  readonly rung: number;
}

function keyOf({ trial, rung }: Due): string {
  return `${trial.name} ${rung}`;
}

function hasEnded({ state }: Standing): boolean {
  return state === 'finished' || state === 'failed';
}
