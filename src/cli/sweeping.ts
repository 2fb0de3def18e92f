/** The work of `maddpg sweep plan` and `maddpg sweep run`. */
import { availableParallelism } from 'node:os';
import * as path from 'node:path';
import { stringify } from 'yaml';
import { FaultList } from '../config/errors.ts';
import { readSets } from '../config/override.ts';
import { packagedSweeps, readConfigText, resolveConfigPath } from '../config/source.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { counted } from '../core/units.ts';
import { UserError } from '../core/user-error.ts';
import { prefixed } from '../core/within.ts';
import { defaultRunName } from '../run/run-name.ts';
import { estimateSweep, estimateText, speedOf } from '../sweep/estimate.ts';
import { planSweep } from '../sweep/plan.ts';
import { runSweep } from '../sweep/run.ts';
import type { Share } from '../sweep/schedule.ts';
import { openSweep, writeSweep } from '../sweep/sweep-dir.ts';
import { readSweep } from '../sweep/sweep-file.ts';
import type { Keys } from '../sweep/trial.ts';
import { WorkerPool } from '../sweep/worker-pool.ts';
import { onSignals } from './signals.ts';
import { tellEnd, WORKER } from './sweep-end.ts';
import { sweepView } from './sweep-view.ts';

export interface SweepRunOptions {
  readonly workers?: number;
  readonly index?: number;
  readonly of?: number;
  readonly retryFailed?: boolean;
}

/** Plans the sweep of a file into `dir`, and says what it takes. */
export async function plan(name: string, dir: string | undefined): Promise<void> {
  const file = resolveConfigPath(name, process.cwd(), packagedSweeps());
  const text = readConfigText(file);
  const sweep = readSweep(text, name);
  const planned = await planSweep(sweep, path.dirname(file)).catch((error: unknown) => {
    throw prefixed(name, error);
  });
  const folder = dir ?? path.join('runs', path.parse(file).name);
  writeSweep(folder, text, planned);
  const { settings } = planned;
  const speed = await speedOf(settings);
  const estimate = estimateSweep(sweep, [...settings.values()], speed);
  process.stdout.write(
    `${[`${folder}:`, ...estimateText(estimate, speed, availableParallelism())].join('\n  ')}\n\n` +
      `next:\n  npx maddpg sweep run ${shellQuote(folder)}\n`,
  );
}

interface SeedsOptions {
  readonly config?: readonly string[];
  readonly set?: readonly string[];
  readonly name?: string;
  readonly modelDir?: string;
  readonly [other: string]: unknown;
}

/** `maddpg train --seeds N`: a sweep of one setting, planned and run. */
export async function trainSeeds(
  seeds: number,
  { config, set = [], name, modelDir, ...others }: SeedsOptions,
): Promise<void> {
  for (const [flag, value] of Object.entries(others))
    if (value !== undefined && value !== false)
      throw new UserError(
        `--seeds: expected it without --${flag.replace(/[A-Z]/g, (x) => `-${x.toLowerCase()}`)}, got both; leave one out`,
      );
  if (config === undefined)
    throw new UserError('--config: expected a file or the name of a packaged configuration, got nothing');
  const text = stringify({ config: [config], set: keysIn(set), seeds });
  const planned = await planSweep(readSweep(text, '--seeds'), process.cwd());
  const [setting] = planned.settings.values();
  const own = name ?? defaultRunName(setting!).replace(/-seed\d+$/, `-seeds${seeds}`);
  const folder = path.join(modelDir ?? setting!.model_dir, own);
  writeSweep(folder, text, planned, '--name');
  process.stderr.write(`training ${counted(seeds, 'seed')} in ${folder}\n`);
  await run(folder, {});
}

/** The arguments of --set as keys of a sweep. Throws UserError as `maddpg train` does. */
function keysIn(sets: readonly string[]): Keys {
  const faults = new FaultList();
  const given = readSets(sets, faults);
  faults.throwIfAny();
  return Object.fromEntries(given.map(({ name, below, value }) => [[name, ...below].join('.'), value]));
}

export async function run(dir: string, options: SweepRunOptions): Promise<void> {
  const sweep = openSweep(dir);
  const pool = new WorkerPool(WORKER);
  const controller = new AbortController();
  const view = sweepView();
  const release = onSignals({
    interrupt: () => {
      view.say('saving checkpoints; press Ctrl-C again to quit immediately');
      controller.abort();
    },
    terminate: (then) => {
      pool.close();
      then();
    },
  });
  try {
    const outcome = await runSweep(sweep, pool, {
      ...view,
      ...{ workers: options.workers ?? availableParallelism(), share: shareOf(options) },
      ...{ retry: options.retryFailed === true, signal: controller.signal },
    });
    view.stop();
    const folder = shellQuote(dir);
    tellEnd(outcome, `npx maddpg sweep run ${folder}`, {
      ifInterrupted: 'continue with',
      next: [`npx maddpg sweep table ${folder}`, `npx maddpg report ${folder}`],
    });
  } finally {
    release();
    pool.close();
  }
}

function shareOf({ index, of }: SweepRunOptions): Share {
  if (index === undefined && of === undefined) return { index: 0, of: 1 };
  if (index === undefined || of === undefined)
    throw new UserError(`--index and --of: expected both, got only one; see npx maddpg sweep run --help`);
  if (index >= of) throw new UserError(`--index: expected a whole number below --of (${of}), got ${index}`);
  return { index, of };
}
