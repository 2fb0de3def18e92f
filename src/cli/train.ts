/** `maddpg train`: trains a policy from configurations, or resumes a run. */
import type { Command } from 'commander';
import { shellQuote } from '../core/shell-quote.ts';
import { UserError } from '../core/user-error.ts';
import { byTeam } from '../evaluate/returns.ts';
import type { EndReason, TrainSummary } from '../train/summary.ts';
import { append, hintAtKeys, wholeNumber } from './arguments.ts';
import { duration, progressView } from './progress.ts';
import { onSignals } from './signals.ts';
import { startWork } from './thread.ts';
import type { training, TrainOptions } from './training.ts';

interface Options extends TrainOptions {
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

async function run({ json = false, quiet = false, ...options }: Options, { args }: Command): Promise<void> {
  if (args.length > 0)
    throw new UserError(
      `train: expected options only, got ${args.join(' ')}; did you mean --config ${shellQuote(args[0]!)}?`,
    );
  const view = progressView(quiet);
  const say = (line: string): void => {
    if (quiet) process.stderr.write(`${line}\n`);
    else view.note(line);
  };
  const thread = startWork<typeof training>('train', options, {
    onNews: (news) => {
      if ('progress' in news) view.update(news.progress);
      else if ('event' in news) view.note(news.event);
      else say(`warning: ${news.warning}`);
    },
    onPrint: say,
  });
  const release = onSignals({
    interrupt: () => {
      thread.interrupt();
      say('saving a checkpoint; press Ctrl-C again to quit immediately');
    },
    terminate: (then) => {
      view.stop();
      thread.terminate(then);
    },
  });
  let summary: TrainSummary;
  try {
    summary = await thread.result;
  } finally {
    view.stop();
    release();
  }
  if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else if (!quiet) process.stdout.write(lastLines(summary));
  if (!summary.interrupted) return;
  process.stderr.write(`interrupted; resume with: npx maddpg train --resume ${shellQuote(summary.run)}\n`);
  process.exitCode = 130;
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
