/** The work of `maddpg sweep table`: prints a sweep's results, and what is left to do. */
import { oneLine } from '../core/one-line.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { sweepResults, type OpenTrial } from '../sweep/results.ts';
import { openSweep } from '../sweep/sweep-dir.ts';
import { csvText, jsonText, latexText, markdownText, terminalText } from '../sweep/table-formats.ts';
import { sweepTable, type SweepTable } from '../sweep/table.ts';
import type { TableFormat } from './sweep.ts';

/** Trials named in a note. */
const NAMED = 5;

export function printTable(dir: string, format: TableFormat): void {
  const sweep = openSweep(dir);
  const { results, open } = sweepResults(sweep);
  const table = sweepTable(results, sweep.sweep.objective, sweep.sweep.halving);
  const again = `npx maddpg sweep run ${shellQuote(dir)}`;
  process.stdout.write(textOf(table, format, { open, next: open.length > 0 ? again : null }));
  const notes = [...unscored(table), ...openNotes(open, again)];
  // A file that another program reads is the table alone.
  const to = format === 'text' ? process.stdout : process.stderr;
  if (format !== 'json' && notes.length > 0) to.write(`${['', ...notes].join('\n')}\n`);
}

function textOf(table: SweepTable, format: TableFormat, more: object): string {
  switch (format) {
    case 'text':
      return terminalText(table, process.stdout.isTTY ? process.stdout.columns : Infinity);
    case 'markdown':
      return markdownText(table);
    case 'latex':
      return latexText(table);
    case 'csv':
      return csvText(table);
    case 'json':
      return jsonText(table, more);
  }
}

/** A note if trials finished and none has the objective's metric. */
function unscored({ search, objective }: SweepTable): string[] {
  const finished = search.filter((row) => row.finished > 0);
  if (finished.length === 0 || finished.some(({ statistics }) => statistics !== null)) return [];
  return [
    `objective.metric: expected a metric that the trials record, got ${objective.metric}; see their metrics.jsonl`,
  ];
}

/** What is not finished, and how to go on. */
function openNotes(open: readonly OpenTrial[], again: string): string[] {
  const failed = open.filter(({ state }) => state === 'failed');
  const others = open.filter(({ state }) => state !== 'failed');
  const count = (state: OpenTrial['state'], text: string): string[] => {
    const trials = others.filter((one) => one.state === state);
    return trials.length === 0 ? [] : [`${trials.length} ${text}`];
  };
  const states = [
    ...count('running', 'running'),
    ...count('begun', 'begun'),
    ...count('waiting', 'not begun'),
  ];
  return [
    ...(others.length === 0 ? [] : [`not finished: ${states.join(', ')}; continue: ${again}`]),
    ...failed
      .slice(0, NAMED)
      .map(({ trial, problem }) => oneLine(`failed: ${trial}: ${problem ?? 'see its log.jsonl'}`)),
    ...(failed.length > NAMED ? [`failed: ${failed.length - NAMED} more`] : []),
    ...(failed.length === 0 ? [] : [`retry the failed trials: ${again} --retry-failed`]),
  ];
}
