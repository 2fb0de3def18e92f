/** The curve of evaluations, with what the random and the scripted policy return. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { chartSvg, type Series, type Theme } from '../../src/browser.ts';
import type { Studio } from '../studio.ts';
import { short, whole } from '../words.ts';
import { baselineOf, evaluationsOf, linesOf, returnOf } from './returns.ts';

/** Colours from the style sheet: they follow the theme. */
const THEME: Theme = {
  text: 'var(--text)',
  muted: 'var(--muted)',
  grid: 'var(--grid)',
  background: 'var(--panel)',
  series: ['var(--c0)', 'var(--c1)', 'var(--c2)', 'var(--c3)'],
};

export function Curve({ studio }: { studio: Studio }) {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const watching = new ResizeObserver(([entry]) => {
      setWidth(Math.round(entry!.contentRect.width));
    });
    watching.observe(ref.current!);
    return () => {
      watching.disconnect();
    };
  }, []);
  const lines = linesOf(studio);
  const last = evaluationsOf(studio).at(-1);
  return (
    <figure class="curve">
      <figcaption>
        {lines.map((team, k) => (
          <span key={team}>
            <i class="swatch" style={{ background: THEME.series[k] }} />
            {team === '' ? 'Return in tests' : `Team ${team}`} <b>{short(last && returnOf(last, team))}</b>
          </span>
        ))}
      </figcaption>
      <div
        ref={ref}
        class="plot"
        dangerouslySetInnerHTML={{ __html: width > 0 ? svgOf(studio, width) : '' }}
      />
    </figure>
  );
}

function svgOf(studio: Studio, width: number): string {
  const { baselines, config } = studio;
  const lines = linesOf(studio);
  const evaluations = evaluationsOf(studio);
  const x = evaluations.map(({ step }) => step);
  const series = lines.map((team, k): Series => {
    const y = evaluations.map((record) => returnOf(record, team)!);
    return { color: THEME.series[k]!, lines: [{ x, y, width: 2.25 }] };
  });
  const train = trainingReturns(studio, lines);
  const references = baselines
    ? lines.flatMap((team) => [
        { value: baselineOf(baselines.random, team), text: named('random', team) },
        ...(baselines.scripted
          ? [{ value: baselineOf(baselines.scripted, team), text: named('written by hand', team) }]
          : []),
      ])
    : [];
  const values = [...series.flatMap(({ lines: [line] }) => line!.y), ...references.map(({ value }) => value)];
  const [least, most] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [-1, 0];
  const room = 0.08 * Math.max(most - least, 1);
  return chartSvg({
    id: 'curve',
    title: `Return of the tests over ${whole(config.running_steps)} steps of training; the last one: ${short(values[x.length - 1])}`,
    width,
    height: Math.round(Math.max(190, Math.min(300, width * 0.5))),
    x: { label: '', range: [0, config.running_steps] },
    y: { label: '', range: [least - room, most + room] },
    series: [...train, ...series],
    references,
    theme: THEME,
  });
}

function named(what: string, team: string): string {
  return team === '' ? what : `${team}: ${what}`;
}

/** Faint lines of the training episodes, exploration included. */
function trainingReturns({ training }: Studio, teams: readonly string[]): Series[] {
  return teams.map((team, k) => {
    const key = team === '' ? 'train/episode_return' : `train/team_return/${team}`;
    const found = training.records.filter((record) => record[key] !== undefined);
    return {
      color: THEME.series[k]!,
      lines: [
        {
          x: found.map(({ step }) => step),
          y: found.map((record) => record[key]!),
          width: 1.25,
          opacity: 0.4,
        },
      ],
    };
  });
}
