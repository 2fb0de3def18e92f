/** `maddpg train`: trains a policy from configurations, or resumes a run. */
import type { Command } from 'commander';
import { shellQuote } from '../core/shell-quote.ts';
import { UserError } from '../core/user-error.ts';
import type { TrainSummary } from '../train/summary.ts';
import { append, hintAtKeys, MODEL_DIR, NAME, wholeNumber } from './arguments.ts';
import type { ProgressView } from './progress.ts';
import { onSignals } from './signals.ts';
import { startWork } from './thread.ts';
import type { training, TrainOptions } from './training.ts';

interface Options extends Omit<TrainOptions, 'command'> {
  seeds?: number;
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
      'sets seed and env_seed, unless --set gives env_seed (default: from the configuration)',
      wholeNumber('--seed', 0),
    )
    .option(
      '--seeds <n>',
      'train with seeds 1 to N in parallel, as a sweep in the folder NAME',
      wholeNumber('--seeds', 1),
    )
    .option(...NAME)
    .option(...MODEL_DIR)
    .option('--resume <run>', 'continue a run: its folder, its zip or a checkpoint')
    .option('--take-over', 'with --resume: take the run from another process, which then ends')
    .option('--json', 'print the final summary as JSON on standard output')
    .option('--quiet', 'do not show progress on standard error')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  $ npx maddpg train --config mpe.yaml --name spread\n' +
        '  $ npx maddpg train --config smoke.yaml --set batch_size=32 --set env_options.N=4 --seed 7\n' +
        '  $ npx maddpg train --config smoke.yaml --seeds 3 --name three\n' +
        '  $ npx maddpg train --resume runs/spread\n',
    )
    // Checked in run(), for a better message.
    .allowExcessArguments()
    .action(run);
}

async function run(
  { json = false, quiet = false, seeds, ...options }: Options,
  { args }: Command,
): Promise<void> {
  if (args.length > 0)
    throw new UserError(
      `train: expected options only, got ${args.join(' ')}; did you mean --config ${shellQuote(args[0]!)}?`,
    );
  if (seeds !== undefined) {
    const { trainSeeds } = await import('./sweeping.ts');
    await trainSeeds(seeds, { ...options, json, quiet });
    return;
  }
  const command = ['npx', 'maddpg', ...process.argv.slice(2)].map(shellQuote).join(' ');
  const thread = startWork<typeof training>(
    'train',
    { ...options, command },
    {
      onNews: (news) => {
        show((view) => {
          if ('progress' in news) view.update(news.progress);
          else if ('evaluation' in news) view.evaluated(news.evaluation.mean);
          else if ('event' in news) view.note(news.event);
          else view.say(`warning: ${news.warning}`);
        });
      },
      onPrint: (line) => {
        show((view) => {
          view.say(line);
        });
      },
    },
  );
  // Loaded while the thread starts.
  const loading = import('./progress.ts').then(({ progressView }) => progressView(quiet));
  const show = (change: (view: ProgressView) => void): void => {
    void loading.then(change);
  };
  const release = onSignals({
    interrupt: () => {
      thread.interrupt();
      show((view) => {
        view.say('saving a checkpoint; press Ctrl-C again to quit immediately');
      });
    },
    terminate: (then) => {
      show((view) => {
        view.stop();
      });
      thread.terminate(then);
    },
  });
  let summary: TrainSummary;
  try {
    summary = await thread.result;
  } finally {
    (await loading).stop();
    release();
  }
  if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else {
    const [{ summaryText }, { bytesIn }] = await Promise.all([
      import('./summary.ts'),
      import('../run/bytes-in.ts'),
    ]);
    process.stdout.write(summaryText(summary, bytesIn(summary.run)));
  }
  if (!summary.interrupted) return;
  process.stderr.write(`interrupted; resume with: npx maddpg train --resume ${shellQuote(summary.run)}\n`);
  process.exitCode = 130;
}
