/** The work of `maddpg runs`: returns what it prints. */
import { existsSync } from 'node:fs';
import { oneLine } from '../core/one-line.ts';
import { humanBytes, humanDuration } from '../core/units.ts';
import { listRuns, type ListedRun, type RunList } from '../run/list.ts';
import { canDraw, GAP, type Screen } from './bar.ts';
import { hasBlocks, sparkline } from './sparkline.ts';

/** Where runs are made by default. */
const MODEL_DIR = 'runs';

/** Longest curve of a run. */
const CURVE = 10;

function listed(folders: readonly string[]): RunList {
  if (folders.length > 0) return listRuns(folders);
  return existsSync(MODEL_DIR) ? listRuns([MODEL_DIR]) : { runs: [], skipped: [] };
}

/** `runs --json` */
export function runsJson(folders: readonly string[]): string {
  return `${JSON.stringify(listed(folders), null, 2)}\n`;
}

/**
 * `runs`: a table with a line for each run; what is wrong with one goes below it, and so does the command where a terminal is
 * too narrow for both.
 */
export function runsTable(folders: readonly string[], stream: Screen, now: number = Date.now()): string {
  const { runs, skipped } = listed(folders);
  const notes = skipped.map(({ path, reason }) => oneLine(`skipped ${path}: ${reason}`));
  if (runs.length === 0) {
    const where = folders.length === 0 ? MODEL_DIR : folders.join(', ');
    notes.unshift(oneLine(`no runs in ${where}; start one: npx maddpg train --config mpe.yaml`));
    return `${notes.join('\n')}\n`;
  }
  const curves = canDraw(stream) && hasBlocks();
  const head = ['run', 'state', 'steps', 'return', 'best', ...(curves ? ['curve'] : []), 'age', 'size'];
  const rows = runs.map((run) => [
    oneLine(run.run),
    run.state,
    stepsOf(run),
    run.last?.mean.toFixed(2) ?? '-',
    run.best?.mean.toFixed(2) ?? '-',
    ...(curves ? [curveOf(run)] : []),
    run.started === null ? '-' : humanDuration(Math.round((now - Date.parse(run.started)) / 1000), 1),
    humanBytes(run.bytes),
  ]);
  const [title, ...lines] = aligned([head, ...rows]);
  const commands = runs.map(({ command }) => oneLine(command ?? '-'));
  const widest = title!.length + GAP.length + Math.max(...commands.map((text) => text.length));
  const beside = !stream.isTTY || widest <= stream.columns;
  const text = lines.flatMap((line, i) => {
    const below = runs[i]!.problems;
    return beside
      ? [`${line}${GAP}${commands[i]!}`, ...below.map(indented)]
      : [line, ...[commands[i]!, ...below].map(indented)];
  });
  const first = beside ? `${title!}${GAP}next` : title!.trimEnd();
  return `${[first, ...text, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')}\n`;
}

function indented(line: string): string {
  return `${GAP}${line}`;
}

/** 62K/150K, or 150K of a run that is finished. */
function stepsOf({ state, step, steps }: ListedRun): string {
  return state === 'finished' || steps === null ? compact(step) : `${compact(step)}/${compact(steps)}`;
}

function compact(count: number): string {
  return count.toLocaleString('en', { notation: 'compact', maximumSignificantDigits: 3 });
}

function curveOf({ evaluations }: ListedRun): string {
  return sparkline(
    evaluations.map(({ mean }) => mean),
    CURVE,
  );
}

/** Columns of equal width: words to the left, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const words = new Set(['run', 'state', 'curve']);
  const right = rows[0]!.map((name) => !words.has(name));
  const widths = right.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((cell, c) => (right[c] ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!))).join(GAP),
  );
}
