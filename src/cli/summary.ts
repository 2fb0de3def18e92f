/** What `maddpg train` prints at the end of a run. */
import * as path from 'node:path';
import { shellQuote } from '../core/shell-quote.ts';
import { humanBytes, humanCount, humanDuration } from '../core/units.ts';
import { teamsApart } from '../evaluate/returns.ts';
import type { EndReason, TrainSummary } from '../train/summary.ts';

/** Messages for runs that end before running_steps. */
const EARLY: Partial<Record<EndReason, string>> = {
  stop_at_return: 'early: reached stop_at_return',
  max_wall_s: 'early: reached max_wall_s',
};

/** Width of the labels. */
const LABEL = 'updates'.length + 2;

/** Results, place and next commands, in lines that end with a newline. `bytes`: size of the run directory. */
export function summaryText(summary: TrainSummary, bytes: number): string {
  const { steps, updates, final, best, checkpoint, engine } = summary;
  const rows: [string, string][] = [];
  if (final) {
    // An interrupted run was evaluated earlier.
    const at = final.step === steps ? '' : ` at step ${humanCount(final.step)}`;
    const spread = `(std ${final.std.toFixed(2)}) over ${final.episodes} greedy episodes`;
    rows.push(['return', `${final.mean.toFixed(2)}${at} ${spread}`]);
    const teams = Object.entries(teamsApart(final)).map(([team, { mean }]) => `${team} ${mean.toFixed(2)}`);
    if (teams.length > 0) rows.push(['teams', teams.join(', ')]);
  }
  if (best) {
    const opposing = final && Object.keys(teamsApart(final)).length > 0 ? ' (mean over all agents)' : '';
    const by = summary.best_by === null ? opposing : ` (${summary.best_by})`;
    rows.push(['best', `${best.mean.toFixed(2)} at step ${humanCount(best.step)}${by}`]);
  }
  const speed = `${humanCount(summary.env_steps_per_second)} steps/s`;
  rows.push(['steps', `${humanCount(steps)} in ${humanDuration(summary.wall_s)}, ${speed}`]);
  rows.push(['updates', `${humanCount(updates)}, engine ${engine}`]);
  const early = EARLY[summary.ended];
  if (early !== undefined) rows.push(['ended', early]);
  const newest = checkpoint === null ? 'no checkpoint' : `checkpoint ${path.basename(checkpoint)}`;
  rows.push(['run', `${summary.run}, ${humanBytes(bytes)}, ${newest}`]);
  const lines = rows.map(([label, text]) => `${label.padEnd(LABEL)}${text}`);
  return `${[...lines, '', 'next:', ...nextCommands(summary).map((line) => `  ${line}`)].join('\n')}\n`;
}

function nextCommands({ run, checkpoint, best, steps }: TrainSummary): string[] {
  const evaluate = `npx maddpg eval --checkpoint ${shellQuote(run)}`;
  return [
    ...(checkpoint === null ? [] : [evaluate]),
    ...(best === null || best.step === steps ? [] : [`${evaluate} --best`]),
    ...(checkpoint === null
      ? []
      : [`npx maddpg replay ${shellQuote(run)}`, `npx maddpg report ${shellQuote(run)}`]),
    `tensorboard --logdir ${shellQuote(path.dirname(run))}`,
  ];
}
