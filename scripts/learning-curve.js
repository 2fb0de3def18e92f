// Plots the test returns of simple_spread runs as an SVG, from their metrics.jsonl:
//
//   node scripts/learning-curve.js runs/a runs/b > docs/learning-curve.svg
//
// One line per run and two references. Deterministic: the same runs give the same bytes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Reference returns; `shift`: offset of the label below the line in pixels. */
const REFERENCES = [
  { value: -25.07, label: 'uniform random actions: −25.07', color: '#59636e', shift: 15 },
  {
    value: -9.62,
    label: 'XuanCe’s published MADDPG after 10,000,000 steps: −9.62',
    color: '#bc4c00',
    shift: 15,
  },
];
const [WIDTH, HEIGHT] = [720, 340];
const FRAME = { left: 56, right: 700, top: 44, bottom: 292 };
const RETURNS = { least: -28, most: -4, ticks: [-24, -18, -12, -6] };
const CURVE = '#0969da';

/** Points [step, return] of a run's evaluations. */
function testReturns(run) {
  return readFileSync(join(run, 'metrics.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter((record) => 'test/episode_return_mean' in record)
    .map((record) => [record.step, record['test/episode_return_mean']]);
}

/** A coordinate, rounded to a tenth of a pixel. */
const position = (share, from, to) => (from + share * (to - from)).toFixed(1);

function draw(curves) {
  const steps = Math.max(...curves.flat().map(([step]) => step));
  const x = (step) => position(step / steps, FRAME.left, FRAME.right);
  const y = (value) =>
    position((RETURNS.most - value) / (RETURNS.most - RETURNS.least), FRAME.top, FRAME.bottom);
  const line = (value, style) => {
    const [left, right] = [FRAME.left, FRAME.right];
    return `<line x1="${left}" x2="${right}" y1="${y(value)}" y2="${y(value)}" ${style}/>`;
  };
  const text = ([left, baseline], content, style) =>
    `<text x="${left}" y="${baseline}" ${style}>${content}</text>`;
  const last = curves.map((curve) => curve.at(-1)[1]);
  const seeds = curves.length === 1 ? 'one seed' : `${curves.length} seeds`;
  const reached = `mpe.yaml, ${seeds}: ${(last.reduce((sum, value) => sum + value, 0) / last.length).toFixed(2)} after ${steps.toLocaleString('en')} steps`;
  const title = 'simple_spread: mean return of 100 greedy episodes';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="#1f2328">`,
    `<title>${title}. ${reached.replaceAll('-', '−')}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" rx="6" fill="#ffffff"/>`,
    text([FRAME.left, 26], title, 'font-size="14" font-weight="600"'),
    ...RETURNS.ticks.flatMap((value) => [
      line(value, 'stroke="#d1d9e0"'),
      text([FRAME.left - 8, Math.round(y(value)) + 4], String(value).replace('-', '−'), 'text-anchor="end"'),
    ]),
    ...[0, 1, 2, 3].map((third) => {
      const step = Math.round((third * steps) / 3);
      const anchor = third === 3 ? 'end' : 'middle';
      return text([x(step), FRAME.bottom + 18], step.toLocaleString('en'), `text-anchor="${anchor}"`);
    }),
    text([(FRAME.left + FRAME.right) / 2, FRAME.bottom + 36], 'environment steps', 'text-anchor="middle"'),
    ...REFERENCES.flatMap(({ value, label, color, shift }) => [
      line(value, `stroke="${color}" stroke-width="1.5" stroke-dasharray="6 4"`),
      text([FRAME.right, Math.round(y(value)) + shift], label, `text-anchor="end" fill="${color}"`),
    ]),
    ...curves.map((curve) => {
      const points = curve.map(([step, value]) => `${x(step)},${y(value)}`).join(' ');
      return `<polyline points="${points}" fill="none" stroke="${CURVE}" stroke-width="2" stroke-linejoin="round"/>`;
    }),
    text(
      [FRAME.right, Math.round(y(Math.max(...last))) - 8],
      reached.replaceAll('-', '−'),
      `text-anchor="end" font-weight="600" fill="${CURVE}"`,
    ),
    '</svg>',
    '',
  ].join('\n');
}

const runs = process.argv.slice(2);
if (runs.length === 0) {
  console.error(
    'learning-curve: expected run directories, got none; node scripts/learning-curve.js runs/spread',
  );
  process.exitCode = 2;
} else {
  process.stdout.write(draw(runs.map(testReturns)));
}
