/** Starts and resumes training runs, for the CLI and the library. An invalid configuration leaves no files behind. */
import { availableParallelism, totalmem } from 'node:os';
import * as path from 'node:path';
import { tidyCheckpoints } from '../checkpoint/save.ts';
import type { Config } from '../config/keys.ts';
import { loadConfig } from '../config/load.ts';
import { located, locatedLine } from '../config/located.ts';
import type { LoadedConfig } from '../config/resolve.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { UserError } from '../core/user-error.ts';
import { prefixed } from '../core/within.ts';
import type { Engine } from '../engine/engine.ts';
import { createEngine, engineOf } from '../engine/registry.ts';
import { tensorFlowAdvice } from '../engine/tensorflow/advantage.ts';
import type { EnvironmentFactory } from '../envs/environment-factory.ts';
import { openEnvironments, requireEnvironmentName } from '../envs/open.ts';
import { ALGORITHMS } from '../learners/registry.ts';
import { readRecords } from '../metrics/jsonl.ts';
import type { MetricRecord } from '../metrics/sink.ts';
import { algorithmEffects, algorithmRules } from '../train/algorithm-rules.ts';
import { emptyPolicy } from '../train/build.ts';
import { requireFitting, tooFewUpdates, untrained } from '../train/checks.ts';
import { requireMemory, type Machine } from '../train/memory.ts';
import { loadInitial, type InitialNetworks } from '../train/session.ts';
import type { RunEnvironments } from '../train/environments.ts';
import { endedBy, type TrainSummary } from '../train/summary.ts';
import { Trainer } from '../train/trainer.ts';
import type { TrainerOptions } from '../train/trainer-options.ts';
import { writing } from './file-fault.ts';
import {
  FileStore,
  keeping,
  hasReplay,
  readSnapshot,
  requireReplay,
  type FileSnapshot,
} from './file-store.ts';
import { requireFittingFiles } from './fitting.ts';
import { LOCK_NAME, lockRun, RunLock } from './lock.ts';
import { thisOrigin } from './origin.ts';
import { begun, keyChanges, resumed, type Origin, type Provenance } from './provenance.ts';
import { readNetworks } from './networks.ts';
import { openOpponents, requireSameOpponents } from './opponents.ts';
import { requireSameRun, stretchedSchedules } from './resume.ts';
import { rewind } from './rewind.ts';
import { createRunDir, openRunDir, type RunDir } from './run-dir.ts';
import { defaultRunName } from './run-name.ts';

export interface RunOptions extends Omit<TrainerOptions, 'resume' | 'initial'> {
  /** What started this process, for the run's log and checkpoints. Default: `train()`. */
  readonly command?: string | undefined;
  /** Arguments of --set, for the same. */
  readonly overrides?: readonly string[] | undefined;
  /** Called once before a resumed run goes on, with its records so far. */
  readonly onResume?: ((records: readonly MetricRecord[]) => void) | undefined;
  /** Resume even if a live process has the run, which then ends. */
  readonly takeOver?: boolean | undefined;
  /** Environments supplied by the program, instead of env_id. */
  readonly environments?: ((options: Config['env_options']) => EnvironmentFactory) | undefined;
}

/** Environments of a checked configuration; call close() when done. */
export interface CheckedRun extends RunEnvironments {
  close(): void;
}

/**
 * Opens the environments of a configuration and checks it against them and the algorithms. Throws UserError locating
 * every faulty key.
 */
export async function openChecked(
  loaded: LoadedConfig,
  { environments, algorithms = ALGORITHMS }: Pick<RunOptions, 'environments' | 'algorithms'> = {},
): Promise<CheckedRun> {
  const { config } = loaded;
  loaded.check(algorithmRules(algorithms));
  let factory: EnvironmentFactory | undefined;
  try {
    factory = environments ? environments(config.env_options) : await openEnvironments(config);
    if (factory.shared && config.parallels > 1)
      throw new UserError(
        `parallels: expected 1 with a single environment object, got ${config.parallels}; ` +
          'pass a function that makes environments, or set parallels to 1',
      );
    const evaluation = factory.make(1);
    requireFitting(config, evaluation, algorithms);
    requireMemory(config, evaluation.spec, engineOf(config), machine(), algorithms);
    // Fail before anything is written if the environment cannot reset.
    evaluation.reset([config.test_seed]);
    const opponents = await openOpponents(config, evaluation);
    const opened = factory;
    return {
      factory,
      evaluation,
      opponents: opponents.players,
      close: () => {
        opened.close();
        opponents.dispose();
      },
    };
  } catch (error) {
    factory?.close();
    throw located(error, loaded);
  }
}

function machine(): Machine {
  return { memory: totalmem(), cores: availableParallelism(), allocates };
}

function allocates(floats: number): boolean {
  try {
    return new Float32Array(floats).length === floats;
  } catch {
    return false;
  }
}

