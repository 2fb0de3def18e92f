/** The tables of `maddpg eval --cross` for a terminal: one per side, rows the players, columns their opponents. */
import type { CrossSide, Standing } from '../evaluate/cross.ts';
import { GAP } from './bar.ts';
import type { CrossResult } from './crossing.ts';

/** Longest name of a player that stands in a table; longer ones are numbered. */
const LONGEST = 8;
const NONE = '-';

/** In at most `width` characters a line, if the narrowest columns fit. */
export function crossText({ env_id, episodes, seed, players, sides }: CrossResult, width: number): string {
  const numbered = players.some(({ name }) => name.length > LONGEST);
  const labels = new Map(
    players.map(({ name, step }, k) => [name, numbered && step !== undefined ? String(k + 1) : name]),
  );
  const legend = players.flatMap(({ name, step }, k) =>
    step === undefined ? [] : [`${numbered ? `${k + 1}  ` : ''}${name} at step ${step}`],
  );
  const tables = sides.map((side) => sideLines(side, sides, labels, width));
  const left = Math.max(...tables.map(({ leftOut }) => leftOut));
  const notes = [
    'mean: over all opponents outside its own run; worst: against the strongest of them',
    "95 % interval: of that mean, against these opponents, by Student's t",
    ...(left > 0
      ? [`${left} of ${players.length} columns do not fit: widen the terminal, or add --json`]
      : []),
  ];
  const blocks = [
    [`${env_id}, ${episodes} episodes per game, seed ${seed}`],
    legend,
    ...tables.map(({ lines }) => lines),
    notes,
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

interface Table {
  readonly lines: readonly string[];
  /** Opponents left out. */
  readonly leftOut: number;
}

function sideLines(
  { side, standings }: CrossSide,
  sides: readonly CrossSide[],
  labels: ReadonlyMap<string, string>,
  width: number,
): Table {
  const label = (name: string): string => labels.get(name)!;
  const others = sides.filter((one) => one.side !== side).map((one) => one.side);
  const column = (title: string, cell: (standing: Standing) => string): string[] => [
    title,
    ...standings.map(cell),
  ];
  const columns = [
    column(side, ({ player }) => label(player)),
    column('mean', ({ overall }) => overall?.mean.toFixed(2) ?? NONE),
    column('95 % interval', ({ overall }) => intervalText(overall?.ci95 ?? null)),
    column('worst', ({ worst }) =>
      worst === null ? NONE : `${worst.mean.toFixed(2)} ${label(worst.opponent)}`,
    ),
  ];
  const own = columns.length;
  standings.forEach(({ player }, k) => {
    columns.push(column(label(player), ({ against }) => against[k]!.mean.toFixed(2)));
  });
  const widths = columns.map((cells) => Math.max(...cells.map(({ length }) => length)));
  let [shown, used] = [0, -GAP.length];
  while (shown < columns.length && (shown <= own || used + GAP.length + widths[shown]! <= width)) {
    used += GAP.length + widths[shown]!;
    shown += 1;
  }
  const lines = ['', ...standings].map((_, row) =>
    columns
      .slice(0, shown)
      .map((cells, c) => (c === 0 ? cells[row]!.padEnd(widths[c]!) : cells[row]!.padStart(widths[c]!)))
      .join(GAP),
  );
  return {
    lines: [`Return of ${side}, by its player, against ${others.join(', ')} of each player:`, '', ...lines],
    leftOut: columns.length - shown,
  };
}

function intervalText(interval: readonly [number, number] | null): string {
  return interval === null ? NONE : `[${interval.map((end) => end.toFixed(2)).join(', ')}]`;
}
