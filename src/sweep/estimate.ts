/** What a sweep will take, before it starts: trials, steps, time and disk. Time and disk are estimates, and said to be. */
import { measureSetting, type SettingSpeed } from '../bench/setting.ts';
import type { Config } from '../config/keys.ts';
import { pow } from '../core/math.ts';
import { counted, humanBytes, humanCount, humanDuration } from '../core/units.ts';
import { mpeEnvironments } from '../envs/mpe/open.ts';
import { checkpointBytes } from '../train/memory.ts';
import type { Sweep } from './trial.ts';

/** Seconds of a measured training. */
const MEASURED_S = 1;
/** Seconds that a trial takes to start, to warm up and to save, whatever it trains. */
const START_S = 1;
/** Bytes, measured on small runs: text files of a checkpoint, text files of a run, metrics per evaluation. */
const CHECKPOINT_TEXT = 20_000;
const RUN_TEXT = 20_000;
const EVALUATION = 30_000;

export interface Estimate {
  readonly settings: number;
  /** At most, of the search and of the confirmation. */
  readonly trials: number;
  readonly confirming: number;
  /** Of all trials; with halving, only what the promoted groups train. */
  readonly steps: number;
  /** Of one worker for all trials; null where no speed was measured. */
  readonly seconds: number | null;
  /** Bytes of an average trial once it is finished, and while it trains; null where environments are the user's own. */
  readonly finished: number | null;
  readonly unfinished: number | null;
  /** Trials that halving stops, whose replay buffers stay. */
  readonly stopped: number;
}

/**
 * Estimates a sweep from its settings, the configuration of each group.
 * `speed`: that of one of them, which counts for all; undefined: unknown.
 */
export function estimateSweep(
  { seeds, halving, confirm }: Pick<Sweep, 'seeds' | 'halving' | 'confirm'>,
  settings: readonly Config[],
  speed: SettingSpeed | undefined,
): Estimate {
  const count = settings.length;
  const searching = count * seeds.length;
  const confirming = confirm ? Math.min(confirm.top, count) * confirm.seeds.length : 0;
  const rungs = halving?.steps ?? [];
  /** Share of the groups that trains beyond the rung-th pause. */
  const share = (rung: number): number =>
    rung === 0 ? 1 : Math.max(1, Math.floor(count * pow(halving!.keep, rung))) / count;
  const search = settings.map((config) => {
    const ends = [0, ...rungs, config.running_steps];
    return ends.slice(1).reduce((sum, end, rung) => sum + share(rung) * (end - ends[rung]!), 0);
  });
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / count;
  const whole = settings.map(({ running_steps }) => running_steps);
  const total = (perTrial: (config: Config, steps: number) => number): number =>
    searching * mean(settings.map((config, k) => perTrial(config, search[k]!))) +
    confirming * mean(settings.map((config, k) => perTrial(config, whole[k]!)));
  const sizes = settings.map(sizeOf);
  const known = sizes.filter((size) => size !== undefined);
  return {
    ...{ settings: count, trials: searching + confirming, confirming },
    steps: Math.round(total((_, steps) => steps)),
    seconds: speed ? total((config, steps) => secondsOf(config, steps, speed)) : null,
    finished: known.length < count ? null : mean(known.map(({ finished }) => finished)),
    unfinished: known.length < count ? null : mean(known.map(({ unfinished }) => unfinished)),
    stopped: Math.round((1 - share(rungs.length)) * searching),
  };
}

function secondsOf(
  { eval_interval, test_episode }: Config,
  steps: number,
  { steps_per_second, episode_s }: SettingSpeed,
): number {
  return (
    START_S + steps / steps_per_second + (Math.floor(steps / eval_interval) + 1) * test_episode * episode_s
  );
}

/** Bytes of a run; undefined for environments that only the user's own code knows. */
function sizeOf(config: Config): { readonly finished: number; readonly unfinished: number } | undefined {
  if (config.env_name !== 'mpe') return undefined;
  const { running_steps, save_interval, eval_interval, keep_checkpoints, keep_replay, save_replay } = config;
  const { networks, replay } = checkpointBytes(config, mpeEnvironments(config).make(1).spec);
  const evaluations = Math.floor(running_steps / eval_interval) + 1;
  // Any evaluation may be the best so far, which saves.
  const saves = Math.floor(running_steps / save_interval) + evaluations;
  const kept = Math.min(saves, keep_checkpoints === 0 ? saves : keep_checkpoints + 1);
  const replays = Math.min(kept, keep_replay === 0 ? kept : keep_replay) * replay;
  const without = kept * (networks + CHECKPOINT_TEXT) + RUN_TEXT + evaluations * EVALUATION;
  return {
    finished: without + (save_replay === 'always' ? replays : 0),
    // While a checkpoint is written, there is one more.
    unfinished: without + replays + networks + replay,
  };
}

/** The speed of the first setting on this machine; undefined if its environment is the user's own. */
export async function speedOf(settings: ReadonlyMap<string, Config>): Promise<SettingSpeed | undefined> {
  const [config] = settings.values();
  return config?.env_name === 'mpe' ? await measureSetting(config, MEASURED_S) : undefined;
}

/** Lines for people; `workers` trials train at a time. */
export function estimateText(estimate: Estimate, speed: SettingSpeed | undefined, workers: number): string[] {
  const { settings, trials, confirming, steps, seconds, finished, unfinished, stopped } = estimate;
  const side = Math.min(workers, trials);
  const time =
    seconds === null || speed === undefined
      ? 'time: unknown, as only particle environments are measured'
      : `time: about ${humanDuration(seconds / side)} with ${counted(side, 'worker')}, if every trial trains as fast as the first setting ` +
        `did for a second (${humanCount(speed.steps_per_second)} steps/s)`;
  const open = Math.max(side, stopped);
  const disk =
    finished === null || unfinished === null
      ? 'disk: unknown, as only particle environments have known sizes'
      : `disk: at most about ${humanBytes(Math.round((trials - open) * finished + open * unfinished))}: ` +
        `${humanBytes(Math.round(finished))} for a finished trial, ${humanBytes(Math.round(unfinished))} for ` +
        (stopped > 0 ? 'one that trains or that halving stopped' : 'one that trains');
  const upTo = confirming > 0 ? `, ${humanCount(confirming)} of them to confirm` : '';
  return [
    `${counted(settings, 'setting')}, ${counted(trials, 'trial')}${upTo}, ${stopped > 0 ? 'about ' : ''}` +
      `${counted(steps, 'step')} in all`,
    time,
    disk,
  ];
}
