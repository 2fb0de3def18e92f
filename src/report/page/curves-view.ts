/** The large chart: curves of the chosen metric, its legend and its numbers. */
import { duration, precise, rangeAround, short } from '../axis.ts';
import { colorOf, dashesOf, type Chart } from '../chart.ts';
import { groupCurve, pointsOf, valueAt, type Points } from '../curves.ts';
import { alongText, seriesOf, type Drawn } from '../figure.ts';
import { html, type Html } from '../html.ts';
import { metricTitle } from '../metric-names.ts';
import { normalised } from '../scores.ts';
import type { ChartContent, Readout } from './interactive-chart.ts';
import { isReturn, whoText, type View } from './state.ts';
import { PAGE } from './theme.ts';

/** Pixels from a run's line within which the pointer means it. */
const NEAR = 14;

/** The groups of the view with a curve of `key`; `most` points each. */
export function drawnGroups(view: View, key: string, most?: number): Drawn[] {
  const { state, groups } = view;
  return groups.flatMap((group) => {
    if (state.hidden.has(group.variant)) return [];
    const runs = group.runs
      .map((run) => ({
        name: run.name,
        points: scaled(pointsOf(run, key, state.along, state.smoothing), view),
      }))
      .filter(({ points }) => points.x.length > 0);
    if (runs.length === 0) return [];
    const curve = groupCurve(
      runs.map(({ points }) => points),
      most,
    );
    return [{ group, color: colorOf(PAGE, group.variant), runs, curve }];
  });
}

function scaled({ x, y }: Points, { scale, state }: View): Points {
  return scale && isReturn(state.base) ? { x, y: y.map((value) => normalised(value, scale)) } : { x, y };
}

/** Whether all values that would be drawn are positive. */
export function allPositive(drawn: readonly Drawn[]): boolean {
  return drawn.every(({ runs }) => runs.every(({ points }) => points.y.every((y) => y > 0)));
}

export function mainChart(view: View, drawn: readonly Drawn[]): ChartContent {
  const { state } = view;
  const references = referencesOf(view);
  const xs = drawn.flatMap(({ runs }) => runs.flatMap(({ points }) => points.x));
  const logX = state.logX && xs.some((x) => x > 0);
  const logY = state.logY && allPositive(drawn);
  const all: [number, number] = logX
    ? rangeAround(xs, true)
    : [Math.min(0, ...ends(xs)), Math.max(...ends(xs), 0)];
  const range = state.zoom ?? (all[0] === all[1] ? [all[0], all[0] + 1] : all);
  const ys = function* (): Iterable<number> {
    if (!state.zoom) for (const { value } of references) yield value;
    for (const { runs, curve } of drawn) {
      for (const k of within(curve.x, range)) yield* [curve.low[k]!, curve.high[k]!];
      if (!state.showRuns && runs.length > 1) continue;
      for (const { points } of runs) for (const k of within(points.x, range)) yield points.y[k]!;
    }
  };
  const title = metricTitle(state.base);
  const unit = view.scale && isReturn(state.base) ? `${title}, normalised` : title;
  return {
    chart: {
      id: 'main',
      title: `${unit} (${whoText(state.who)}): ${drawn.map(({ group }) => group.label).join('; ')}`,
      x: { label: alongText(state.along), range, log: logX },
      y: { label: unit, range: rangeAround(ys(), logY), log: logY },
      series: drawn.map((one) => seriesOf(one, state.showRuns)),
      references,
      theme: PAGE,
    },
    stops: [...new Set(drawn.flatMap(({ curve }) => curve.x))].sort((a, b) => a - b),
    readout: (x, y, layout) =>
      readout(drawn, x, state, (value) => Math.abs(layout.y.toPixel(value) - layout.y.toPixel(y)) < NEAR),
  };
}

/** A chart of a metric for an overview. */
export function smallChart(view: View, base: string, drawn: readonly Drawn[], id: string): ChartContent {
  const xs = drawn.flatMap(({ curve }) => curve.x);
  const ys = drawn.flatMap(({ curve }) => [...curve.low, ...curve.high]);
  return {
    chart: {
      id,
      title: `${metricTitle(base)} (${alongText(view.state.along)})`,
      x: { label: '', range: [Math.min(0, ...ends(xs)), Math.max(...ends(xs), 1)] },
      y: { label: '', range: rangeAround(ys) },
      series: drawn.map((one) => seriesOf(one, false)),
      theme: PAGE,
    },
    stops: [...new Set(xs)].sort((a, b) => a - b),
    readout: (x) => readout(drawn, x, view.state, () => false),
  };
}

