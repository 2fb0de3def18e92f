/** The work of `maddpg train`, in its thread (worker.ts): from the options of the command line to the summary. */
import { loadConfig } from '../config/load.ts';
import { resolveConfigPath } from '../config/source.ts';
import { UserError } from '../core/user-error.ts';
import { TEST_RETURN } from '../report/metric-names.ts';
import { differingKeys } from '../run/resume.ts';
import { openRunDir } from '../run/run-dir.ts';
import { resumeRun, startRun, type RunOptions } from '../run/train.ts';
import { isArchive, unpackBeside } from '../run/unpack.ts';
import type { Progress } from '../train/callbacks.ts';
import type { TrainSummary } from '../train/summary.ts';
import type { WorkContext } from './thread.ts';

/** Options of the command line that say what to train. */
export interface TrainOptions {
  config?: string[];
  set?: string[];
  seed?: number;
  name?: string;
  modelDir?: string;
  resume?: string;
  takeOver?: boolean;
  /** Pauses at the first evaluation from this step on, as an interruption would. */
  until?: number;
  /** The command line, for the run's records. */
  command: string;
}

export type TrainNews =
  | { readonly progress: Progress }
  | { readonly evaluation: { readonly step: number; readonly mean: number } }
  | { readonly event: string }
  | { readonly warning: string };

export function training(
  options: TrainOptions,
  { signal, tell }: WorkContext<TrainNews>,
): Promise<TrainSummary> {
  const pause = new AbortController();
  const begin = options.resume === undefined ? newRun(options) : resumedRun(options, options.resume);
  return begin({
    signal: AbortSignal.any([signal, pause.signal]),
    command: options.command,
    overrides: options.set ?? [],
    takeOver: options.takeOver,
    onProgress: (progress) => {
      tell({ progress });
    },
    onEvaluation: ({ step, returns: { mean } }) => {
      tell({ evaluation: { step, mean } });
      if (options.until !== undefined && step >= options.until) pause.abort();
    },
    onResume: (records) => {
      for (const { step, [TEST_RETURN]: mean } of records)
        if (mean !== undefined) tell({ evaluation: { step, mean } });
    },
    onEvent: (event) => {
      tell({ event });
    },
    onWarning: (warning) => {
      tell({ warning });
    },
  });
}

type Begin = (options: RunOptions) => Promise<TrainSummary>;

function newRun({ set: sets = [], ...options }: TrainOptions): Begin {
  if (options.takeOver)
    throw new UserError('--take-over: expected --resume with it, got a new run; leave it out');
  if (options.config === undefined)
    throw new UserError(
      '--config: expected a file or the name of a packaged configuration, got nothing; try --config mpe.yaml',
    );
  const loaded = loadConfig({
    file: pathsOf(options.config),
    sets,
    flags: {
      ...(options.seed !== undefined && { seed: options.seed }),
      ...(options.name !== undefined && { name: options.name }),
      ...(options.modelDir !== undefined && { model_dir: options.modelDir }),
    },
  });
  return (run) => startRun(loaded, run);
}

function pathsOf(names: readonly string[]): string[] {
  return names.map((name) => resolveConfigPath(name, process.cwd()));
}

/** Resumes from the run's config.yaml with overrides. --config, if given, must match it. A zip is unpacked beside itself. */
function resumedRun({ set: sets = [], ...options }: TrainOptions, at: string): Begin {
  for (const flag of ['seed', 'name', 'modelDir'] as const)
    if (options[flag] !== undefined)
      throw new UserError(
        `${flag === 'modelDir' ? '--model-dir' : `--${flag}`}: expected none with --resume, got ${options[flag]}; leave it out`,
      );
  const run = isArchive(at) ? unpackBeside(at) : at;
  if (options.config !== undefined) {
    const own = loadConfig({ file: openRunDir(run).config, sets });
    const other = loadConfig({ file: pathsOf(options.config), sets });
    const differing = differingKeys(own.config, other.config);
    if (differing.length > 0)
      throw new UserError(
        `--config: expected the configuration of ${run}, got a different ${differing.join(', ')}; ` +
          'leave out --config, or start a new run',
      );
  }
  return (options) => resumeRun(run, { sets }, options);
}
