/** Starts and resumes training runs, for the CLI and the library. An invalid configuration leaves no files behind. */
import { availableParallelism, totalmem } from 'node:os';
import type { Config } from '../config/keys.ts';
import { loadConfig } from '../config/load.ts';
import { located, locatedLine } from '../config/located.ts';
import type { LoadedConfig } from '../config/resolve.ts';
import { UserError } from '../core/user-error.ts';
import { createEngine, engineOf, requireEngine } from '../engine/registry.ts';
import type { EnvironmentFactory } from '../envs/environment-factory.ts';
import { openEnvironments, requireEnvironmentName } from '../envs/open.ts';
import { ALGORITHMS } from '../learners/registry.ts';
import { algorithmEffects, algorithmRules } from '../train/algorithm-rules.ts';
import { requireFitting, untrained } from '../train/checks.ts';
import { requireMemory, type Machine } from '../train/memory.ts';
import type { TrainSummary } from '../train/summary.ts';
import { endedBy, Trainer, type RunEnvironments, type TrainerOptions } from '../train/trainer.ts';
import { FileStore, readSnapshot, type FileSnapshot } from './file-store.ts';
import { requireSameRun, stretchedSchedules } from './resume.ts';
import { createRunDir, defaultRunName, openRunDir, type RunDir } from './run-dir.ts';

export interface RunOptions extends Omit<TrainerOptions, 'resume'> {
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
    const opened = factory;
    return {
      factory,
      evaluation,
      close: () => {
        opened.close();
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

/** As openChecked(), without what takes the environments: no code of the user's runs. */
export async function checkUnopened(loaded: LoadedConfig): Promise<void> {
  loaded.check(algorithmRules());
  try {
    await requireEnvironmentName(loaded.config);
  } catch (error) {
    throw located(error, loaded);
  }
}

/** Warnings about keys without effect, from the configuration and from the algorithms, and about a run without updates. */
export function warningsOf(loaded: LoadedConfig, { algorithms = ALGORITHMS }: RunOptions = {}): string[] {
  return [
    ...loaded.warnings,
    ...loaded.withoutEffect(algorithmEffects(loaded.config, algorithms)),
    ...untrained(loaded.config).map((line) => locatedLine(line, loaded)),
  ];
}

/** Starts a run in a new run directory. */
export async function startRun(loaded: LoadedConfig, options: RunOptions = {}): Promise<TrainSummary> {
  const { config } = loaded;
  const checked = await openChecked(loaded, options);
  try {
    requireInstalled(loaded);
    for (const line of warningsOf(loaded, options)) options.onWarning?.(line);
    const dir = newRunDir(loaded);
    if (config.name !== null && dir.name !== config.name)
      options.onWarning?.(
        `${loaded.where('name')}: the name ${config.name} is taken; the run is ${dir.name}`,
      );
    return await trainIn(dir, loaded, checked, options);
  } finally {
    checked.close();
  }
}

/** A `name` from a file gets a suffix (-2, -3) if taken; one given by the caller must be new. */
function newRunDir(loaded: LoadedConfig): RunDir {
  const { name, model_dir } = loaded.config;
  const wanted = name ?? defaultRunName(loaded.config);
  return createRunDir(model_dir, loaded.givenBy('name') === 'caller' ? name : null, wanted);
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
  const agents = Object.keys(options.algorithms ?? {});
  const loaded = loadConfig({ file: dir.config, ...changes, agents });
  const { config } = loaded;
  const snapshot = readSnapshot(at, agents);
  try {
    requireSameRun(snapshot.config, config, dir.path);
  } catch (error) {
    throw located(error, loaded);
  }
  requireUnfinished(config, snapshot, dir.path);
  const checked = await openChecked(loaded, options);
  try {
    requireInstalled(loaded);
    for (const line of [...warningsOf(loaded, options), ...stretchedSchedules(snapshot.config, config)])
      options.onWarning?.(line);
    return await trainIn(dir, loaded, checked, options, snapshot);
  } finally {
    checked.close();
  }
}

/** Throws UserError if the run is finished. */
function requireUnfinished(config: Config, { state }: FileSnapshot, run: string): void {
  switch (endedBy(config, state)) {
    case 'running_steps':
      throw new UserError(
        `${run}: expected an unfinished run, got one with all ${state.step} steps; ` +
          'to continue, raise --set running_steps=...',
      );
    case 'stop_at_return':
      throw new UserError(
        `${run}: expected an unfinished run, got one that reached stop_at_return ${config.stop_at_return!} at ` +
          `step ${state.best!.step}; to continue, --set stop_at_return=null`,
      );
    case 'max_wall_s':
      throw new UserError(
        `${run}: expected an unfinished run, got one that trained for ${Math.round(state.wall_s)} s of max_wall_s ` +
          `${config.max_wall_s!}; to continue, raise --set max_wall_s=...`,
      );
    default:
  }
}

function requireInstalled(loaded: LoadedConfig): void {
  try {
    requireEngine(loaded.config);
  } catch (error) {
    throw located(error, loaded);
  }
}

async function trainIn(
  dir: RunDir,
  loaded: LoadedConfig,
  environments: RunEnvironments,
  options: RunOptions,
  resume?: FileSnapshot,
): Promise<TrainSummary> {
  const { config } = loaded;
  options.onEvent?.(`training in ${dir.path}`);
  const engine = await createEngine(config);
  try {
    const choice = config.engine === 'auto' ? ' (chosen by engine: auto)' : '';
    const threads = `${engine.threads} thread${engine.threads === 1 ? '' : 's'}`;
    options.onEvent?.(`engine ${engine.name}, ${threads}${choice}`);
    const store = new FileStore(dir, config, engine.name, resume);
    try {
      return await new Trainer(config, environments, engine, store, { ...options, resume }).run();
    } catch (error) {
      store.log('error', 'the run failed', { err: error });
      throw located(error, loaded);
    } finally {
      store.close();
    }
  } finally {
    engine.dispose();
  }
}
