/** The work of `maddpg report`: reads the runs, writes the files asked for, or serves the page until interrupted. */
import * as fs from 'node:fs';
import { oneLine } from '../core/one-line.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { UserError } from '../core/user-error.ts';
import { findCheckpoint } from '../checkpoint/load.ts';
import { lastEpisode } from '../player/last-episode.ts';
import { playerParts } from '../player/page.ts';
import { addBaselines } from '../report/baselines.ts';
import { csvOf, jsonOf, marlEvalOf } from '../report/exports.ts';
import { figureSvg } from '../report/figure.ts';
import { reportPage } from '../report/page.ts';
import type { Players, RunPlayer } from '../report/players.ts';
import { readRuns, stampOf } from '../report/read-runs.ts';
import type { Baseline, ReportData } from '../report/run.ts';
import { LIVE_SCRIPT, newsOf, watch } from '../report/watch.ts';
import { loadPolicy } from '../run/load-policy.ts';
import { withTrials } from '../sweep/sweep-dir.ts';
import { openFile } from './open-file.ts';

export interface ReportOptions {
  readonly out: string;
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
  const data = await dataOf(paths, known, new Set());
  const exports = [
    { flag: '--csv', file: options.csv, content: csvOf },
    { flag: '--json', file: options.json, content: jsonOf },
    { flag: '--svg', file: options.svg, content: figureSvg },
    { flag: '--marl-eval', file: options.marlEval, content: marlEvalOf },
  ];
  for (const { flag, file, content } of exports) if (file !== undefined) write(flag, file, content(data));
  if (options.watch) {
    await serve(paths, { known, films, options });
    return;
  }
  write('--out', options.out, reportPage(data, { players: await playersOf(data, films, options) }));
  if (options.open) await openFile(options.out);
}

/** The runs as they are now. A warning is printed once. */
async function dataOf(paths: readonly string[], known: Known, warned: Set<string>): Promise<ReportData> {
  const { runs, warnings } = readRuns(paths);
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
  { known, films, options }: { known: Known; films: Films; options: ReportOptions },
): Promise<void> {
  const warned = new Set<string>();
  const data = (): Promise<ReportData> => dataOf(paths, known, warned);
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
  process.stderr.write('updates while runs go on; Ctrl-C ends it\n');
  if (options.open) await openFile(watching.url).catch(onError);
  await interrupted;
  await watching.close();
}

function write(flag: string, file: string, content: string): void {
  try {
    fs.writeFileSync(file, content);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new UserError(`${flag}: expected a file that can be written, got ${code}: ${file}`, {
      cause: error,
    });
  }
  process.stdout.write(`${file}\n`);
}
