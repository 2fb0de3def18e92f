/** A sweep's table as text: for terminals, Markdown, LaTeX (booktabs), CSV and JSON. Every function returns whole lines. */
import { csvCell } from '../metrics/csv-table.ts';
import { textOf } from '../report/groups.ts';
import { VERSION } from '../version.ts';
import type { SweepTable, TableRow } from './table.ts';

/** A column: its title, its cells, and whether they are numbers. */
interface Column {
  readonly title: string;
  readonly number: boolean;
  readonly cell: (row: TableRow) => string;
}

/** Between two columns of a terminal. */
const GAP = '  ';
/** What a cell without a value shows. */
const NONE = '-';
/** Columns dropped on a narrow terminal, in this order. */
const DISPENSABLE = ['steps', 'mean', 'seconds', 'best', 'worst', '95 % interval'];
/** Digits of a key's value in tables for people. */
const DIGITS = 3;

/** What one of the two tables is of. */
export interface Titled {
  readonly title: string;
  /** What to think of its scores; '' for nothing. */
  readonly remark: string;
  readonly rows: readonly TableRow[];
}

/** The tables that have rows, the confirmed one first. */
export function titled({ objective: { metric, at }, search, confirmed }: SweepTable): Titled[] {
  const scores = `${metric} of the ${at} evaluation`;
  const tables = [
    {
      title: 'Confirmed: returns on fresh episodes, trained on fresh seeds',
      remark: 'These are the results to report.',
      rows: confirmed,
    },
    search.length === 1
      ? { title: `Scores: ${scores}`, remark: '', rows: search }
      : {
          title: `Search: ${scores}`,
          remark: 'The best of many scores is partly luck: confirm it on fresh seeds before you report it.',
          rows: search,
        },
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

/** In at most `width` characters a line, if the narrowest columns fit. */
export function terminalText(table: SweepTable, width = Infinity): string {
  return titled(table)
    .map(({ title, remark, rows }) => {
      const lines = terminalLines(table, rows, width);
      const heads = [title, remark].filter((text) => text !== '').flatMap((text) => wrapped(text, width));
      return `${[...heads, '', ...lines].join('\n')}\n`;
    })
    .join('\n');
}

function terminalLines(table: SweepTable, rows: readonly TableRow[], width: number): string[] {
  const keys = keyColumns(table);
  let numbers = numberColumns(table);
  const beside = aligned([groupColumn((group) => group), ...keys, ...numbers], rows);
  if (beside[0]!.length <= width) return beside.map((line) => line.trimEnd());
  const short = groupColumn((group) => /^\d+/.exec(group)?.[0] ?? group);
  let lines = aligned([short, ...numbers], rows);
  for (const title of DISPENSABLE) {
    if (lines[0]!.length <= width) break;
    numbers = numbers.filter((column) => column.title !== title);
    lines = aligned([short, ...numbers], rows);
  }
  const [head, ...body] = lines;
  return [
    head!.trimEnd(),
    ...body.flatMap((line, k) => {
      const set = keys
        .filter(({ title }) => Object.hasOwn(rows[k]!.keys, title))
        .map(({ title, cell }) => `${title} ${cell(rows[k]!)}`);
      const below = wrapped(set.join(', '), width - GAP.length).map((text) => GAP + text);
      return [line.trimEnd(), ...(set.length > 0 ? below : [])];
    }),
  ];
}

/** Columns of equal width: words to the left, numbers to the right. */
function aligned(columns: readonly Column[], rows: readonly TableRow[]): string[] {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ cell }) => cell(row))),
  ];
  const widths = columns.map((_, c) => Math.max(...cells.map((line) => line[c]!.length)));
  return cells.map((line) => line.map((text, c) => pad(text, widths[c]!, columns[c]!.number)).join(GAP));
}

function pad(text: string, width: number, right: boolean): string {
  return right ? text.padStart(width) : text.padEnd(width);
}

function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = lines.at(-1) === '' ? word : `${lines.at(-1)!} ${word}`;
    if (longer.length <= width || lines.at(-1) === '') lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

export function markdownText(table: SweepTable): string {
  const columns = [...nameColumns(table), ...numberColumns(table)].map((column) => ({
    ...column,
    title: markdownCell(column.title),
    cell: (row: TableRow) => markdownCell(column.cell(row)),
  }));
  const blocks = titled(table).map(({ title, remark, rows }) => {
    const cells = [
      columns.map((one) => one.title),
      ...rows.map((row) => columns.map(({ cell }) => cell(row))),
    ];
    const widths = columns.map((_, c) => Math.max(3, ...cells.map((line) => line[c]!.length)));
    const [head, ...body] = cells.map((line) =>
      line.map((text, c) => pad(text, widths[c]!, columns[c]!.number)),
    );
    const rule = columns.map(
      ({ number }, c) => '-'.repeat(widths[c]! - Number(number)) + (number ? ':' : ''),
    );
    const lines = [head!, rule, ...body].map((line) => `| ${line.join(' | ')} |\n`);
    return `${`**${title}.** ${remark}`.trimEnd()}\n\n${lines.join('')}`;
  });
  return blocks.join('\n');
}

