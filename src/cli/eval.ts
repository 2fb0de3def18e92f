/** `maddpg eval`: evaluates a checkpoint or a scripted policy against a uniform random baseline. */
import { Option, type Command } from 'commander';
import type { EngineName } from '../engine/engine.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { UserError } from '../core/user-error.ts';
import { append, wholeNumber } from './arguments.ts';
import type { evaluation } from './evaluation.ts';
import { startWork } from './thread.ts';

const ENGINES: readonly EngineName[] = ['wasm', 'reference', 'tensorflow'];
const POLICIES = ['trained', 'random', 'noop', 'scripted'] as const;
export type PolicyName = (typeof POLICIES)[number];

export interface EvalOptions {
  checkpoint?: string;
  env?: string;
  set?: string[];
  policy: PolicyName;
  episodes: number;
  seed: number;
  best?: boolean;
  trust?: boolean;
  engine: EngineName;
  json?: boolean;
  record?: string;
}

export function register(program: Command): void {
  program
    .command('eval')
    .description('evaluate a checkpoint (greedily) or another policy against a uniform random policy')
    .option('--checkpoint <run|checkpoint>', 'run directory or checkpoint folder')
    .option('--env <id>', 'environment, instead of a checkpoint, for untrained policies')
    .option('--set <key=value>', 'override a key of the --env configuration (YAML value); repeatable', append)
    .addOption(
      new Option('--policy <name>', 'policy: trained, uniform random, no-op, or scripted by hand')
        .choices(POLICIES)
        .default('trained'),
    )
    .option('--episodes <n>', 'episodes per policy', wholeNumber('--episodes', 1), 100)
    .option('--seed <n>', 'environment seed, set once; episodes run in order', wholeNumber('--seed', 0), 0)
    .option('--best', 'use the best checkpoint by test return instead of the newest')
    .option('--trust', "run an environment inside the checkpoint's or run's own folder")
    .addOption(
      new Option('--engine <name>', 'engine to act with, independent of the training engine')
        .choices(ENGINES)
        .default('wasm'),
    )
    .option(
      '--record <file>',
      'write the episodes of the policy: .html for a player, .gif, .mp4, .png or .json',
    )
    .option('--json', 'print JSON on standard output')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  $ npx maddpg eval --checkpoint runs/spread --episodes 500\n' +
        '  $ npx maddpg eval --env simple_spread_v3 --policy scripted\n',
    )
    // Checked in run(), for a better message.
    .allowExcessArguments()
    .action(run);
}

async function run(options: EvalOptions, { args }: Command): Promise<void> {
  if (args.length > 0)
    throw new UserError(
      `eval: expected options only, got ${args.join(' ')}; did you mean --checkpoint ${shellQuote(args[0]!)}?`,
    );
  const { episodeView } = await import('./progress.ts');
  // The random policy plays as the baseline, too.
  const view = episodeView(options.policy === 'random' ? options.episodes : 2 * options.episodes);
  const interrupt = (): void => {
    view.stop();
    process.exit(130);
  };
  process.on('SIGINT', interrupt);
  let text: string;
  try {
    text = await startWork<typeof evaluation>('eval', options, {
      onNews: (episodes) => {
        view.update(episodes);
      },
      onPrint: (line) => {
        view.say(line);
      },
    }).result;
  } finally {
    view.stop();
    process.off('SIGINT', interrupt);
  }
  process.stdout.write(text);
  if (options.record !== undefined) process.stderr.write(`recorded in ${options.record}\n`);
}
