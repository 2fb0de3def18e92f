/** Returns of evaluations, of the side that a caption speaks of. */
import type { MetricRecord, ReturnSummary } from '../../src/browser.ts';
import type { Studio } from '../studio.ts';
import { short } from '../words.ts';

/** Names of what the curve shows: '' for the mean over all agents, or a team for each side. */
export function linesOf({ stage }: Studio): readonly string[] {
  const { sides } = stage.env;
  return sides && sides.length > 1 ? sides.map((teams) => teams[0]!) : [''];
}

export function returnOf(record: MetricRecord, team: string): number | undefined {
  const name = team === '' ? 'test/episode_return_mean' : `test/team_return_mean/${team}`;
  return record[name];
}

export function baselineOf(summary: ReturnSummary, team: string): number {
  return team === '' ? summary.mean : summary.per_team[team]!.mean;
}

export function evaluationsOf({ training }: Studio): readonly MetricRecord[] {
  return training.records.filter((record) => record['test/episode_return_mean'] !== undefined);
}

export function lastEvaluation({ training }: Studio): MetricRecord | undefined {
  return training.records.findLast((record) => record['test/episode_return_mean'] !== undefined);
}

/** How the last evaluation compares with the baselines, in a sentence. */
export function standingOf(studio: Studio): string {
  const record = lastEvaluation(studio);
  const { baselines } = studio;
  const [team = ''] = linesOf(studio);
  const value = record && returnOf(record, team);
  if (value === undefined || !baselines) return '';
  const random = baselineOf(baselines.random, team);
  const scripted = baselines.scripted && baselineOf(baselines.scripted, team);
  // A team's return depends on its opponents, so it is neither good nor bad by itself.
  if (team !== '') {
    const byHand = scripted === null ? '' : `, with programs written by hand ${short(scripted)}`;
    return `Team ${team} scores ${short(value)} against this run's opponents in the last test. With chance on all sides it is ${short(random)}${byHand}.`;
  }
  const scores = `They score ${short(value)} in the last test`;
  if (value <= random) return `${scores}: no better than chance (${short(random)}), yet.`;
  if (scripted === null) return `${scores}; chance gets ${short(random)}.`;
  if (value >= scripted) return `${scores}: as good as a program written by hand (${short(scripted)}).`;
  const share = Math.round((100 * (value - random)) / (scripted - random));
  return `${scores}: ${share}\u00a0% of the way from chance (${short(random)}) to a program written by hand (${short(scripted)}).`;
}
