/** Which trial is next: those of the search, then the confirm trials of its best groups. */
import { confirmedGroups, groupScores } from './confirm.ts';
import { standingOf, type Standing } from './standing.ts';
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
}

/** Times that a trial begins again after its worker died. */
const LIVES = 3;

export class Schedule {
  readonly #dir: SweepDir;
  readonly #own: ReadonlySet<string>;
  readonly #standings = new Map<string, Standing>();
  /** Trials that this schedule does not hand out again. */
  readonly #done = new Set<string>();
  readonly #deaths = new Map<string, number>();
  readonly #retry: boolean;
  #running = 0;

  /** `retry`: hand out failed trials once more. */
  constructor(dir: SweepDir, { index, of }: Share, retry: boolean) {
    this.#dir = dir;
    this.#retry = retry;
    this.#own = new Set(dir.trials.filter((_, k) => k % of === index).map(({ name }) => name));
    this.refresh();
  }

  /** Reads how all trials stand: other processes may have trained some. */
  refresh(): void {
    const { path, trials, sweep } = this.#dir;
    for (const trial of trials)
      if (this.#standings.get(trial.name)?.state !== 'finished')
        this.#standings.set(trial.name, standingOf(path, trial, sweep.objective));
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

  /** The next job; undefined if there is none until a running one ends. */
  next(): Job | undefined {
    const trial = this.trials.find((one) => this.#isDue(one));
    if (trial === undefined) return undefined;
    this.#done.add(trial.name);
    this.#running += 1;
    return { trial, standing: this.standing(trial) };
  }

  /** Takes a job's end. Returns why its trial failed, if it did for good. */
  ended({ trial }: Job, outcome: WorkerOutcome): string | undefined {
    this.#running -= 1;
    const { path, sweep } = this.#dir;
    const standing = standingOf(path, trial, sweep.objective);
    this.#standings.set(trial.name, standing);
    // Another process was faster.
    if (outcome.kind === 'failed' && ['running', 'finished'].includes(standing.state)) return undefined;
    if (outcome.kind === 'died') {
      const deaths = (this.#deaths.get(trial.name) ?? 0) + 1;
      this.#deaths.set(trial.name, deaths);
      if (deaths <= LIVES) this.#done.delete(trial.name);
      else return `${outcome.problem}, ${deaths} times`;
    }
    return outcome.kind === 'failed' ? outcome.problem : undefined;
  }

  #isDue({ name }: Trial): boolean {
    if (this.#done.has(name)) return false;
    const { state } = this.#standings.get(name)!;
    return state === 'waiting' || state === 'begun' || (this.#retry && state === 'failed');
  }

  /** Groups whose confirm trials run: none before the search has ended. */
  #confirmed(): ReadonlySet<string> {
    const { sweep, trials } = this.#dir;
    if (sweep.confirm === null) return new Set();
    const search = trials.filter(({ phase }) => phase === 'search');
    const over = search.every((trial) => ['finished', 'failed'].includes(this.standing(trial).state));
    if (!over) return new Set();
    const scores = groupScores(search, (trial) => this.standing(trial).scores, sweep.objective);
    return new Set(confirmedGroups(scores, sweep.confirm.top));
  }
}
