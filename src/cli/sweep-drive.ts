/** `maddpg sweep drive`: connects sweep/drive.ts to standard input and output and to training runs. */
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { loadConfig } from '../config/load.ts';
import { packagedSweeps, readConfigText, resolveConfigPath } from '../config/source.ts';
import { UserError } from '../core/user-error.ts';
import { checkWithoutCode } from '../run/train.ts';
import { drive, type Answer } from '../sweep/drive.ts';
import { configFile, setsOf } from '../sweep/plan.ts';
import { readSweep } from '../sweep/sweep-file.ts';
import { trainInProcesses } from '../sweep/training-process.ts';
import type { Keys, Sweep } from '../sweep/trial.ts';
import { onSignals } from './signals.ts';

export async function driveSweep(
  name: string,
  { dir, workers }: { readonly dir: string; readonly workers?: number },
): Promise<void> {
  const { configs, set, seeds, objective } = settingIn(
    resolveConfigPath(name, process.cwd(), packagedSweeps()),
  );
  const interruption = new AbortController();
  const lines = createInterface({ input: process.stdin });
  const release = onSignals({
    interrupt: () => {
      interruption.abort();
      lines.close();
      process.exitCode = 130;
    },
    terminate: (then) => {
      then();
    },
  });
  try {
    await drive(lines, print, {
      ...{ seeds, at: objective.at, workers: workers ?? seeds.length, signal: interruption.signal },
      check: async (keys) => {
        await checkWithoutCode(loadConfig({ file: configs, sets: setsOf({ ...set, ...keys }) }));
      },
      train: trainInProcesses({
        ...{ program: process.argv[1]!, configs, set, metric: objective.metric },
        folder: path.join(dir, 'trials'),
      }),
    });
  } finally {
    release();
    process.stdin.destroy();
  }
}

/** JSON has no infinity: as in metrics.jsonl, a text that float() of Python takes. */
function print(answer: Answer): void {
  const text = JSON.stringify(answer, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
  process.stdout.write(`${text}\n`);
}

interface DrivenSetting extends Pick<Sweep, 'seeds' | 'objective'> {
  readonly configs: readonly string[];
  readonly set: Keys;
}

/** The one setting of a sweep file, which a driver varies. */
function settingIn(file: string): DrivenSetting {
  const { seeds, objective, ...sweep } = readSweep(readConfigText(file), file);
  const [configs = [], ...otherConfigs] = sweep.configs;
  const [scenario, ...otherScenarios] = sweep.scenarios;
  const [algorithm, ...otherAlgorithms] = sweep.algorithms;
  const several = {
    ...{ config: otherConfigs.length > 0, scenarios: otherScenarios.length > 0 },
    ...{ algorithms: otherAlgorithms.length > 0, variants: Object.keys(sweep.variants).length > 0 },
    grid: Object.keys(sweep.grid).length > 0,
    ...{ samples: sweep.samples !== null, halving: sweep.halving !== null, confirm: sweep.confirm !== null },
  };
  for (const [key, varies] of Object.entries(several))
    if (varies)
      throw new UserError(
        `${file}: ${key}: expected one setting, which the driver varies, got several; leave it out for sweep drive`,
      );
  return {
    ...{ seeds, objective },
    configs: configs.map((name) => configFile(name, path.dirname(file))),
    set: {
      threads: 1, // the fastest where runs train side by side
      ...(scenario !== undefined && { env_id: scenario }),
      ...(algorithm !== undefined && { agent: algorithm }),
      ...sweep.set,
    },
  };
}
