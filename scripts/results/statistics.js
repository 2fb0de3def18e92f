// What the raw results say: measures, each with a row per setting.
import { meanOf } from '../../dist/evaluate/returns.js';
import { interquartileMean } from '../../dist/report/stats.js';
import { normalised, statisticsOf } from '../../dist/report/scores.js';
import { readCross, readRaw } from './raw.js';
import { STUDIES, taskOf } from './tasks.js';

/** Settings in the order of rows, with what the page calls them. */
export const SETTINGS = {
  random: 'random',
  noop: 'no-op',
  scripted: 'scripted',
  MADDPG: 'MADDPG',
  MATD3: 'MATD3',
  IDDPG: 'IDDPG',
  ISAC: 'ISAC',
  MASAC: 'MASAC',
  ensemble: 'ensemble of 3',
  untuned: 'untuned recipe',
  documented: 'documented update',
  xuance: 'XuanCe’s settings',
};
/** Of them, those that are trained. */
export const TRAINED = Object.keys(SETTINGS).slice(3);

/**
 * @typedef {object} Row
 * @property {string} setting
 * @property {readonly number[]} scores return of each run
 * @property {import('../../dist/report/scores.js').Statistics} statistics over the runs
 * @property {import('../../dist/report/scores.js').Scale} scale of normalised scores
 * @property {number} score of the mean return, 0 random, 1 scripted
 */

/**
 * What a task measures: its return, or, between opponents, the return of a side against scripted opponents.
 * @typedef {object} Measure
 * @property {string} task
 * @property {string} [side]
 * @property {readonly Row[]} rows
 */

/** @param {string} task @returns {Measure[]} none without results */
export function measuresOf(task) {
  const cross = readCross(task);
  if (taskOf(task).opposed)
    return (cross?.sides ?? []).map(({ side, players, returns }) => {
      const scripted = players.findIndex(({ setting }) => setting === 'scripted');
      return { task, side, rows: rowsOf(players.map(({ setting }, k) => [setting, returns[k][scripted]])) };
    });
  const lines = readRaw(task).filter(({ part }) => !STUDIES.includes(part) && part !== 'time');
  return lines.length === 0
    ? []
    : [{ task, rows: rowsOf(lines.map(({ setting, mean }) => [setting, mean])) }];
}

/** @param {readonly (readonly [setting: string, score: number])[]} scored @returns {Row[]} */
function rowsOf(scored) {
  const of = (setting) => scored.filter(([name]) => name === setting).map(([, score]) => score);
  const scale = { random: of('random')[0], scripted: of('scripted')[0] };
  return Object.keys(SETTINGS).flatMap((setting) => {
    const scores = of(setting);
    if (scores.length === 0) return [];
    const statistics = statisticsOf(scores);
    return [{ setting, scores, statistics, scale, score: normalised(statistics.mean, scale) }];
  });
}

/**
 * MADDPG, then the other settings that every measure has, as a report compares them; none while a measure lacks MADDPG.
 * @param {readonly Measure[]} measures
 */
export function contestantsOf(measures) {
  const rowOf = ({ rows }, setting) => rows.find((row) => row.setting === setting);
  const common = TRAINED.filter((setting) => measures.every((measure) => rowOf(measure, setting)));
  if (measures.length === 0 || common[0] !== 'MADDPG') return [];
  return common.map((setting) => ({
    label: SETTINGS[setting],
    variant: TRAINED.indexOf(setting),
    scores: measures.map((measure) => {
      const { scores, scale } = rowOf(measure, setting);
      return scores.map((score) => normalised(score, scale));
    }),
  }));
}

/** Returns of each player of a setting on a side against each of another, [player][opponent]. */
function returnsAgainst({ players, returns }, setting, opponent) {
  const of = (name) => [...players.keys()].filter((k) => players[k].setting === name);
  return of(setting).map((own) => of(opponent).map((other) => returns[own][other]));
}

/** Interquartile mean of a side's players of a setting against those of another. */
export function against(side, setting, opponent) {
  return interquartileMean(returnsAgainst(side, setting, opponent));
}

/** A row per variant of a study. @param {string} task @param {string} part */
export function variantsOf(task, part) {
  const lines = readRaw(task).filter((line) => line.part === part);
  const sides = Object.keys(lines[0]?.against ?? {});
  return [...new Set(lines.map(({ setting }) => setting))].flatMap((label) => {
    const runs = lines.filter(({ setting }) => setting === label);
    const row = { label, steps: runs[0].steps, seconds: runs.map(({ seconds }) => seconds) };
    if (sides.length === 0) return [{ ...row, scores: runs.map(({ mean }) => mean) }];
    return sides.map((side) => ({ ...row, side, scores: runs.map(({ against: by }) => by[side].scripted) }));
  });
}

/**
 * A row per change of an ablation, our settings as they are first: scores and seconds of each run; between opponents by side,
 * with the mean return against ours.
 * @param {string} task
 */
export function ablationsOf(task) {
  const changed = readRaw(task).filter(({ part }) => part === 'ablation');
  if (changed.length === 0) return [];
  const base = readRaw(task).filter(({ part }) => part === 'ours');
  const labels = [...new Set(changed.map(({ setting }) => setting))];
  const rows = [
    { label: 'none', runs: base },
    ...labels.map((label) => ({ label, runs: changed.filter(({ setting }) => setting === label) })),
  ];
  const seconds = (runs) => runs.map((run) => run.seconds);
  const cross = readCross(task);
  if (!cross)
    return [
      {
        rows: rows.map(({ label, runs }) => ({
          label,
          scores: runs.map(({ mean }) => mean),
          seconds: seconds(runs),
        })),
      },
    ];
  const { agent } = taskOf(task);
  return cross.sides.map((one) => {
    const earned = (opponent) => returnsAgainst(one, agent, opponent).map(meanOf);
    return {
      side: one.side,
      rows: rows.map(({ label, runs }) => {
        const of = (opponent) => runs.map(({ against: by }) => by[one.side][opponent]);
        const [scores, ours] =
          label === 'none' ? [earned('scripted'), earned(agent)] : [of('scripted'), of('ours')];
        return { label, scores, ours, seconds: seconds(runs) };
      }),
    };
  });
}
