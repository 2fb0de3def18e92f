/** Progress on standard error: a bar on a terminal; otherwise an occasional line while training, none while evaluating. */
import { humanCount, humanDuration } from '../core/units.ts';
import type { Progress } from '../train/callbacks.ts';
import { Bar, canDraw, GAP, type Figures } from './bar.ts';

/** Progress of a run. */
export interface ProgressView {
  update(progress: Progress): void;
  /** Takes the mean return of an evaluation. */
  evaluated(mean: number): void;
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
  return canDraw(stream) ? barView(new Bar(stream)) : plainView(stream);
}

/** Counts up to `total` episodes. */
export function episodeView(total: number, stream: NodeJS.WriteStream = process.stderr): EpisodeView {
  if (!canDraw(stream)) return { ...plainView(stream), update: ignore };
  const bar = new Bar(stream);
  const started = performance.now();
  return {
    update(episodes) {
      const rate = (1000 * episodes) / (performance.now() - started);
      bar.draw(episodes, total, {
        main: [...timeLeft(total - episodes, rate), ...speed(rate, 'episodes/s')],
        extra: [`episode ${humanCount(episodes)}/${humanCount(total)}`],
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
  // Replaced rather than changed: the bar draws its figures again by itself.
  let curve: readonly number[] = [];
  return {
    update(progress) {
      const { main, extra } = figures(progress, curve.at(-1));
      bar.draw(progress.step, progress.steps, { main, curve, extra: [...extra, stepOf(progress)] });
    },
    evaluated(mean) {
      curve = [...curve, mean];
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
  let evaluation: number | undefined;
  const print = (line: string): void => {
    stream.write(`${line}\n`);
  };
  return {
    update(progress) {
      if (progress.wallS < next || progress.updates === 0) return;
      next = progress.wallS + PLAIN_INTERVAL;
      const { main, extra } = figures(progress, evaluation);
      print([stepOf(progress), ...main, ...extra].join(GAP));
    },
    evaluated(mean) {
      evaluation = mean;
    },
    note: print,
    say: print,
    stop: ignore,
  };
}

function stepOf({ step, steps }: Progress): string {
  return `step ${humanCount(step)}/${humanCount(steps)}`;
}

/** What is known of a run. `evaluation`: mean return of the last one. */
function figures(progress: Progress, evaluation: number | undefined): Figures {
  const { step, steps, stepsPerSecond, trainReturn, lossActor, lossCritic } = progress;
  const number = (label: string, value: number | undefined, digits: number): string[] =>
    value === undefined ? [] : [`${label} ${value.toFixed(digits)}`];
  const training = number('training', trainReturn, 2);
  return {
    main: [
      ...timeLeft(steps - step, stepsPerSecond),
      ...speed(stepsPerSecond, 'steps/s'),
      ...(evaluation === undefined ? training : number('return', evaluation, 2)),
    ],
    extra: [
      ...(evaluation === undefined ? [] : training),
      ...number('loss_actor', lossActor, 3),
      ...number('loss_critic', lossCritic, 3),
    ],
  };
}

function timeLeft(count: number, perSecond: number): string[] {
  return perSecond > 0 ? [`${humanDuration(Math.ceil(count / perSecond))} left`] : [];
}

function speed(perSecond: number, unit: string): string[] {
  if (perSecond <= 0) return [];
  return [`${perSecond < 10 ? perSecond.toFixed(1) : humanCount(perSecond)} ${unit}`];
}
