/** What `maddpg train` prints at the end of a run. */
import * as path from 'node:path';
import { shellQuote } from '../core/shell-quote.ts';
import { byTeam } from '../evaluate/returns.ts';
import type { EndReason, TrainSummary } from '../train/summary.ts';
import { duration } from './progress.ts';

/** Messages for runs that end before running_steps. */
const EARLY: Partial<Record<EndReason, string>> = {
  stop_at_return: 'stopped early: reached stop_at_return',
  max_wall_s: 'stopped early: reached max_wall_s',
};

/** Results, checkpoint and next commands, in lines that end with a newline. */
export function summaryText(summary: TrainSummary): string {
  const { steps, final, best } = summary;
  const run = shellQuote(summary.run);
  const speed = Math.round(summary.env_steps_per_second).toLocaleString('en');
  const early = EARLY[summary.ended];
  const lines = [
    ...(early === undefined ? [] : [early]),
    `${steps.toLocaleString('en')} steps, ${summary.updates.toLocaleString('en')} updates in ` +
      `${duration(summary.wall_s)} (${speed} steps/s, engine ${summary.engine})`,
  ];
  if (final) {
    // An interrupted run was evaluated earlier.
    const at = final.step === steps ? '' : ` at step ${final.step.toLocaleString('en')}`;
    lines.push(
      `return ${final.mean.toFixed(2)}${at} (std ${final.std.toFixed(2)})${byTeam(final)} over ` +
        `${final.episodes} greedy episodes`,
    );
  }
  if (best) lines.push(`best ${best.mean.toFixed(2)} at step ${best.step.toLocaleString('en')}`);
  lines.push(`checkpoint ${summary.checkpoint ?? 'none'}`, '', 'next:');
  lines.push(`  npx maddpg eval --checkpoint ${run}`, `  npx maddpg eval --checkpoint ${run} --best`);
  lines.push(`  tensorboard --logdir ${shellQuote(path.dirname(summary.run))}`);
  return `${lines.join('\n')}\n`;
}
