/** `maddpg train`: trains a policy from configurations, or resumes a run. */
import type { Command } from 'commander';
import { KEY_NAMES, type Config } from '../config/keys.ts';
import { loadConfig, located, type LoadedConfig } from '../config/load.ts';
import { resolveConfigPath } from '../config/source.ts';
import { UserError } from '../core/user-error.ts';
import { requireBuildable } from '../train/build.ts';
import { createRunDir, defaultRunName, openRunDir, type RunDir } from '../train/run-dir.ts';
import { byTeam } from '../train/returns.ts';
import { trainIn, type TrainSummary } from '../train/trainer.ts';
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
  const { dir, loaded } =
    options.resume === undefined ? await newRun(options) : resumedRun(options, options.resume);
  for (const warning of loaded.warnings) process.stderr.write(`warning: ${warning}\n`);
  const view = progressView(options.quiet === true);
  const interruption = onInterrupt();
  view.note(`training in ${dir.path}`);
  let summary: TrainSummary;
  try {
    summary = await trainIn(dir, loaded.config, {
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
      resume: options.resume,
    });
  } catch (error) {
    throw located(error, loaded);
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

async function newRun({
  set: sets = [],
  ...options
}: TrainOptions): Promise<{ dir: RunDir; loaded: LoadedConfig }> {
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
  const { name, model_dir } = loaded.config;
  try {
    await requireBuildable(loaded.config);
  } catch (error) {
    throw located(error, loaded);
  }
  // A name in a file, such as that of a run's config.yaml, is free to count up: -2, -3.
  const wanted = name ?? defaultRunName(loaded.config);
  const dir = createRunDir(model_dir, loaded.givenBy('name') === 'caller' ? name : null, wanted);
  if (name === null || dir.name === name) return { dir, loaded };
  const taken = `${loaded.where('name')}: the name ${name} is taken; the run is ${dir.name}`;
  return { dir, loaded: { ...loaded, warnings: [...loaded.warnings, taken] } };
}

function pathsOf(names: readonly string[]): string[] {
  return names.map((name) => resolveConfigPath(name, process.cwd()));
}

/** The run's config.yaml with overrides; a --config beside it must agree with it. */
function resumedRun(
  { set: sets = [], ...options }: TrainOptions,
  run: string,
): { dir: RunDir; loaded: LoadedConfig } {
  for (const flag of ['seed', 'name', 'modelDir'] as const)
    if (options[flag] !== undefined)
      throw new UserError(
        `--resume: expected a run to go on as it was, got ${flag === 'modelDir' ? '--model-dir' : `--${flag}`} beside it; leave it out`,
      );
  const dir = openRunDir(run);
  const loaded = loadConfig({ file: dir.config, sets });
  if (options.config !== undefined) {
    const other = loadConfig({ file: pathsOf(options.config), sets });
    const differing = differingKeys(loaded.config, other.config);
    if (differing.length > 0)
      throw new UserError(
        `--config: expected the configuration of ${run}, got another ${differing.join(', ')}; ` +
          'leave out --config, or start a new run',
      );
  }
  return { dir, loaded };
}

function differingKeys(a: Config, b: Config): string[] {
  return KEY_NAMES.filter((key) => key !== 'name' && key !== 'model_dir' && key !== 'seed').filter(
    (key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]),
  );
}

/** The first signal stops the loop after a checkpoint, the second exits at once. */
function onInterrupt(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const handler = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
    process.stderr.write('stopping after a checkpoint; press Ctrl-C again to leave at once\n');
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, handler);
  return {
    signal: controller.signal,
    release: () => {
      for (const signal of signals) process.off(signal, handler);
    },
  };
}

function lastLines(summary: TrainSummary): string {
  const { final, best, run } = summary;
  const speed = Math.round(summary.env_steps_per_second).toLocaleString('en');
  const lines = [
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