/** As openChecked(), as far as that goes without running code of the user's: only particle environments are opened. */
export async function checkWithoutCode(loaded: LoadedConfig): Promise<void> {
  if (loaded.config.env_name === 'mpe') {
    (await openChecked(loaded)).close();
    return;
  }
  loaded.check(algorithmRules());
  try {
    await requireEnvironmentName(loaded.config);
  } catch (error) {
    throw located(error, loaded);
  }
}

/** Warnings about keys without effect, from the configuration and from the algorithms, and about a run with too few updates. */
export function warningsOf(loaded: LoadedConfig, { algorithms = ALGORITHMS }: RunOptions = {}): string[] {
  return [
    ...loaded.warnings,
    ...loaded.withoutEffect(algorithmEffects(loaded.config, algorithms)),
    ...[...untrained(loaded.config), ...tooFewUpdates(loaded.config)].map((line) =>
      locatedLine(line, loaded),
    ),
  ];
}

/** Starts a run in a new run directory. */
export async function startRun(loaded: LoadedConfig, options: RunOptions = {}): Promise<TrainSummary> {
  const { config } = loaded;
  const checked = await openChecked(loaded, options);
  try {
    return await withEngine(loaded, async (engine) => {
      const initial = await initialNetworks(loaded, checked, options);
      for (const line of warningsOf(loaded, options)) options.onWarning?.(line);
      const { dir, lock } = newRun(loaded);
      if (config.name !== null && dir.name !== config.name)
        options.onWarning?.(
          `${loaded.where('name')}: the name ${config.name} is taken; the run is ${dir.name}`,
        );
      try {
        const provenance = begun(originOf(options), config);
        const ready = { dir, loaded, environments: checked, engine, lock, provenance, initial };
        return await trainIn(ready, options);
      } finally {
        lock.release();
      }
    });
  } finally {
    checked.close();
  }
}

/**
 * Creates a run directory, locked. A `name` from a file gets a suffix (-2, -3) if taken; one given by the caller must be
 * new.
 */
export function newRun(loaded: LoadedConfig): { dir: RunDir; lock: RunLock } {
  const { name, model_dir } = loaded.config;
  const wanted = name ?? defaultRunName(loaded.config);
  // Locked as it appears: a folder without lock and files is one whose process died, and may be removed.
  let token = '';
  const dir = createRunDir(model_dir, loaded.givenBy('name') === 'caller' ? name : null, wanted, (made) => {
    token = lockRun(made).token;
  });
  return { dir, lock: new RunLock(path.join(dir.path, LOCK_NAME), token) };
}

function originOf({ command = 'train()', overrides = [] }: RunOptions): Origin {
  return thisOrigin(command, overrides);
}

/** The networks of init_from. Throws UserError if they do not fit, before anything is written. */
async function initialNetworks(
  loaded: LoadedConfig,
  { evaluation }: RunEnvironments,
  { algorithms }: RunOptions,
): Promise<InitialNetworks | undefined> {
  const { config } = loaded;
  if (config.init_from === null) return undefined;
  const { ReferenceEngine } = await import('../engine/reference/engine.ts');
  try {
    const networks = readNetworks(config.init_from, config.use_obsnorm);
    loadInitial(emptyPolicy(config, evaluation.spec, new ReferenceEngine(), algorithms), networks);
    return networks;
  } catch (error) {
    throw located(prefixed('init_from', error), loaded);
  }
}

/** Changes to a resumed run. */
export interface ResumeChanges {
  /** Arguments of --set. */
  readonly sets?: readonly string[];
  readonly keys?: Readonly<Partial<Config>>;
}

/** Resumes a run from its newest checkpoint, or from checkpoint `at`, with the run's config.yaml. */
export async function resumeRun(
  at: string,
  changes: ResumeChanges = {},
  options: RunOptions = {},
): Promise<TrainSummary> {
  const dir = openRunDir(at);
  const lock = lockRun(dir.path, options);
  try {
    return await resumeLocked(dir, lock, at, changes, options);
  } finally {
    lock.release();
  }
}

