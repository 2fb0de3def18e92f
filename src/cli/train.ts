/** `maddpg train`: trains a policy from configurations, or resumes a run. */
import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { resolveConfigPath } from '../config/source.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { UserError } from '../core/user-error.ts';
import { byTeam } from '../evaluate/returns.ts';
import { openRunDir } from '../run/run-dir.ts';
import { differingKeys } from '../run/resume.ts';
import { resumeRun, startRun, type RunOptions } from '../run/train.ts';
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
      'YAML file or packaged configuration such as mpe.yaml; repeatable, later files win',
      append,
    )
    .option('--set <key=value>', 'override a key (YAML value); repeatable', append)
    .option(
      '--seed <n>',
      'seed for initial weights, exploration and replay sampling (default: from the configuration)',
      wholeNumber('--seed', 0),
    )
    .option(
      '--name <name>',
      'name of the run and its folder; must be new (default: from agent, env_id and seed)',
    )
    .option(
      '--model-dir <dir>',
      'parent folder of the run directory (default: model_dir from the configuration, or runs)',
    )
    .option('--resume <run>', 'continue a run from its newest checkpoint')
    .option('--json', 'print the final summary as JSON on standard output')
    .option('--quiet', 'do not show progress on standard error')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  $ npx maddpg train --config mpe.yaml --name spread\n' +
        '  $ npx maddpg train --config smoke.yaml --set batch_size=32 --set env_options.N=4 --seed 7\n' +
        '  $ npx maddpg train --resume runs/spread\n',
    )
    // Checked in run(), for a better message.
    .allowExcessArguments()
    .action(run);
}

async function run(options: TrainOptions, { args }: Command): Promise<void> {
  if (args.length > 0)
    throw new UserError(
      `train: expected options only, got ${args.join(' ')}; did you mean --config ${shellQuote(args[0]!)}?`,
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
  process.stderr.write(`interrupted; resume with: npx maddpg train --resume ${shellQuote(summary.run)}\n`);
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

/** Resumes from the run's config.yaml with overrides. --config, if given, must match it. */
function resumedRun({ set: sets = [], ...options }: TrainOptions, run: string): Begin {
  for (const flag of ['seed', 'name', 'modelDir'] as const)
    if (options[flag] !== undefined)
      throw new UserError(
        `${flag === 'modelDir' ? '--model-dir' : `--${flag}`}: expected none with --resume, got ${options[flag]}; leave it out`,
      );
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

/** The first signal saves a checkpoint and stops, the second exits immediately. */
function onInterrupt(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const handler = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
    process.stderr.write('saving a checkpoint; press Ctrl-C again to quit immediately\n');
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

/** Messages for runs that end before running_steps. */
const EARLY: Partial<Record<EndReason, string>> = {
  stop_at_return: 'stopped early: reached stop_at_return',
  max_wall_s: 'stopped early: reached max_wall_s',
};

function lastLines(summary: TrainSummary): string {
  const { final, best } = summary;
  const run = shellQuote(summary.run);
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
