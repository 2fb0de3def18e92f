/** Where groups are compared: performance profile and probability of improvement, over environments where possible. */
import { precise, rangeAround } from '../axis.ts';
import { colorOf, dashesOf } from '../chart.ts';
import { environmentName } from '../groups.ts';
import { html, type Html } from '../html.ts';
import { measuredOf, metricKey, TEST_RETURN } from '../metric-names.ts';
import { improvements, profiles, scaleOf, scoresOf, type Contestant } from '../scores.ts';
import { bootstrapInterval, interquartileMean, optimalityGap } from '../stats.ts';
import { valueAt } from '../curves.ts';
import { intervalBar, spanOf } from './interval-bar.ts';
import type { ChartContent } from './interactive-chart.ts';
import { whoText, type View } from './state.ts';
import { PAGE } from './theme.ts';

const REPLICATES = 5000;
/** The bands of more contestants hide each other. */
const FEW = 4;

/** What is compared, and in words where and of whom. */
export interface Comparison {
  readonly contestants: readonly Contestant[];
  readonly environments: number;
  readonly unit: string;
  readonly isNormalised: boolean;
}

/**
 * All environments together where every one has a scale, as returns of different environments have none in common;
 * otherwise the chosen one.
 */
export function comparisonOf(view: View): Comparison {
  const { data, allGroups, groups, state, scoreKey, scale } = view;
  const environments = [...new Set(allGroups.map(({ environment }) => environment))];
  const scales = environments.map((environment) => scaleOf(data.baselines[environment], ''));
  if (environments.length > 1 && scales.every((one) => one !== undefined)) {
    const variants = [...new Map(allGroups.map((group) => [group.variant, group.label]))];
    const contestants = variants.flatMap(([variant, label]): Contestant[] => {
      const scores = environments.map((environment, task) => {
        const runs =
          allGroups.find((g) => g.environment === environment && g.variant === variant)?.runs ?? [];
        const key = metricKey(runs, { base: TEST_RETURN, who: '' });
        return key === undefined ? [] : scoresOf(runs, key, scales[task]);
      });
      return scores.every((task) => task.length > 0) ? [{ label, variant, scores }] : [];
    });
    if (contestants.length > 1)
      return {
        contestants,
        environments: environments.length,
        isNormalised: true,
        unit: `${environments.length} environments, normalised test return`,
      };
  }
  const contestants = groups.flatMap(({ label, variant, runs }): Contestant[] => {
    const scores = scoreKey === undefined ? [] : scoresOf(runs, scoreKey, scale);
    return scores.length === 0 ? [] : [{ label, variant, scores: [scores] }];
  });
  const of = measuredOf(view.runs, TEST_RETURN).length > 1 ? `, ${whoText(state.who)}` : '';
  return {
    contestants,
    environments: 1,
    isNormalised: scale !== undefined,
    unit: `${environmentName(view.runs[0]!)}, ${scale ? 'normalised ' : ''}test return${of}`,
  };
}

export function profileChart({ contestants, isNormalised }: Comparison): ChartContent {
  const { thresholds, curves } = profiles(contestants);
  const label = isNormalised ? 'normalised test return τ' : 'test return τ';
  return {
    chart: {
      id: 'profile',
      title: `Performance profile: share of runs above each return. ${contestants.map((one) => one.label).join('; ')}`,
      x: { label, range: [thresholds[0]!, thresholds.at(-1)!] },
      y: { label: 'share of runs above τ', range: rangeAround([0, 1]) },
      series: curves.map(({ contestant: { variant }, shares, intervals }) => {
        const dashes = dashesOf(variant);
        return {
          color: colorOf(PAGE, variant),
          ...(contestants.length <= FEW && {
            band: {
              x: thresholds,
              low: intervals.map(([low]) => low),
              high: intervals.map(([, high]) => high),
            },
          }),
          lines: [{ x: thresholds, y: shares, width: 2.5, ...(dashes !== undefined && { dashes }) }],
        };
      }),
      theme: PAGE,
    },
    stops: thresholds,
    readout: (x) => {
      const rows = curves.map(({ contestant, shares }) => {
        const y = valueAt({ x: thresholds, y: shares }, x)!;
        return {
          color: colorOf(PAGE, contestant.variant),
          label: contestant.label,
          text: `${(100 * y).toFixed(0)} %`,
          y,
        };
      });
      return { title: `above ${precise(x)}`, rows, dots: rows };
    },
  };
}

/** P(better) of one contestant against all others. */
export function improvementTable({ contestants }: Comparison, chosen: number): Html {
  const x = contestants.find(({ variant }) => variant === chosen) ?? contestants[0]!;
  const rows = improvements(
    x,
    contestants.filter((one) => one !== x),
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Probability of improvement">
    <table>
      <thead>
        <tr>
          <th scope="col">Group</th>
          <th scope="col" class="number">P</th>
          <th scope="col" class="number">95 % interval</th>
          <th scope="col"><span class="unseen">Drawn from 0 to 1</span></th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ y, probability, interval }) =>
            html`<tr>
              <th scope="row">
                <i class="swatch" style="background:var(--c${y.variant % 8})"></i>${y.label}
              </th>
              <td><b>${probability.toFixed(3)}</b></td>
              <td>${interval[0].toFixed(2)} to ${interval[1].toFixed(2)}</td>
              <td>
                ${intervalBar({ at: probability, interval, mark: 0.5, color: `var(--c${x.variant % 8})` }, [0, 1])}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Aggregate scores over several environments. */
export function aggregateTable({ contestants, environments }: Comparison): Html {
  if (environments === 1) return html``;
  const rows = contestants.map((one) => ({
    ...one,
    iqm: interquartileMean(one.scores),
    interval: bootstrapInterval(one.scores, interquartileMean, { replicates: REPLICATES }),
    gap: optimalityGap(one.scores),
  }));
  const span = spanOf([0, 1, ...rows.flatMap(({ interval }) => interval)]);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Scores over environments">
    <table>
      <thead>
        <tr>
          <th scope="col">Group</th>
          <th scope="col" class="number">IQM</th>
          <th scope="col" class="number">95 % interval</th>
          <th scope="col"><span class="unseen">Drawn</span></th>
          <th scope="col" class="number">Gap to 1</th>
        </tr>
      </thead>
      <tbody>
        ${rows
          .sort((a, b) => b.iqm - a.iqm)
          .map(
            ({ label, variant, iqm, interval, gap }) =>
              html`<tr>
                <th scope="row"><i class="swatch" style="background:var(--c${variant % 8})"></i>${label}</th>
                <td><b>${precise(iqm)}</b></td>
                <td>${precise(interval[0])} to ${precise(interval[1])}</td>
                <td>${intervalBar({ at: iqm, interval, color: `var(--c${variant % 8})` }, span)}</td>
                <td>${precise(gap)}</td>
              </tr>`,
          )}
      </tbody>
    </table>
  </div>`;
}
