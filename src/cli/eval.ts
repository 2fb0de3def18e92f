/** `maddpg eval`: greedy returns of a checkpoint beside those of a uniform random policy. */
import type { Command } from 'commander';
import { openEnvironments } from '../train/build.ts';
import { episodeReturns, randomActor, summarize, type Actor, type ReturnSummary } from '../train/evaluate.ts';
import { loadPolicy } from '../train/load-policy.ts';
import { wholeNumber } from './arguments.ts';

interface EvalOptions {
  checkpoint: string;
  episodes: number;
  seed: number;
  best?: boolean;
  json?: boolean;
}

export function register(program: Command): void {
  program
    .command('eval')
    .description('evaluate a checkpoint greedily, beside a uniform random policy')
    .requiredOption('--checkpoint <run|checkpoint>', 'a run directory, or one checkpoint folder')
    .option('--episodes <n>', 'episodes of each policy', wholeNumber('--episodes', 1), 100)
    .option(
      '--seed <n>',
      'seed of the environment; episode k is its k-th after the reset',
      wholeNumber('--seed', 0),
      0,
    )
    .option('--best', 'the best checkpoint by test return instead of the newest')
    .option('--json', 'print one JSON document on standard output')
    .addHelpText('after', '\nExample:\n  $ npx maddpg eval --checkpoint runs/spread --episodes 500\n')
    .action(run);
}

async function run({ checkpoint, episodes, seed, best = false, json = false }: EvalOptions): Promise<void> {
  const loaded = await loadPolicy(checkpoint, { best });
  const environments = await openEnvironments(loaded.config);
  try {
    const env = environments.make(1);
    const returnsOf = (actor: Actor): ReturnSummary =>
      summarize(env.spec, episodeReturns(env, actor, episodes, seed));
    const result = {
      checkpoint: loaded.checkpoint,
      step: loaded.step,
      env_id: loaded.config.env_id,
      episodes,
      seed,
      policy: returnsOf(loaded.actor),
      random: returnsOf(randomActor(env.spec, seed)),
    };
    process.stdout.write(json ? `${JSON.stringify(result)}\n` : table(result));
  } finally {
    environments.close();
  }
}

interface EvalResult {
  readonly checkpoint: string;
  readonly env_id: string;
  readonly episodes: number;
  readonly seed: number;
  readonly policy: ReturnSummary;
  readonly random: ReturnSummary;
}

function table({ checkpoint, env_id, episodes, seed, policy, random }: EvalResult): string {
  const interval = (summary: ReturnSummary): string =>
    summary.ci95 ? `[${summary.ci95.map((x) => x.toFixed(2)).join(', ')}]` : '-';
  const cell = ({ mean, std }: { mean: number; std: number }): string =>
    `${mean.toFixed(2)} (std ${std.toFixed(2)})`;
  const rows = [
    ['return', 'policy', 'uniform random'],
    ['mean', cell(policy), cell(random)],
    ['95 % interval', interval(policy), interval(random)],
    ...Object.keys(policy.per_team).map((team) => [
      `team ${team}`,
      cell(policy.per_team[team]!),
      cell(random.per_team[team]!),
    ]),
    ...Object.keys(policy.per_agent).map((agent) => [
      agent,
      cell(policy.per_agent[agent]!),
      cell(random.per_agent[agent]!),
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return `${checkpoint}\n${env_id}, ${episodes} episodes of seed ${seed}\n\n${lines.join('\n')}\n`;
}
