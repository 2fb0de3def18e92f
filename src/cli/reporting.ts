/** The work of `maddpg report`: reads the runs, writes the files asked for, or serves the page until interrupted. */
import { oneLine } from '../core/one-line.ts';
import { requireDistinct, writeOutput } from '../core/output-file.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { UserError } from '../core/user-error.ts';
import { findCheckpoint } from '../checkpoint/load.ts';
import { requireEnding } from '../player/files.ts';
import { lastEpisode } from '../player/last-episode.ts';
import { playerParts } from '../player/page.ts';
import { addBaselines } from '../report/baselines.ts';
import { csvOf, jsonOf, marlEvalOf } from '../report/exports.ts';
import { figureSvg } from '../report/figure.ts';
import { repeatedSeeds } from '../report/groups.ts';
import { reportPage } from '../report/page.ts';
import type { Players, RunPlayer } from '../report/players.ts';
import { readRuns, stampOf } from '../report/read-runs.ts';
import type { Baseline, ReportData } from '../report/run.ts';
import { LIVE_SCRIPT, newsOf, watch } from '../report/watch.ts';
import { loadPolicy } from '../run/load-policy.ts';
import { withTrials } from '../sweep/sweep-dir.ts';
import { openFile } from './open-file.ts';

export interface ReportOptions {
  /** Default report.html. */
  readonly out?: string;
  readonly open?: boolean;
  readonly watch?: boolean;
  readonly players: boolean;
  readonly csv?: string;
  readonly json?: string;
  readonly svg?: string;
  readonly marlEval?: string;
}

/** Baselines by environment; null where there are none. They are played once. */
type Known = Map<string, Baseline | null>;
/** Players by checkpoint, each recorded once. */
type Films = Map<string, string>;

export async function report(given: readonly string[], options: ReportOptions): Promise<void> {
  const paths = withTrials(given);
  const known: Known = new Map();
  const films: Films = new Map();
  const { watch: isWatched = false, out, csv, json, svg, marlEval } = options;
  if (isWatched && out !== undefined)
    throw new UserError('report: expected one of --watch and --out, got both; leave one out');
  const file = out ?? 'report.html';
  requireEnding('--out', file, ['.html']);
  requireDistinct({
    ...{ '--csv': csv, '--json': json, '--svg': svg, '--marl-eval': marlEval },
    '--out': isWatched ? undefined : file,
  });
  const reading = { known, warned: new Set<string>(), mayBeNone: isWatched };
  const data = await dataOf(paths, reading);
  const exports = [
    { flag: '--csv', file: csv, content: csvOf },
    { flag: '--json', file: json, content: jsonOf },
    { flag: '--svg', file: svg, content: figureSvg },
    { flag: '--marl-eval', file: marlEval, content: marlEvalOf },
  ];
  for (const one of exports) if (one.file !== undefined) write(one.flag, one.file, one.content(data));
  if (isWatched) {
    await serve(paths, { reading, films, options });
    return;
  }
  write('--out', file, reportPage(data, { players: await playersOf(data, films, options) }));
  if (options.open) await openFile(file);
}

interface Reading {
  readonly known: Known;
  /** Warnings that have been printed. */
  readonly warned: Set<string>;
  /** Whether runs may come later. */
  readonly mayBeNone: boolean;
}

/** The runs as they are now. A warning is printed once. */
async function dataOf(paths: readonly string[], { known, warned, mayBeNone }: Reading): Promise<ReportData> {
  const found = readRuns(paths, { mayBeNone });
  const { runs } = found;
  const warnings = [...found.warnings, ...repeatedSeeds(runs)];
  for (const warning of warnings)
    if (!warned.has(warning)) process.stderr.write(`warning: ${oneLine(warning)}\n`);
  for (const warning of warnings) warned.add(warning);
  await addBaselines(known, runs);
  const baselines = [...known].flatMap(([environment, one]) => (one ? [[environment, one] as const] : []));
  return { runs, baselines: Object.fromEntries(baselines) };
}

/**
 * Players of the particle environments' runs. A report starts no program that a run names: of other environments it says
 * the command that does.
 */
async function playersOf({ runs }: ReportData, films: Films, { players }: ReportOptions): Promise<Players> {
  const { style, script, element } = playerParts();
  const of = new Map<string, RunPlayer>();
  if (!players) return { style: '', script: '', of };
  for (const { path, keys } of runs) {
    if (keys['env_name'] !== 'mpe') {
      of.set(path, { absent: `npx maddpg replay ${shellQuote(path)}` });
      continue;
    }
    try {
      const checkpoint = findCheckpoint(path);
      const film = films.get(checkpoint) ?? element(await lastEpisode(await loadPolicy(checkpoint)));
      films.set(checkpoint, film);
      of.set(path, { element: film });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      of.set(path, { absent: oneLine(error.message) });
    }
  }
  return { style, script, of };
}

async function serve(
  paths: readonly string[],
  { reading, films, options }: { reading: Reading; films: Films; options: ReportOptions },
): Promise<void> {
  const data = (): Promise<ReportData> => dataOf(paths, reading);
  let failed = '';
  const onError = (error: unknown): void => {
    if (!(error instanceof UserError)) throw error;
    // Once, not every second.
    if (error.message !== failed) process.stderr.write(`${error.message}\n`);
    failed = error.message;
  };
  const watching = await watch(
    {
      stamp: () => stampOf(paths),
      page: async () => {
        const now = await data();
        return reportPage(now, { players: await playersOf(now, films, options), live: LIVE_SCRIPT });
      },
      news: async () => {
        const now = await data();
        return newsOf(now, (await playersOf(now, films, options)).of);
      },
    },
    0,
    onError,
  );
  const interrupted = new Promise((end) => process.once('SIGINT', end));
  process.stdout.write(`${watching.url}\n`);
  process.stderr.write('updating live; Ctrl-C to stop\n');
  if (options.open) await openFile(watching.url).catch(onError);
  await interrupted;
  await watching.close();
}

function write(flag: string, file: string, content: string): void {
  writeOutput(flag, file, content);
  process.stdout.write(`${file}\n`);
}
