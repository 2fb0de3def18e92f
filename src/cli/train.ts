/** `maddpg train`: trains a policy from configurations, or resumes a run. */
import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { resolveConfigPath } from '../config/source.ts';
import { UserError } from '../core/user-error.ts';
import { byTeam } from '../evaluate/returns.ts';
import { openRunDir } from '../run/run-dir.ts';
import { differingKeys, resumeRun, startRun, type RunOptions } from '../run/train.ts';
import type { EndReason, TrainSummary } from '../train/summary.ts';
import { append, hintAtKeys, wholeNumber } from './arguments.ts';
import { duration, progressView } from './progress.ts';

interface TrainOptions {
  config?: string[];
  set?: string[];
  seed?: number;
  name?: string;
  modelDir?: string;
  resume?: string;
  json?: boolean;
  quiet?: boolean;
}

export function register(program: Command): void {
  hintAtKeys(program.command('train'))
    .description('train a policy and write a run directory')
    .option(
      '--config <file|name>',
      'a YAML file, or the name of a packaged configuration such as mpe.yaml; repeatable, later ones win',
      append,
    )
    .option('--set <key=value>', 'override a key, value read as YAML; repeatable', append)
    .option(
      '--seed <n>',
      "seed of initial weights, exploration and replay sampling (default: the configuration's)",
      wholeNumber('--seed', 0),
    )
    .option(
      '--name <name>',
      'name of the run, its folder in the model directory; must be free (default: made from agent, env_id and seed)',
    )
    .option(
      '--model-dir <dir>',
      "folder in which the run directory is made (default: the configuration's model_dir, runs)",
    )
    .option('--resume <run>', 'continue a run from its newest checkpoint')
    .option('--json', 'print the final summary as one JSON document on standard output')
    .option('--quiet', 'no progress on standard error')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  $ npx maddpg train --config mpe.yaml --name spread\n' +
        '  $ npx maddpg train --config smoke.yaml --set batch_size=32 --set env_options.N=4 --seed 7\n' +
        '  $ npx maddpg train --resume runs/spread\n',
    )
    // Counted here, so that the message can say what to type.
    .allowExcessArguments()
    .action(run);
}

async function run(options: TrainOptions, { args }: Command): Promise<void> {
  if (args.length > 0)
    throw new UserError(
      `train: expected options only, got ${args.join(' ')}; did you mean --config ${args[0]!}?`,
    );
  const begin = options.resume === undefined ? newRun(options) : resumedRun(options, options.resume);
  const view = progressView(options.quiet === true);
  const interruption = onInterrupt();
  let summary: TrainSummary;
  try {
    summary = await begin({
      signal: interruption.signal,
      onProgress: (progress) => {
        view.update(progress);
      },
      onEvent: (line) => {
        view.note(line);
      },
      onWarning: (line) => {
        if (options.quiet) process.stderr.write(`warning: ${line}\n`);
        else view.note(`warning: ${line}`);
      },
    });
  } finally {
    view.stop();
    interruption.release();
  }
  if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else if (!options.quiet) process.stdout.write(lastLines(summary));
  if (!summary.interrupted) return;
  process.stderr.write(`interrupted; to go on: npx maddpg train --resume ${summary.run}\n`);
  process.exitCode = 130;
}

type Begin = (options: RunOptions) => Promise<TrainSummary>;

function newRun({ set: sets = [], ...options }: TrainOptions): Begin {
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

/** The run's config.yaml with overrides; a --config beside it must agree with it. */
function resumedRun({ set: sets = [], ...options }: TrainOptions, run: string): Begin {
  for (const flag of ['seed', 'name', 'modelDir'] as const)
    if (options[flag] !== undefined)
      throw new UserError(
        `--resume: expected a run to go on as it was, got ${flag === 'modelDir' ? '--model-dir' : `--${flag}`} beside it; leave it out`,
      );
  if (options.config !== undefined) {
    const own = loadConfig({ file: openRunDir(run).config, sets });
    const other = loadConfig({ file: pathsOf(options.config), sets });
    const differing = differingKeys(own.config, other.config);
    if (differing.length > 0)
      throw new UserError(
        `--config: expected the configuration of ${run}, got another ${differing.join(', ')}; ` +
          'leave out --config, or start a new run',
      );
  }
  return (options) => resumeRun(run, { sets }, options);
}

/** The first signal stops the loop after a checkpoint, the second exits at once. */
function onInterrupt(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const handler = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
    process.stderr.write('stopping after a checkpoint; press Ctrl-C again to leave at once\n');
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, handler);
  return {
    signal: controller.signal,
    release: () => {
      for (const signal of signals) process.off(signal, handler);
    },
  };
}

/** Why a run ended before running_steps. */
const EARLY: Partial<Record<EndReason, string>> = {
  stop_at_return: 'ended early: the return reached stop_at_return',
  max_wall_s: 'ended early: max_wall_s was used up',
};

function lastLines(summary: TrainSummary): string {
  const { final, best, run } = summary;
  const speed = Math.round(summary.env_steps_per_second).toLocaleString('en');
  const early = EARLY[summary.ended];
  const lines = [
    ...(early === undefined ? [] : [early]),
    `${summary.steps.toLocaleString('en')} steps, ${summary.updates.toLocaleString('en')} updates in ` +
      `${duration(summary.wall_s)} (${speed} steps/s, engine ${summary.engine})`,
  ];
  if (final)
    lines.push(
      `return ${final.mean.toFixed(2)} (std ${final.std.toFixed(2)})${byTeam(final)} over ${final.episodes} greedy episodes`,
    );
  if (best) lines.push(`best ${best.mean.toFixed(2)} at step ${best.step.toLocaleString('en')}`);
  lines.push(`checkpoint ${summary.checkpoint ?? 'none'}`, '', 'next:');
  lines.push(`  npx maddpg eval --checkpoint ${run}`, `  npx maddpg eval --checkpoint ${run} --best`);
  return `${lines.join('\n')}\n`;
}