async function resumeLocked(
  dir: RunDir,
  lock: RunLock,
  at: string,
  changes: ResumeChanges,
  options: RunOptions,
): Promise<TrainSummary> {
  const agents = Object.keys(options.algorithms ?? {});
  const loaded = loadConfig({ file: dir.config, ...changes, agents, recorded: true });
  const { config } = loaded;
  const snapshot = readSnapshot(at, agents);
  try {
    requireSameRun(snapshot.config, config, dir.path);
  } catch (error) {
    throw located(error, loaded);
  }
  requireUnfinished(config, snapshot, dir.path);
  requireReplay(snapshot);
  const checked = await openChecked(loaded, options);
  try {
    requireFittingFiles(
      snapshot.files,
      snapshot.checkpoint,
      config,
      checked.evaluation.spec,
      options.algorithms,
    );
    const { state, checkpoint } = snapshot;
    requireSameOpponents(state.opponents, checked.opponents ?? [], dir.path);
    return await withEngine(loaded, async (engine) => {
      const provenance = resumed(snapshot.provenance, state.step, snapshot.config, config, originOf(options));
      const change = provenance === snapshot.provenance ? [] : keyChanges(provenance).slice(-1);
      const notes = [
        ...stretchedSchedules(snapshot.config, config, checked.evaluation.spec, options.algorithms),
        ...writing({ run: checkpoint, newest: checkpoint }, () => rewind(dir, snapshot)),
      ];
      for (const line of [...warningsOf(loaded, options), ...notes]) options.onWarning?.(line);
      for (const line of change) options.onEvent?.(`${line} (see config.yaml and log.jsonl)`);
      const ready = { dir, loaded, environments: checked, engine, lock, provenance, resume: snapshot };
      return await trainIn(ready, options);
    });
  } finally {
    checked.close();
  }
}

/** Throws UserError if the run is finished. */
function requireUnfinished(config: Config, snapshot: FileSnapshot, run: string): void {
  const { state } = snapshot;
  const ended = endedBy(config, state);
  if (ended !== undefined)
    writing({ run, newest: snapshot.checkpoint }, () => {
      tidyCheckpoints(run, keeping(config, state));
    });
  const refuse = (got: string, advice: string): never => {
    const how = hasReplay(snapshot)
      ? `to continue, ${advice}`
      : `it kept no replay buffer, so start a new run from its networks with --set init_from=${shellQuote(run)}`;
    throw new UserError(`${run}: expected an unfinished run, got one ${got}; ${how}`);
  };
  switch (ended) {
    case 'running_steps':
      return refuse(`with all ${state.step} steps`, 'raise --set running_steps=...');
    case 'stop_at_return':
      return refuse(
        `that reached stop_at_return ${config.stop_at_return!} at step ${state.best!.step}`,
        '--set stop_at_return=null',
      );
    case 'max_wall_s':
      return refuse(
        `that trained for ${Math.round(state.wall_s)} s of max_wall_s ${config.max_wall_s!}`,
        'raise --set max_wall_s=...',
      );
    default:
  }
}

/** Lends a run its engine, which is made before anything is written. Throws UserError if it is not installed. */
async function withEngine<T>(loaded: LoadedConfig, use: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await createEngine(loaded.config).catch((error: unknown) => {
    throw located(error, loaded);
  });
  try {
    return await use(engine);
  } finally {
    engine.dispose();
  }
}

/** A run that is about to train. */
interface Ready {
  readonly dir: RunDir;
  readonly loaded: LoadedConfig;
  readonly environments: RunEnvironments;
  readonly engine: Engine;
  readonly lock: RunLock;
  readonly provenance: Provenance;
  readonly initial?: InitialNetworks | undefined;
  readonly resume?: FileSnapshot;
}

async function trainIn(
  { dir, loaded, environments, engine, lock, provenance, initial, resume }: Ready,
  options: RunOptions,
): Promise<TrainSummary> {
  const { config } = loaded;
  options.onEvent?.(`training in ${dir.path}`);
  const choice = config.engine === 'auto' ? ' (chosen by engine: auto)' : '';
  const threads = `${engine.threads} thread${engine.threads === 1 ? '' : 's'}`;
  options.onEvent?.(`engine ${engine.name}, ${threads}${choice}`);
  const advice = tensorFlowAdvice(config);
  if (advice !== undefined) options.onEvent?.(advice);
  const { onWarning } = options;
  if (engine.notice !== undefined) onWarning?.(engine.notice);
  const store = writing(
    { run: dir.path, newest: resume?.checkpoint ?? null },
    () => new FileStore(dir, config, engine.name, { resume, lock, provenance, onWarning }),
  );
  try {
    store.log('info', resume ? 'resumed' : 'started', {
      ...originOf(options),
      seed: config.seed,
      env_seed: config.env_seed,
      ...(resume && { checkpoint: resume.checkpoint }),
      ...(provenance !== resume?.provenance && { change: provenance.changes.at(-1) }),
    });
    const { opponents = [] } = environments;
    if (opponents.length > 0)
      store.log('info', 'opponents', {
        opponents: opponents.map(({ name, trained }) => ({ name, ...trained })),
      });
    const records = resume && { resume: { ...resume, records: readRecords(dir.metrics).records } };
    if (records) options.onResume?.(records.resume.records);
    return await new Trainer(config, environments, engine, store, {
      ...options,
      ...records,
      initial,
    }).run();
  } catch (error) {
    store.log('error', 'the run failed', { err: error });
    throw located(error, loaded);
  } finally {
    await store.close();
  }
}
