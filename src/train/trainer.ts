/**
 * The training loop: advances a session and decides when to record, evaluate, save and stop. A RunStore (run-store.ts)
 * does the I/O. Progress is reported through callbacks; the CLI renders it.
 */
import type { Config } from '../config/keys.ts';
import { nextTurn } from '../core/next-turn.ts';
import { UserError } from '../core/user-error.ts';
import type { Engine } from '../engine/engine.ts';
import { playEpisodes } from '../evaluate/play.ts';
import { byTeam, summarize, type ReturnSummary } from '../evaluate/returns.ts';
import type { Policy } from '../policy/policy.ts';
import { Advice } from './advice.ts';
import { bestBy, BestScore, type Score } from './best-score.ts';
import { listenersOf, requireStage, type RunControls } from './callbacks.ts';
import { neverUpdated, unreachableActions, withoutEffect } from './checks.ts';
import type { RunEnvironments } from './environments.ts';
import { EvaluationWatch } from './evaluation-watch.ts';
import { evaluationMetrics, trainingMetrics } from './metrics.ts';
import { randomReturns } from './random-returns.ts';
import type { BestEvaluation, RunStore, StoredSnapshot, TrainerState } from './run-store.ts';
import { NotFiniteError, TrainingSession } from './session.ts';
import { endedBy, type EndReason, type TrainSummary } from './summary.ts';
import type { TrainerOptions } from './trainer-options.ts';

/** Milliseconds between yields to the event loop. */
const SLICE_MS = 20;

/** Trains from the start or a snapshot to the end. */
export class Trainer {
  readonly #config: Config;
  readonly #store: RunStore;
  readonly #engine: Engine;
  readonly #options: TrainerOptions;
  readonly #session: TrainingSession;
  readonly #environments: RunEnvironments;
  readonly #controls: RunControls;
  #best: BestEvaluation | null = null;
  readonly #bestScore: BestScore;
  #score: Score | undefined;
  readonly #watch: EvaluationWatch;
  readonly #advice: Advice;
  #test: ReturnSummary | undefined;
  #checkpoint: string | null = null;
  /** Step of the last checkpoint between steps: one amid a step's updates does not count, the next replaces it. */
  #savedAt = -1;
  /** Step of the last finished evaluation. */
  #evaluatedAt = -1;
  #evaluationDue = false;
  #curriculumStage: number | undefined;
  #stopped = false;
  #trainReturn: number | undefined;
  /** Training time of previous processes, in seconds. */
  #wallBefore = 0;
  readonly #stepsBefore: number;
  readonly #started = performance.now();
  /** Milliseconds at the gate. */
  #waited = 0;
  /** Time of the next yield to the event loop. */
  #sliceEnds = 0;
  #reported: { step: number; updates: number; seconds: number };

