/**
 * The training loop: advances a session and decides when to report, evaluate, save and stop. From a frozen
 * config to a finished run directory. People watch it through `onProgress`; the command line draws that.
 */
import * as path from 'node:path';
import pino from 'pino';
import { algorithmNames } from '../config/derived.ts';
import type { Config } from '../config/keys.ts';
import { portable } from '../config/load.ts';
import { showConfig } from '../config/show.ts';
import { findCheckpoint, readCheckpoint } from '../checkpoint/load.ts';
import { replaceFile, saveCheckpoint } from '../checkpoint/save.ts';
import { UserError } from '../core/user-error.ts';
import type { Engine } from '../engine/engine.ts';
import { createEngine } from '../engine/registry.ts';
import type { EnvironmentFactory } from '../envs/environment-factory.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import { Metrics } from '../metrics/metrics.ts';
import { VERSION } from '../version.ts';
import { openEnvironments, unreachableActions, withoutEffect } from './build.ts';
import { greedyActor, playEpisodes } from './evaluate.ts';
import { requireSameRun } from './resume.ts';
import { byTeam, recordReturns, summarize, type ReturnSummary } from './returns.ts';
import type { RunDir } from './run-dir.ts';
import { NotFiniteError, TrainingSession } from './session.ts';
import { decodeConfig, decodeState, encodeState, policyFile, type TrainerState } from './state.ts';

/** What `maddpg train --json` prints, and more. */
export interface TrainSummary {
  /** The run directory. */
  readonly run: string;
  /** The newest checkpoint; null where none was written. */
  readonly checkpoint: string | null;
  readonly steps: number;
  readonly updates: number;
  readonly wall_s: number;
  readonly env_steps_per_second: number;
  /** The last evaluation; null where an interrupted run had none. */
  readonly final: ReturnSummary | null;
  /** The best evaluation of the run. */
  readonly best: { readonly step: number; readonly mean: number } | null;
  /** Whether the run was interrupted before running_steps. */
  readonly interrupted: boolean;
  readonly engine: string;
}

/** Where a run stands; handed out a few times a second. */
export interface Progress {
  readonly step: number;
  readonly steps: number;
  readonly updates: number;
  readonly wallS: number;
  readonly stepsPerSecond: number;
  /** Mean return of the training episodes of the last report, noise included. */
  readonly trainReturn: number | undefined;
  readonly testReturn: number | undefined;
  readonly lossActor: number | undefined;
  readonly lossCritic: number | undefined;
}

export interface TrainerOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Called with one line when something worth telling happens: an evaluation, a checkpoint. */
  readonly onEvent?: ((line: string) => void) | undefined;
  /** Called with one line where the run is not quite what was asked for. */
  readonly onWarning?: ((line: string) => void) | undefined;
  /** Go on from this checkpoint of the run, or from the run's newest one. */
  readonly resume?: string | undefined;
}

/** Trains in `dir`, which exists and is either new or, with `resume`, has a checkpoint. */
export async function trainIn(
  dir: RunDir,
  config: Config,
  options: TrainerOptions = {},
): Promise<TrainSummary> {
  const engine = await createEngine(config);
  const choice = config.engine === 'auto' ? ' (chosen by engine: auto)' : '';
  options.onEvent?.(
    `engine ${engine.name}, ${engine.threads} thread${engine.threads === 1 ? '' : 's'}${choice}`,
  );
  const log = pino({ base: null }, pino.destination({ dest: dir.log, sync: true }));
  let environments: EnvironmentFactory | undefined;
  try {
    environments = await openEnvironments(config);
    const trainer = new Trainer(dir, config, environments, engine, log, options);
    try {
      return await trainer.run();
    } finally {
      trainer.close();
    }
  } catch (error) {
    log.error({ err: error }, 'the run failed');
    throw error;
  } finally {
    environments?.close();
    engine.dispose();
  }
}

/** Milliseconds that the loop computes before it lets signals and timers in. */
const SLICE_MS = 20;

class Trainer {
  readonly #dir: RunDir;
  readonly #config: Config;
  readonly #engine: Engine;
  readonly #log: pino.Logger;
  readonly #options: TrainerOptions;
  readonly #session: TrainingSession;
  /** The environment of the evaluations: a seed decides everything in it, whatever was played before. */
  readonly #testEnv: VectorEnv;
  readonly #metrics: Metrics;
  #best: { step: number; mean: number } | null = null;
  #test: { step: number; summary: ReturnSummary } | undefined;
  #checkpoint: string | null = null;
  #savedAt = -1;
  #trainReturn: number | undefined;
  /** Seconds of training before this process. */
  #wallBefore = 0;
  readonly #stepsBefore: number;
  readonly #started = performance.now();
  /** When the loop lets others in again. */
  #sliceEnds = 0;
  #reported: { step: number; updates: number; seconds: number };

