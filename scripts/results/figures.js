// The figures of the results page, as SVG.
import { rangeAround } from '../../dist/report/axis.js';
import { colorOf, dashesOf, PAPER } from '../../dist/report/chart.js';
import { groupCurve } from '../../dist/report/curves.js';
import { FIGURE, withLegend } from '../../dist/report/figure.js';
import { profiles } from '../../dist/report/scores.js';
import { readRaw } from './raw.js';
import { SETTINGS, TRAINED } from './statistics.js';

/** Normalised score at which curves are cut off: about.md says so. */
const LEAST_SCORE = -0.25;

/** The same colour for a setting in every figure. */
const look = (setting) => {
  const variant = TRAINED.indexOf(setting);
  return { color: colorOf(PAPER, variant), dashes: dashesOf(variant) };
};

/** Curves of a task's settings, each the interquartile mean of its runs with its interval. */
export function curveFigure(task) {
  const lines = readRaw(task);
  const curves = TRAINED.flatMap((setting) => {
    const runs = lines.filter((line) => line.setting === setting && line.curve);
    if (runs.length === 0) return [];
    const curve = groupCurve(runs.map(({ curve: { steps, mean } }) => ({ x: steps, y: mean })));
    return [{ setting, count: runs.length, curve }];
  });
  const references = ['random', 'scripted'].map((setting) => ({
    value: lines.find((line) => line.setting === setting).mean,
    text: SETTINGS[setting],
  }));
  const [random, scripted] = references.map(({ value }) => value);
  // Lower, a bad start would leave no room for the rest.
  const floor = random + LEAST_SCORE * (scripted - random);
  const values = curves.flatMap(({ curve }) => [...curve.low, ...curve.high].map((y) => Math.max(y, floor)));
  return figure({
    id: 'curves',
    title: `${task}: test return along training`,
    x: {
      label: 'environment steps',
      range: rangeAround(
        curves.flatMap(({ curve }) => curve.x),
        true,
      ),
      log: true,
    },
    y: { label: 'test return', range: rangeAround([...values, random, scripted]) },
    references,
    series: curves.map(({ setting, curve }) => seriesOf(setting, curve.x, curve.mean, curve)),
    legend: curves.map(({ setting, count }) => ({
      ...look(setting),
      label: `${SETTINGS[setting]} (${count} seed${count === 1 ? '' : 's'})`,
    })),
  });
}

/** Performance profiles. @param {readonly import('../../dist/report/scores.js').Contestant[]} contestants */
export function profileFigure(contestants) {
  const { thresholds, curves } = profiles(contestants);
  const settings = curves.map(({ contestant }) => TRAINED[contestant.variant]);
  return figure({
    id: 'profile',
    title: 'Performance profile: share of runs above each normalised score',
    x: { label: 'normalised score: 0 random, 1 scripted', range: [thresholds[0], thresholds.at(-1)] },
    y: { label: 'share of runs above', range: [0, 1] },
    series: curves.map(({ shares, intervals }, k) =>
      seriesOf(settings[k], thresholds, shares, {
        low: intervals.map(([low]) => low),
        high: intervals.map(([, high]) => high),
      }),
    ),
    legend: settings.map((setting) => ({ ...look(setting), label: SETTINGS[setting] })),
  });
}

function seriesOf(setting, x, y, { low, high }) {
  const { color, dashes } = look(setting);
  return {
    color,
    band: { x, low, high },
    lines: [{ x, y, width: 2.5, ...(dashes !== undefined && { dashes }) }],
  };
}

function figure({ legend, ...chart }) {
  return withLegend({ theme: PAPER, ...FIGURE, ...chart }, legend);
}
