/** A figure: the test returns of one environment's runs with a legend, as an SVG that stands alone. */
import { UserError } from '../core/user-error.ts';
import { rangeAround } from './axis.ts';
import { chartSvg, colorOf, dashesOf, PAPER, type Reference, type Series } from './chart.ts';
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

const [WIDTH, HEIGHT] = [760, 360];
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
  const chart = chartSvg({
    ...{ id: 'figure', title, width: WIDTH, height: HEIGHT, theme: PAPER, references: levels },
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
  });
  const legend = drawn.map((one, k) => legendLine(one, labelOf(one.group), MARGIN + LEGEND_LINE * k));
  const top = MARGIN + LEGEND_LINE * drawn.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT + top}" viewBox="0 0 ${WIDTH} ${HEIGHT + top}" font-family="system-ui, sans-serif" font-size="14">`,
    `<rect width="${WIDTH}" height="${HEIGHT + top}" rx="8" fill="${PAPER.background}"/>`,
    ...legend,
    `<g transform="translate(0 ${top})">`,
    chart,
    '</g>',
    '</svg>\n',
  ].join('\n');
}

function legendLine({ color, group, runs }: Drawn, label: string, top: number): string {
  const dashes = dashesOf(group.variant);
  const count = runs.length > 1 ? ` (${runs.length} seeds)` : '';
  return (
    `<path d="M${MARGIN} ${top + 8}h24" stroke="${color}" stroke-width="3"${dashes === undefined ? '' : ` stroke-dasharray="${dashes}"`}/>` +
    `<text x="${MARGIN + 34}" y="${top + 13}" fill="${PAPER.text}">${escaped(label + count)}</text>`
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
