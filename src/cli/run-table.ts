/** The work of `maddpg runs`: returns what it prints. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { oneLine } from '../core/one-line.ts';
import { humanBytes, humanDuration } from '../core/units.ts';
import { listRuns, type ListedRun, type RunList } from '../run/list.ts';
import { withTrials } from '../sweep/sweep-dir.ts';
import { canDraw, GAP, type Screen } from './bar.ts';
import { hasBlocks, sparkline } from './sparkline.ts';

/** Where runs are made by default. */
const MODEL_DIR = 'runs';

/** Longest curve of a run. */
const CURVE = 10;

function listed(folders: readonly string[]): RunList {
  if (folders.length > 0) return listRuns(withTrials(folders));
  return existsSync(MODEL_DIR) ? listRuns([MODEL_DIR]) : { runs: [], skipped: [] };
}

/** `runs --json` */
export function runsJson(folders: readonly string[]): string {
  return `${JSON.stringify(listed(folders), null, 2)}\n`;
}

/** Columns dropped on a narrow terminal, in this order. */
const DISPENSABLE = ['size', 'curve', 'age', 'best'];

/**
 * `runs`: a table with a line for each run; what is wrong with one goes below it. On a narrow terminal the command moves below
 * too. It contains the path, so the table shows only the run's name.
 */
export function runsTable(folders: readonly string[], stream: Screen, now: number = Date.now()): string {
  const { runs, skipped } = listed(folders);
  const notes = skipped.map(({ path, reason }) => oneLine(`skipped ${path}: ${reason}`));
  if (runs.length === 0) {
    const where = folders.length === 0 ? MODEL_DIR : folders.join(', ');
    notes.unshift(oneLine(`no runs in ${where}; start one: npx maddpg train --config mpe.yaml`));
    return `${notes.join('\n')}\n`;
  }
  const columns: Record<string, (run: ListedRun) => string> = {
    run: ({ run }) => oneLine(run),
    state: ({ state }) => state,
    steps: stepsOf,
    return: ({ last }) => last?.mean.toFixed(2) ?? '-',
    best: ({ best }) => best?.mean.toFixed(2) ?? '-',
    ...(canDraw(stream) && hasBlocks() && { curve: curveOf }),
    age: ({ started }) =>
      started === null ? '-' : humanDuration(Math.round((now - Date.parse(started)) / 1000), 1),
    size: ({ bytes }) => humanBytes(bytes),
  };
  const tableOf = (shown: typeof columns): string[] =>
    aligned([Object.keys(shown), ...runs.map((run) => Object.values(shown).map((cell) => cell(run)))]);
  const widest = stream.isTTY ? stream.columns : Infinity;
  const commands = runs.map(({ command }) => oneLine(command ?? '-'));
  let table = tableOf(columns);
  const beside = table[0]!.length + GAP.length + Math.max(...commands.map(({ length }) => length)) <= widest;
  if (!beside) {
    const shown = { ...columns, run: ({ run }: ListedRun) => oneLine(basename(run)) };
    table = tableOf(shown);
    for (const name of DISPENSABLE) {
      if (table[0]!.length <= widest) break;
      Reflect.deleteProperty(shown, name);
      table = tableOf(shown);
    }
  }
  const [title, ...lines] = table;
  const text = lines.flatMap((line, i) => {
    const { best_by, problems } = runs[i]!;
    const below = [...(best_by === null ? [] : [oneLine(`return and best: ${best_by}`)]), ...problems];
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
