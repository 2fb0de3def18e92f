/** Progress on standard error: a bar on a terminal; otherwise now and then a line of a training, none of an evaluation. */
import type { Progress } from '../train/callbacks.ts';
import { Bar, canShowBar, type Figures } from './bar.ts';

/** Progress of a training. */
export interface ProgressView {
  update(progress: Progress): void;
  /** Prints a line of progress, above the bar. */
  note(line: string): void;
  /** Prints any other line, above the bar: not hidden by --quiet. */
  say(line: string): void;
  stop(): void;
}

/** Progress of an evaluation. */
export interface EpisodeView {
  update(episodes: number): void;
  /** Prints a line, above the bar. */
  say(line: string): void;
  stop(): void;
}

/** Seconds between plain lines. */
const PLAIN_INTERVAL = 10;

export function progressView(quiet: boolean, stream: NodeJS.WriteStream = process.stderr): ProgressView {
  if (quiet) return { ...plainView(stream), update: ignore, note: ignore };
  return canShowBar(stream) ? barView(new Bar(stream)) : plainView(stream);
}

/** Counts up to `total` episodes. */
export function episodeView(total: number, stream: NodeJS.WriteStream = process.stderr): EpisodeView {
  if (!canShowBar(stream)) return { ...plainView(stream), update: ignore };
  const bar = new Bar(stream);
  const started = performance.now();
  return {
    update(episodes) {
      const rate = (1000 * episodes) / (performance.now() - started);
      bar.draw(episodes, total, {
        main: [...timeLeft(total - episodes, rate), ...speed(rate, 'episodes/s')],
        extra: [`episode ${episodes}/${total}`],
      });
    },
    say(line) {
      bar.print(line);
    },
    stop() {
      bar.stop();
    },
  };
}

function ignore(): void {
  // Nothing to show.
}

function barView(bar: Bar): ProgressView {
  return {
    update(progress) {
      const { main, extra } = figures(progress);
      bar.draw(progress.step, progress.steps, { main, extra: [...extra, stepOf(progress)] });
    },
    note(line) {
      bar.print(line);
    },
    say(line) {
      bar.print(line);
    },
    stop() {
      bar.stop();
    },
  };
}

function plainView(stream: NodeJS.WriteStream): ProgressView {
  let next = 0;
  const print = (line: string): void => {
    stream.write(`${line}\n`);
  };
  return {
    update(progress) {
      if (progress.wallS < next || progress.updates === 0) return;
      next = progress.wallS + PLAIN_INTERVAL;
      const { main, extra } = figures(progress);
      print([stepOf(progress), ...main, ...extra].join(' | '));
    },
    note: print,
    say: print,
    stop: ignore,
  };
}

function stepOf({ step, steps }: Progress): string {
  return `step ${step}/${steps}`;
}

/** What is known of a training. */
function figures(progress: Progress): Figures {
  const { step, steps, stepsPerSecond } = progress;
  const number = (label: string, value: number | undefined, digits: number): string[] =>
    value === undefined ? [] : [`${label} ${value.toFixed(digits)}`];
  return {
    main: [
      ...timeLeft(steps - step, stepsPerSecond),
      ...speed(stepsPerSecond, 'steps/s'),
      ...number('return', progress.trainReturn, 2),
    ],
    extra: [
      ...number('greedy', progress.testReturn, 2),
      ...number('loss_actor', progress.lossActor, 3),
      ...number('loss_critic', progress.lossCritic, 3),
    ],
  };
}

function timeLeft(count: number, perSecond: number): string[] {
  return perSecond > 0 ? [`${duration(count / perSecond)} left`] : [];
}

function speed(perSecond: number, unit: string): string[] {
  const digits = perSecond < 10 ? 1 : 0;
  return perSecond > 0
    ? [`${perSecond.toLocaleString('en', { maximumFractionDigits: digits })} ${unit}`]
    : [];
}

/** 75 -> 1m15s */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (h > 0) return `${h}h${String(m).padStart(2, '0')}m`;
  return m > 0 ? `${m}m${String(s).padStart(2, '0')}s` : `${s}s`;
}