function referencesOf({ state, baseline, scale }: View): NonNullable<Chart['references']> {
  if (!isReturn(state.base) || !baseline) return [];
  const named = [
    { text: 'random policy', value: baseline.random[state.who] },
    { text: 'scripted controller', value: baseline.scripted?.[state.who] },
  ];
  return named.flatMap(({ text, value }) =>
    value === undefined ? [] : [{ text, value: scale ? normalised(value, scale) : value }],
  );
}

function readout(
  drawn: readonly Drawn[],
  x: number,
  { along, showRuns }: { readonly along: string; readonly showRuns: boolean },
  isNear: (y: number) => boolean,
): Readout {
  const rows = drawn.flatMap(({ group, color, curve, runs }) => {
    const at = (y: readonly number[]): number | undefined => valueAt({ x: curve.x, y }, x);
    const [mean, low, high] = [at(curve.mean), at(curve.low), at(curve.high)];
    if (mean === undefined) return [];
    const interval = runs.length > 1 ? ` [${precise(low!)}, ${precise(high!)}]` : '';
    return [{ color, label: group.label, text: precise(mean) + interval, y: mean }];
  });
  const near = drawn
    .filter(({ runs }) => showRuns && runs.length > 1)
    .flatMap(({ color, runs }) => runs.map((run) => ({ color, label: run.name, y: valueAt(run.points, x) })))
    .flatMap(({ color, label, y }) =>
      y !== undefined && isNear(y) ? [{ color, label, text: precise(y) }] : [],
    )
    .slice(0, 4);
  const sorted = rows.sort((a, b) => b.y - a.y);
  return {
    title: along === 'step' ? `step ${x.toLocaleString('en')}` : duration(x),
    rows: [...sorted, ...near],
    dots: sorted,
  };
}

export function legend({ state, groups }: View): Html {
  return html`${groups.map(
    ({ label, variant, runs }) =>
      html`<button
        type="button"
        data-variant="${variant}"
        aria-pressed="${String(!state.hidden.has(variant))}"
      >
        <svg width="26" height="10" aria-hidden="true">
          <path
            d="M1 5H25"
            stroke="var(--c${variant % 8})"
            stroke-width="3"
            stroke-linecap="round"
            stroke-dasharray="${dashesOf(variant) ?? 'none'}"
          />
        </svg>
        <span>${label}</span> <small>${runs.length === 1 ? '1 run' : `${runs.length} runs`}</small>
      </button>`,
  )}`;
}

/** The numbers of the chart: the interquartile mean and interval of groups, and every run at the same places. */
export function numbersTable({ state }: View, drawn: readonly Drawn[]): Html {
  const places = [...new Set(drawn.flatMap(({ curve }) => curve.x))].sort((a, b) => a - b);
  const cell = (value: number | undefined): Html =>
    html`<td>${value === undefined ? '' : precise(value)}</td>`;
  const columns = drawn.flatMap(({ group, runs, curve }) => {
    const own = runs.map(({ name, points }) => ({ name, points }));
    if (runs.length === 1) return own;
    const of = (name: string, y: readonly number[]): { name: string; points: Points } => ({
      name,
      points: { x: curve.x, y },
    });
    return [of(`${group.label}: IQM`, curve.mean), of('low', curve.low), of('high', curve.high), ...own];
  });
  return html`<table>
    <thead>
      <tr>
        <th scope="col">${state.along === 'step' ? 'step' : 'seconds'}</th>
        ${columns.map(({ name }) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${places.map(
        (x) =>
          html`<tr>
            <th scope="row">${state.along === 'step' ? String(x) : short(x)}</th>
            ${columns.map(({ points }) => cell(valueAt(points, x)))}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function* within(xs: readonly number[], [from, to]: readonly [number, number]): Iterable<number> {
  for (let k = 0; k < xs.length; k++) if (xs[k]! >= from && xs[k]! <= to) yield k;
}

/** Least and most, without spreading a long array over arguments. */
function ends(numbers: readonly number[]): [number, number] | [] {
  if (numbers.length === 0) return [];
  return [numbers.reduce((a, b) => Math.min(a, b)), numbers.reduce((a, b) => Math.max(a, b))];
}