  constructor(
    dir: RunDir,
    config: Config,
    environments: EnvironmentFactory,
    engine: Engine,
    log: pino.Logger,
    options: TrainerOptions,
  ) {
    this.#dir = dir;
    this.#config = config;
    this.#engine = engine;
    this.#log = log;
    this.#options = options;
    this.#session = new TrainingSession(config, environments.make(config.parallels), engine, dir.checkpoints);
    this.#testEnv = environments.make(1);
    if (options.resume !== undefined) {
      const state = this.#restore(options.resume);
      if (this.#session.finished)
        throw new UserError(
          `${dir.path}: expected a run that is not finished, got one with all ${this.#session.step} steps; ` +
            `to train on, raise --set running_steps=...`,
        );
      this.#metrics = new Metrics(dir.path, { resumeLengths: state.metric_bytes });
    } else {
      this.#metrics = new Metrics(dir.path);
    }
    // Also for a resumed run, whose keys may have changed.
    replaceFile(dir.config, new TextEncoder().encode(showConfig(portable(config, dir.path))));
    this.#stepsBefore = this.#session.step;
    this.#reported = { step: this.#session.step, updates: this.#session.updates, seconds: this.#wall() };
    const { spec } = this.#session.policy;
    for (const line of [...unreachableActions(config, spec), ...withoutEffect(config, spec)])
      this.#warn(line);
    log.info({ step: this.#session.step, engine: engine.name, version: VERSION }, 'training');
  }

  close(): void {
    this.#metrics.close();
  }

  async run(): Promise<TrainSummary> {
    const { signal } = this.#options;
    this.#progress();
    while (!this.#session.finished && signal?.aborted !== true) {
      const before = this.#session.step;
      this.#guarded(() => {
        this.#session.advance();
      });
      await this.#afterStep(before);
      await this.#breathe();
    }
    return this.#finish(signal?.aborted === true);
  }

  /** Lets signals and timers in, now and then; the results do not depend on when. */
  async #breathe(): Promise<void> {
    if (performance.now() < this.#sliceEnds) return;
    this.#progress();
    await new Promise(setImmediate);
    this.#sliceEnds = performance.now() + SLICE_MS;
  }

  /** Reports, evaluates and saves where the step count has passed a multiple of their intervals. */
  async #afterStep(before: number): Promise<void> {
    const { log_interval, eval_interval, save_interval } = this.#config;
    const { step } = this.#session;
    const passed = (interval: number): boolean => Math.floor(step / interval) > Math.floor(before / interval);
    if (this.#session.finished) return;
    const better = passed(eval_interval) && (await this.#evaluate());
    if (passed(log_interval) || passed(eval_interval)) this.#record(passed(eval_interval));
    if (better || passed(save_interval)) this.#save(better);
  }

  async #finish(interrupted: boolean): Promise<TrainSummary> {
    let better = false;
    if (!interrupted) {
      better = await this.#evaluate();
      this.#record(true);
    }
    if (better || this.#savedAt !== this.#session.step) this.#save(better);
    this.#progress();
    const { step, updates } = this.#session;
    if (updates === 0 && !interrupted)
      this.#warn(
        'no update was made, so the policy is the one of the beginning: ' +
          (this.#session.skippedUpdates > 0
            ? 'not all sub-policies had played yet; lower ensemble_size or raise running_steps'
            : 'lower start_training or training_frequency, or raise running_steps'),
      );
    const seconds = (performance.now() - this.#started) / 1000;
    this.#log.info({ step, updates, interrupted, best: this.#best }, 'ended');
    return {
      run: this.#dir.path,
      checkpoint: this.#checkpoint,
      steps: step,
      updates,
      wall_s: this.#wall(),
      env_steps_per_second: (step - this.#stepsBefore) / seconds,
      final: this.#test?.summary ?? null,
      best: this.#best,
      interrupted,
      engine: this.#engine.name,
    };
  }

  /** Greedy evaluation; true where it is the best so far. */
  async #evaluate(): Promise<boolean> {
    this.#guarded(() => {
      this.#session.checkFinite();
    });
    const { test_episode, test_seed, eval_policy } = this.#config;
    const env = this.#testEnv;
    const episodes = playEpisodes(env, greedyActor(this.#session.policy, eval_policy), test_seed);
    const returns: number[][] = [];
    while (returns.length < test_episode) {
      const ended = episodes.next().value;
      if (ended) returns.push(ended);
      await this.#breathe();
    }
    const summary = summarize(env.spec, returns);
    const { step } = this.#session;
    this.#test = { step, summary };
    const better = this.#best === null || summary.mean > this.#best.mean;
    if (better) this.#best = { step, mean: summary.mean };
    const line = `step ${step}: return ${summary.mean.toFixed(2)}${byTeam(summary)} over ${test_episode} greedy episodes`;
    this.#options.onEvent?.(better ? `${line} (best so far)` : line);
    this.#log.info({ step, mean: summary.mean, std: summary.std, better }, 'evaluation');
    return better;
  }

  /** One record to the metric files. */
  #record(evaluated: boolean): void {
    const { step, updates, lastInfo, rollout } = this.#session;
    const seconds = this.#wall();
    const elapsed = seconds - this.#reported.seconds;
    const record: Record<string, number> = {};
    const episodes = rollout.stats.report();
    if (episodes) {
      const summary = summarize(rollout.env.spec, [episodes.perAgent]);
      this.#trainReturn = summary.mean;
      record['train/episode_return'] = summary.mean;
      recordReturns(record, summary, { agents: 'train/episode_return', teams: 'train/team_return' });
    }
    if (evaluated && this.#test) {
      const { summary } = this.#test;
      record['test/episode_return_mean'] = summary.mean;
      record['test/episode_return_std'] = summary.std;
      recordReturns(record, summary, { agents: 'test/episode_return_mean', teams: 'test/team_return_mean' });
    }
    for (const [name, value] of Object.entries(lastInfo ?? {})) record[`learner/${name}`] = value;
    if (this.#config.ensemble_size > 1) record['learner/skipped_updates'] = this.#session.skippedUpdates;
    record['rollout/noise_scale'] = rollout.noiseScale(step);
    record['speed/env_steps_per_second'] = (step - this.#reported.step) / elapsed;
    record['speed/updates_per_second'] = (updates - this.#reported.updates) / elapsed;
    this.#metrics.write({ step, wall_s: seconds, ...record });
    this.#reported = { step, updates, seconds };
  }

  #save(best: boolean): void {
    this.#guarded(() => {
      this.#session.checkFinite();
    });
    this.#metrics.flush();
    const state: TrainerState = {
      ...this.#session.counters(),
      best: this.#best,
      environments: this.#session.rollout.env.resumable === false ? 'new episodes' : 'saved',
      wall_s: this.#wall(),
      metric_bytes: this.#metrics.lengths(),
    };
    // Every checkpoint is a folder at this depth.
    const config = portable(this.#config, path.join(this.#dir.checkpoints, 'step'));
    const files = {
      ...this.#session.files(),
      'policy.json': policyFile(config, this.#session.policy),
      'config.yaml': new TextEncoder().encode(showConfig(config)),
      'state.json': encodeState(state),
    };
    this.#checkpoint = saveCheckpoint(this.#dir.path, this.#session.step, files, {
      packageVersion: VERSION,
      createdBy: {
        agent: algorithmNames(this.#config).join(', '),
        env_id: config.env_id,
        engine: this.#engine.name,
      },
      keep: this.#config.keep_checkpoints,
      best,
    });
    this.#savedAt = this.#session.step;
    this.#log.info({ step: this.#session.step, checkpoint: this.#checkpoint, best }, 'checkpoint');
  }

  #restore(from: string): TrainerState {
    const folder = findCheckpoint(from);
    const { files } = readCheckpoint(folder);
    requireSameRun(decodeConfig(files, folder), this.#config, this.#dir.path);
    const state = decodeState(files, folder);
    this.#session.restore(files, state, folder);
    if (this.#session.rollout.env.resumable === false)
      this.#warn(
        `${this.#config.env_id} cannot save the state of its environments: the resumed run starts new episodes, and ` +
          'ends otherwise than one that was never interrupted',
      );
    this.#best = state.best;
    this.#wallBefore = state.wall_s;
    this.#checkpoint = folder;
    this.#savedAt = state.step;
    return state;
  }

  #warn(line: string): void {
    this.#options.onWarning?.(line);
    this.#log.warn({ step: this.#session.step }, line);
  }

  /** Turns a value that is not finite into a message that says where the last good state lies. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof NotFiniteError)) throw error;
      const rates = 'lower learning_rate_actor and learning_rate_critic, or set use_grad_clip: true';
      const last = this.#checkpoint
        ? `the last good checkpoint is ${this.#checkpoint}`
        : 'no checkpoint was written yet';
      throw new UserError(`step ${this.#session.step}: ${error.message}; ${rates}; ${last}`, {
        exitCode: 1,
        cause: error,
      });
    }
  }

  #wall(): number {
    return this.#wallBefore + (performance.now() - this.#started) / 1000;
  }

  #progress(): void {
    const { step, updates, lastInfo } = this.#session;
    const seconds = (performance.now() - this.#started) / 1000;
    const meanOf = (name: string): number | undefined => {
      const found = Object.entries(lastInfo ?? {}).filter(
        ([key]) => key === name || key.endsWith(`/${name}`),
      );
      return found.length > 0 ? found.reduce((sum, [, x]) => sum + x, 0) / found.length : undefined;
    };
    this.#options.onProgress?.({
      step,
      steps: this.#config.running_steps,
      updates,
      wallS: this.#wall(),
      stepsPerSecond: (step - this.#stepsBefore) / seconds,
      trainReturn: this.#trainReturn,
      testReturn: this.#test?.summary.mean,
      lossActor: meanOf('loss_actor'),
      lossCritic: meanOf('loss_critic'),
    });
  }
}
