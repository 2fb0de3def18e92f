/** A figure: the test returns of one environment's runs with a legend, as an SVG that stands alone. */
import { UserError } from '../core/user-error.ts';
import { rangeAround } from './axis.ts';
import {
  chartSvg,
  colorOf,
  dashesOf,
  PAPER,
  type Chart,
  type Reference,
  type Series,
  type Theme,
} from './chart.ts';
import { groupCurve, pointsOf, type Along, type GroupCurve, type Points } from './curves.ts';
import { environmentName, groupRuns, type Group } from './groups.ts';
import { escaped } from './html.ts';
import { metricKey, metricTitle, TEST_RETURN } from './metric-names.ts';
import type { ReportData } from './run.ts';

/** A group as it is drawn. */
export interface Drawn {
  readonly group: Group;
  readonly color: string;
  readonly runs: readonly { readonly name: string; readonly points: Points }[];
  readonly curve: GroupCurve;
}

export interface FigureOptions {
  readonly logX?: boolean;
  /** Default: the random policy and the scripted controller, where they are known. */
  readonly references?: readonly Reference[];
  /** A group's name in the legend. Default: its label. */
  readonly labelOf?: (group: Group) => string;
}

/** Its size, without the legend. */
export const FIGURE = { width: 760, height: 360 };
const LEGEND_LINE = 22;
const MARGIN = 14;

/** The mean over agents. @throws UserError unless the runs are of one environment and were evaluated */
export function figureSvg(
  { runs, baselines }: ReportData,
  { logX = false, references, labelOf = ({ label }) => label }: FigureOptions = {},
): string {
  const groups = groupRuns(runs);
  const environments = [...new Set(groups.map(({ environment }) => environment))];
  if (environments.length > 1)
    throw new UserError(
      `--svg: expected runs of one environment, got ${environments.length}; name only those of one`,
    );
  const key = metricKey(runs, { base: TEST_RETURN, who: '' });
  if (key === undefined) throw new UserError('--svg: expected runs with test returns, got none yet');
  const drawn = groups.map((group): Drawn => {
    const own = group.runs.map((run) => ({ name: run.name, points: pointsOf(run, key, 'step') }));
    const curve = groupCurve(own.map(({ points }) => points));
    return { group, color: colorOf(PAPER, group.variant), runs: own, curve };
  });
  const baseline = baselines[environments[0]!];
  const levels = references ?? [
    ...(baseline ? [{ value: baseline.random['']!, text: 'random policy' }] : []),
    ...(baseline?.scripted ? [{ value: baseline.scripted['']!, text: 'scripted controller' }] : []),
  ];
  const points = drawn.flatMap((one) => one.runs.map((run) => run.points));
  const steps = points.flatMap(({ x }) => x);
  const title = `${environmentName(runs[0]!)}: ${metricTitle(TEST_RETURN).toLowerCase()}`;
  return withLegend(
    {
      ...{ id: 'figure', title, theme: PAPER, references: levels, ...FIGURE },
      x: {
        label: alongText('step'),
        range: logX ? rangeAround(steps, true) : [0, Math.max(...steps)],
        log: logX,
      },
      y: {
        label: metricTitle(TEST_RETURN),
        range: rangeAround([...points.flatMap(({ y }) => y), ...levels.map(({ value }) => value)]),
      },
      series: drawn.map((one) => seriesOf(one, true)),
    },
    drawn.map(({ color, group, runs: own }) => {
      const count = own.length > 1 ? ` (${own.length} seeds)` : '';
      return { color, dashes: dashesOf(group.variant), label: labelOf(group) + count };
    }),
  );
}

/** What a legend says of a curve. */
export interface LegendEntry {
  readonly color: string;
  readonly dashes: string | undefined;
  readonly label: string;
}

/** A chart below its legend, as an SVG that stands alone. */
export function withLegend(chart: Chart, entries: readonly LegendEntry[]): string {
  const { width, height, theme } = chart;
  const top = MARGIN + LEGEND_LINE * entries.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height + top}" viewBox="0 0 ${width} ${height + top}" font-family="system-ui, sans-serif" font-size="14">`,
    `<rect width="${width}" height="${height + top}" rx="8" fill="${theme.background}"/>`,
    ...entries.map((entry, k) => legendLine(entry, MARGIN + LEGEND_LINE * k, theme)),
    `<g transform="translate(0 ${top})">`,
    chartSvg(chart),
    '</g>',
    '</svg>\n',
  ].join('\n');
}

function legendLine({ color, dashes, label }: LegendEntry, top: number, { text }: Theme): string {
  return (
    `<path d="M${MARGIN} ${top + 8}h24" stroke="${color}" stroke-width="3"${dashes === undefined ? '' : ` stroke-dasharray="${dashes}"`}/>` +
    `<text x="${MARGIN + 34}" y="${top + 13}" fill="${text}">${escaped(label)}</text>`
  );
}

export function alongText(along: Along): string {
  return along === 'step' ? 'environment steps' : 'seconds of training';
}

/** A group's curve with its band, and its runs as thin lines if `showRuns`. */
export function seriesOf({ group, color, runs, curve }: Drawn, showRuns: boolean): Series {
  const dashes = dashesOf(group.variant);
  const { x, mean, low, high } = curve;
  const several = runs.length > 1;
  return {
    color,
    ...(several && { band: { x, low, high } }),
    lines: [
      ...(several && showRuns ? runs.map(({ points }) => ({ ...points, width: 1, opacity: 0.4 })) : []),
      // A single run is drawn with all its points.
      ...(several ? [{ x, y: mean, width: 2.5 }] : runs.map(({ points }) => ({ ...points, width: 2.5 }))).map(
        (line) => ({ ...line, ...(dashes !== undefined && { dashes }) }),
      ),
    ],
  };
}