  constructor(
    config: Config,
    environments: RunEnvironments,
    engine: Engine,
    store: RunStore,
    options: TrainerOptions = {},
  ) {
    this.#config = config;
    this.#store = store;
    this.#engine = engine;
    this.#options = options;
    this.#environments = environments;
    const env = environments.factory.make(config.parallels);
    this.#controls = {
      setCurriculumStage: (stage) => {
        this.#setCurriculumStage(stage);
      },
      stop: () => {
        this.#stopped = true;
      },
    };
    this.#session = new TrainingSession(config, env, engine, {
      algorithms: options.algorithms,
      ...listenersOf(options, this.#controls, env, () => this.#session.step),
    });
    this.#watch = new EvaluationWatch(config, this.#session.policy, environments.evaluation);
    const random = () => randomReturns(config, environments.factory);
    this.#advice = new Advice(config, random, options.resume?.records);
    this.#bestScore = new BestScore(config, this.#session.policy, environments);
    if (options.resume) this.#restore(options.resume);
    else this.#session.begin(options.initial);
    store.reserve?.(this.#session.largestCheckpoint());
    this.#stepsBefore = this.#session.step;
    this.#reported = { step: this.#session.step, updates: this.#session.updates, seconds: this.#wall() };
    const { spec } = this.#session.policy;
    for (const line of [...unreachableActions(config, spec), ...withoutEffect(config, spec)])
      this.#warn(line);
    store.log('info', 'training', { step: this.#session.step, engine: engine.name });
  }

  /** Saves a checkpoint now. Call it between vector steps: at the gate, or after the run. */
  save(): Promise<void> {
    return this.#save(false);
  }

  /** The networks being trained. Read them only: training must not notice. */
  get policy(): Policy {
    return this.#session.policy;
  }

  async run(): Promise<TrainSummary> {
    this.#progress();
    if (this.#evaluationDue) {
      this.#evaluationDue = false;
      await this.#afterStep(this.#session.step - this.#config.parallels);
    }
    let ended = await this.#endedAtGate();
    while (ended === undefined) {
      const before = this.#session.step;
      this.#guarded(() => {
        this.#session.advance(
          () => this.#options.signal?.aborted === true || performance.now() >= this.#sliceEnds,
        );
      });
      if (this.#session.updatesDue === 0) await this.#afterStep(before);
      await this.#breathe();
      ended = await this.#endedAtGate();
    }
    return this.#finish(ended);
  }

  /** As #ended(), once the gate is open for the next step. */
  async #endedAtGate(): Promise<EndReason | undefined> {
    const between = this.#session.updatesDue === 0 && this.#ended() === undefined;
    const gate = between ? this.#options.gate?.() : undefined;
    if (gate) {
      const closed = performance.now();
      await gate;
      this.#waited += performance.now() - closed;
    }
    return this.#ended();
  }

  /** Why the run ends now; undefined if it continues. */
  #ended(): EndReason | undefined {
    if (this.#options.signal?.aborted) return 'interrupted';
    if (this.#session.updatesDue > 0) return undefined;
    if (this.#stopped) return 'stopped';
    return endedBy(this.#config, { step: this.#session.step, wall_s: this.#wall(), best: this.#best });
  }

  /** Yields to the event loop now and then, for signals and timers; results do not depend on it. */
  async #breathe(): Promise<void> {
    if (performance.now() < this.#sliceEnds) return;
    this.#progress();
    await nextTurn();
    this.#sliceEnds = performance.now() + SLICE_MS;
  }

  /** Records, evaluates and saves whenever the step count crosses a multiple of their intervals. */
  async #afterStep(before: number): Promise<void> {
    const { log_interval, eval_interval, save_interval } = this.#config;
    const { step } = this.#session;
    const passed = (interval: number): boolean => Math.floor(step / interval) > Math.floor(before / interval);
    // #finish() evaluates the last step.
    if (this.#session.finished) return;
    const evaluated = passed(eval_interval);
    const better = evaluated && (await this.#evaluate());
    if (this.#evaluationDue) return;
    if (passed(log_interval) || evaluated) this.#record(evaluated);
    if (better || passed(save_interval)) await this.#save(better);
  }

  async #finish(reason: EndReason): Promise<TrainSummary> {
    let ended = reason;
    let better = false;
    if (this.#evaluatedAt !== this.#session.step) {
      if (ended === 'interrupted') this.#evaluationDue ||= this.#session.finished;
      else {
        better = await this.#evaluate();
        if (this.#evaluationDue) ended = 'interrupted';
        else this.#record(true);
      }
    }
    if (better || this.#savedAt !== this.#session.step) await this.#save(better);
    await this.#store.settle();
    this.#progress();
    const cause: unknown = this.#options.signal?.reason;
    if (cause instanceof Error && !(cause instanceof DOMException)) throw cause;
    const { step, updates } = this.#session;
    const interrupted = ended === 'interrupted';
    if (updates === 0 && !interrupted)
      for (const line of neverUpdated(this.#config, this.#session.skippedUpdates)) this.#warn(line);
    const seconds = this.#seconds();
    this.#store.log('info', 'ended', { step, updates, ended, best: this.#best });
    return {
      run: this.#store.name,
      checkpoint: this.#checkpoint,
      steps: step,
      updates,
      wall_s: this.#wall(),
      env_steps_per_second: (step - this.#stepsBefore) / seconds,
      final: this.#test ? { step: this.#evaluatedAt, ...this.#test } : null,
      best: this.#best,
      best_by: bestBy(this.#config) ?? null,
      ended,
      interrupted,
      engine: this.#engine.name,
    };
  }

  /**
   * Greedy evaluation; true if it is the best so far. If aborted by the signal, it is discarded and stays due on resume.
   */
  async #evaluate(): Promise<boolean> {
    this.#guarded(() => {
      this.#session.checkFinite();
    });
    const { test_episode, test_seed } = this.#config;
    const { factory, evaluation: env } = this.#environments;
    const training = this.#session.rollout.env;
    const kept = factory.shared ? training.snapshot() : undefined;
    this.#watch.begin();
    const episodes = playEpisodes(env, this.#watch.actor, test_seed);
    const played: number[][] = [];
    this.#evaluationDue = true;
    while (played.length < test_episode && !this.#options.signal?.aborted) {
      const ended = episodes.next().value;
      this.#watch.stepped();
      if (ended) played.push(ended);
      await this.#breathe();
    }
    const score =
      played.length < test_episode
        ? undefined
        : await this.#bestScore.of(played, async () => {
            await this.#breathe();
            return !this.#options.signal?.aborted;
          });
    if (kept) training.restore(kept);
    if (!score) return false;
    this.#evaluationDue = false;
    this.#score = score;
    const returns = summarize(env.spec, played);
    const { step } = this.#session;
    this.#test = returns;
    this.#evaluatedAt = step;
    const best = this.#best === null || score.value > this.#best.mean;
    if (best) this.#best = { step, mean: score.value };
    const by = bestBy(this.#config);
    const scored = by === undefined ? '' : `; ${score.value.toFixed(2)} for ${by}`;
    const line = `step ${step}: return ${returns.mean.toFixed(2)}${byTeam(returns)} over ${test_episode} greedy episodes${scored}`;
    this.#options.onEvent?.(best ? `${line} (best)` : line);
    this.#store.log('info', 'evaluation', {
      ...{ step, mean: returns.mean, std: returns.std, best },
      ...(by !== undefined && { score: score.value }),
    });
    this.#options.onEvaluation?.({ step, returns, best, score: score.value }, this.#controls);
    return best;
  }

  /** Appends a record to the metrics. */
  #record(evaluated: boolean): void {
    const { step, updates, policy } = this.#session;
    const seconds = this.#wall();
    const elapsed = seconds - this.#reported.seconds;
    const training = trainingMetrics(this.#session);
    this.#trainReturn = training['train/episode_return'] ?? this.#trainReturn;
    const record = {
      ...{ step, wall_s: seconds },
      ...training,
      ...(evaluated &&
        this.#test && {
          ...evaluationMetrics(this.#test),
          ...this.#watch.metrics(),
          ...this.#score?.metrics,
        }),
      'speed/env_steps_per_second': (step - this.#reported.step) / elapsed,
      'speed/updates_per_second': (updates - this.#reported.updates) / elapsed,
    };
    this.#store.record(record);
    for (const line of this.#advice.take(record)) this.#warn(line);
    if (evaluated) this.#store.weights?.(step, policy.tensors());
    this.#reported = { step, updates, seconds };
  }

  async #save(best: boolean): Promise<void> {
    this.#guarded(() => {
      this.#session.checkFinite();
    });
    const state: TrainerState = {
      ...this.#session.counters(),
      best: this.#best,
      environments: this.#session.rollout.env.resumable === false ? 'new episodes' : 'saved',
      wall_s: this.#wall(),
      ...(this.#evaluationDue && { evaluation_due: true }),
      ...(this.#bestScore.hashes && { opponents: this.#bestScore.hashes }),
      ...(this.#curriculumStage !== undefined && { curriculum_stage: this.#curriculumStage }),
    };
    this.#checkpoint = await this.#store.save(
      { state, files: this.#session.files(), policy: this.#session.policy },
      best,
    );
    this.#noteSaved();
    this.#store.log('info', 'checkpoint', { step: this.#session.step, checkpoint: this.#checkpoint, best });
  }

  /** The newest checkpoint is of this step; one with work left is saved again once that is done. */
  #noteSaved(): void {
    if (this.#session.updatesDue === 0 && !this.#evaluationDue) this.#savedAt = this.#session.step;
  }

  #restore({ state, files, checkpoint }: StoredSnapshot): void {
    this.#session.restore(files, state, checkpoint);
    if (this.#session.rollout.env.resumable === false)
      this.#warn(
        `${this.#config.env_id} does not save environment state: the resumed run starts new episodes, so its ` +
          'results differ from those of an uninterrupted run',
      );
    this.#wallBefore = state.wall_s;
    this.#checkpoint = checkpoint;
    this.#evaluationDue = state.evaluation_due === true;
    this.#noteSaved();
    if (state.curriculum_stage !== undefined) this.#setCurriculumStage(state.curriculum_stage);
    this.#best = state.best;
  }

  #setCurriculumStage(stage: number): void {
    const { env } = this.#session.rollout;
    requireStage(env, stage);
    // Returns at another stage are no measure for those at this one.
    if (stage !== (this.#curriculumStage ?? 0)) this.#best = null;
    this.#curriculumStage = stage;
    env.setCurriculumStage?.(stage);
    this.#environments.evaluation.setCurriculumStage?.(stage);
    this.#bestScore.setCurriculumStage(stage);
  }

  #warn(line: string): void {
    this.#options.onWarning?.(line);
    this.#store.log('warn', line, { step: this.#session.step });
  }

  /** Rethrows NotFiniteError as a UserError that names the last good checkpoint. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof NotFiniteError)) throw error;
      const rates = 'lower learning_rate_actor and learning_rate_critic, or set use_grad_clip: true';
      const last = this.#checkpoint
        ? `the last good checkpoint is ${this.#checkpoint}`
        : 'there is no checkpoint yet';
      throw new UserError(`step ${this.#session.step}: ${error.message}; ${rates}; ${last}`, {
        exitCode: 1,
        cause: error,
      });
    }
  }

  #wall(): number {
    return this.#wallBefore + this.#seconds();
  }

  /** Training time of this process. */
  #seconds(): number {
    return (performance.now() - this.#started - this.#waited) / 1000;
  }

  #progress(): void {
    const { onProgress } = this.#options;
    if (!onProgress) return;
    const { step, updates, lastInfo } = this.#session;
    const seconds = this.#seconds();
    const meanOf = (name: string): number | undefined => {
      const found = Object.entries(lastInfo ?? {}).filter(
        ([key]) => key === name || key.endsWith(`/${name}`),
      );
      return found.length > 0 ? found.reduce((sum, [, x]) => sum + x, 0) / found.length : undefined;
    };
    onProgress(
      {
        step,
        steps: this.#config.running_steps,
        updates,
        wallS: this.#wall(),
        stepsPerSecond: (step - this.#stepsBefore) / seconds,
        trainReturn: this.#trainReturn,
        testReturn: this.#test?.mean,
        lossActor: meanOf('loss_actor'),
        lossCritic: meanOf('loss_critic'),
      },
      this.#controls,
    );
  }
}
