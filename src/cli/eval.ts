/** `maddpg eval`: evaluates a checkpoint or a scripted policy beside a uniform random baseline, or many in cross-play. */
import { Option, type Command } from 'commander';
import type { EngineName } from '../engine/engine.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { UserError } from '../core/user-error.ts';
import { removeTemporaryFoldersAtExit } from '../run/temporary-folder.ts';
import { EVALUATION } from '../evaluate/defaults.ts';
import { append, wholeNumber } from './arguments.ts';
import type { crossing } from './crossing.ts';
import type { EpisodeNews } from './episode-news.ts';
import type { evaluation } from './evaluation.ts';
import { startWork } from './thread.ts';

const ENGINES: readonly EngineName[] = ['wasm', 'reference', 'tensorflow'];
const POLICIES = ['trained', 'random', 'noop', 'scripted'] as const;
export type PolicyName = (typeof POLICIES)[number];

export interface EvalOptions {
  checkpoint?: string;
  cross?: string[];
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
    .description('evaluate a checkpoint (greedily) or another policy, with uniform random as baseline')
    .option('--checkpoint <run|checkpoint>', 'run directory, its zip or checkpoint folder')
    .option(
      '--cross <run...>',
      'scenarios with opponents: every side of every run (for a sweep, each of its runs) plays against the others, random, no-op and scripted policies',
    )
    .option('--env <id>', 'environment, instead of a checkpoint, for untrained policies')
    .option('--set <key=value>', 'override a key of the --env configuration (YAML value); repeatable', append)
    .addOption(
      new Option('--policy <name>', 'policy: trained, uniform random, no-op, or scripted by hand')
        .choices(POLICIES)
        .default('trained'),
    )
    .option('--episodes <n>', 'episodes per policy', wholeNumber('--episodes', 1), EVALUATION.episodes)
    .option(
      '--seed <n>',
      'environment seed, set once; episodes run in order',
      wholeNumber('--seed', 0),
      EVALUATION.seed,
    )
    .option(
      '--best',
      'use the checkpoint of the best evaluation (by best_team, or the mean over agents), not the newest',
    )
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
        '  $ npx maddpg eval --env simple_spread_v3 --policy scripted\n' +
        '  $ npx maddpg eval --cross runs/tag-1 runs/tag-2 --episodes 500\n',
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
  if (options.cross) {
    await runCross(options, options.cross);
    return;
  }
  await play<typeof evaluation>('eval', options);
  if (options.record !== undefined) process.stderr.write(`recorded in ${options.record}\n`);
}

/** Options that have no meaning with --cross. */
const ALONE = { checkpoint: '--checkpoint', env: '--env', set: '--set', record: '--record' } as const;

async function runCross(options: EvalOptions, cross: string[]): Promise<void> {
  const keys = Object.keys(ALONE) as (keyof typeof ALONE)[];
  const other = keys.find((key) => options[key] !== undefined);
  if (other !== undefined)
    throw new UserError(`--cross: expected no ${ALONE[other]} with it, got both; leave one of them out`);
  if (options.policy !== 'trained')
    throw new UserError(
      `--cross: expected no --policy with it (random and scripted always play), got ${options.policy}; leave it out`,
    );
  const { best = false, trust = false, engine, json = false, episodes, seed } = options;
  const width = process.stdout.isTTY ? process.stdout.columns : Infinity;
  await play<typeof crossing>('eval --cross', { cross, best, trust, engine, json, episodes, seed, width });
}

type Playing = typeof evaluation | typeof crossing;

/** Does the work in its thread, with a bar, and prints what it returns. */
async function play<W extends Playing>(
  name: 'eval' | 'eval --cross',
  options: Parameters<W>[0],
): Promise<void> {
  const { episodeView } = await import('./progress.ts');
  let view: ReturnType<typeof episodeView> | undefined;
  removeTemporaryFoldersAtExit();
  const thread = startWork<W>(name, options, {
    onNews: ({ played, total }: EpisodeNews) => {
      view ??= episodeView(total);
      view.update(played);
    },
    onPrint: (line) => {
      if (view) view.say(line);
      else process.stderr.write(`${line}\n`);
    },
  });
  const interrupt = (): void => {
    // First the thread, so that it writes nothing into folders that are being removed.
    thread.terminate(() => {
      view?.stop();
      process.exit(130);
    });
  };
  process.on('SIGINT', interrupt);
  let text: string;
  try {
    text = await thread.result;
  } finally {
    view?.stop();
    process.off('SIGINT', interrupt);
  }
  process.stdout.write(text);
}
