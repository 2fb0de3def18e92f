/** The work of `maddpg report`: reads the runs, writes the files asked for, or serves the page until interrupted. */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { oneLine } from '../core/one-line.ts';
import { UserError } from '../core/user-error.ts';
import { addBaselines } from '../report/baselines.ts';
import { csvOf, jsonOf, marlEvalOf } from '../report/exports.ts';
import { pack } from '../report/packing.ts';
import { reportPage } from '../report/page.ts';
import { readRuns, stampOf } from '../report/read-runs.ts';
import type { Baseline, ReportData } from '../report/run.ts';
import { LIVE_SCRIPT, watch } from '../report/watch.ts';

export interface ReportOptions {
  readonly out: string;
  readonly open?: boolean;
  readonly watch?: boolean;
  readonly csv?: string;
  readonly json?: string;
  readonly marlEval?: string;
}

/** Baselines by environment; null where there are none. They are played once. */
type Known = Map<string, Baseline | null>;

export async function report(paths: readonly string[], options: ReportOptions): Promise<void> {
  const known: Known = new Map();
  const data = await dataOf(paths, known, new Set());
  const exports = [
    { flag: '--csv', file: options.csv, content: csvOf },
    { flag: '--json', file: options.json, content: jsonOf },
    { flag: '--marl-eval', file: options.marlEval, content: marlEvalOf },
  ];
  for (const { flag, file, content } of exports) if (file !== undefined) write(flag, file, content(data));
  if (options.watch) {
    await serve(paths, known, options.open === true);
    return;
  }
  write('--out', options.out, reportPage(data));
  if (options.open) openInBrowser(pathToFileURL(resolve(options.out)).href);
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

async function serve(paths: readonly string[], known: Known, open: boolean): Promise<void> {
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
      page: async () => reportPage(await data(), LIVE_SCRIPT),
      news: async () => pack(await data()),
    },
    0,
    onError,
  );
  const interrupted = new Promise((end) => process.once('SIGINT', end));
  process.stdout.write(`${watching.url}\n`);
  process.stderr.write('updates while runs go on; Ctrl-C ends it\n');
  if (open) openInBrowser(watching.url);
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

/** The system's own way to open an address. */
function openInBrowser(url: string): void {
  const [command, ...args]: readonly [string, ...string[]] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', url]
        : ['xdg-open', url];
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', ({ message }) => {
    process.stderr.write(`--open: expected a browser, got ${message}; open ${url} yourself\n`);
  });
  child.unref();
}