function markdownCell(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** A tabular for each table; the document needs \usepackage{booktabs}. */
export function latexText(table: SweepTable): string {
  const columns = [...nameColumns(table), ...numberColumns(table)];
  const line = (cells: readonly string[]): string => `${cells.join(' & ')} \\\\\n`;
  const blocks = titled(table).map(({ title, remark, rows }) => {
    const heads = [`${title}.`, remark].filter((text) => text !== '');
    const body = rows.map((row) => line(columns.map(({ cell, number }) => latexCell(cell(row), number))));
    return (
      `\\begin{tabular}{${columns.map(({ number }) => (number ? 'r' : 'l')).join('')}}\n` +
      heads.map((text) => line([`\\multicolumn{${columns.length}}{l}{${escaped(text)}}`])).join('') +
      `\\toprule\n${line(columns.map((one) => escaped(one.title)))}\\midrule\n${body.join('')}\\bottomrule\n` +
      '\\end{tabular}\n'
    );
  });
  return blocks.join('\n');
}

function latexCell(text: string, number: boolean): string {
  return number && text.includes('.') ? `$${text}$` : escaped(text);
}

const LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '|': '\\textbar{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
};

function escaped(text: string): string {
  return text.replace(/[\\~^|<>&%$#_{}]/g, (character) => LATEX[character] ?? `\\${character}`);
}

/** RFC 4180: a header, then a line per group, numbers in full, ended by CRLF. */
export function csvText({ keys, teams, search, confirmed }: SweepTable): string {
  const head = [
    ...['phase', 'group', ...keys, 'finished', 'seeds', 'mean', 'iqm', 'low', 'high', 'worst', 'best'],
    ...['seconds', 'steps', ...teams.map((team) => `iqm ${team}`)],
  ];
  const line = (cells: readonly (string | number | null | undefined)[]): string =>
    `${cells.map((cell) => csvCell(cell ?? '')).join(',')}\r\n`;
  const row =
    (phase: string) =>
    ({ group, statistics: s, ...one }: TableRow): string =>
      line([
        ...[
          phase,
          group,
          ...keys.map((key) => (Object.hasOwn(one.keys, key) ? textOf(one.keys[key]) : null)),
        ],
        ...[one.finished, one.seeds, s?.mean, s?.iqm, s?.interval?.[0], s?.interval?.[1], s?.worst, s?.best],
        ...[one.seconds, one.steps, ...teams.map((team) => one.teams[team]?.iqm)],
      ]);
  return [line(head), ...confirmed.map(row('confirm')), ...search.map(row('search'))].join('');
}

/** All numbers, every trial's score among them. `more`: further fields. */
export function jsonText({ objective, search, confirmed }: SweepTable, more: object = {}): string {
  return `${JSON.stringify({ maddpg: VERSION, objective, confirmed, search, ...more }, null, 2)}\n`;
}

/** The columns that name a group in Markdown and LaTeX: its keys, or its name where no key differs. */
function nameColumns(table: SweepTable): Column[] {
  return table.keys.length > 0 ? keyColumns(table) : [groupColumn((group) => group)];
}

function groupColumn(cell: (group: string) => string): Column {
  return { title: 'group', number: false, cell: ({ group }) => cell(group) };
}

function keyColumns({ keys }: SweepTable): Column[] {
  return keys.map((title) => ({
    title,
    number: false,
    cell: (row) => {
      const value = row.keys[title];
      if (value === undefined) return NONE;
      return typeof value === 'number' ? String(Number(value.toPrecision(DIGITS))) : textOf(value);
    },
  }));
}

function numberColumns({ teams }: SweepTable): Column[] {
  const column = (title: string, cell: Column['cell']): Column => ({ title, number: true, cell });
  return [
    column('seeds', ({ finished, seeds }) => `${finished}/${seeds}`),
    column('mean', ({ statistics }) => fixed(statistics?.mean)),
    column('IQM', ({ statistics }) => fixed(statistics?.iqm)),
    column('95 % interval', ({ statistics }) => intervalText(statistics?.interval)),
    column('worst', ({ statistics }) => fixed(statistics?.worst)),
    column('best', ({ statistics }) => fixed(statistics?.best)),
    ...teams.map((team) => column(`IQM ${team}`, (row) => fixed(row.teams[team]?.iqm))),
    column('seconds', ({ seconds }) => (seconds === null ? NONE : seconds.toFixed(seconds < 9.95 ? 1 : 0))),
    column('steps', ({ steps }) => (steps === null ? NONE : String(steps))),
  ];
}

function fixed(value: number | undefined): string {
  return value === undefined ? NONE : value.toFixed(2);
}

function intervalText(interval: readonly [number, number] | null | undefined): string {
  return interval ? `[${interval.map((end) => end.toFixed(2)).join(', ')}]` : NONE;
}
