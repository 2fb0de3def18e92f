/** Training progress on standard error: a progress bar on a terminal, otherwise occasional plain lines. */
import { SingleBar } from 'cli-progress';
import type { Progress } from '../train/callbacks.ts';

export interface ProgressView {
  update(progress: Progress): void;
  /** Prints a line above the bar. */
  note(line: string): void;
  stop(): void;
}

/** Seconds between plain lines. */
const PLAIN_INTERVAL = 10;

export function progressView(quiet: boolean, stream: NodeJS.WriteStream = process.stderr): ProgressView {
  if (quiet) return { update: ignore, note: ignore, stop: ignore };
  return stream.isTTY ? new BarView(stream) : new PlainView(stream);
}

function ignore(): void {
  // --quiet
}

class BarView implements ProgressView {
  readonly #stream: NodeJS.WriteStream;
  readonly #bar: SingleBar;
  #started = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#bar = new SingleBar({
      format: '{bar} {percentage}% | step {value}/{total} | {figures} | {left} left',
      stream,
      hideCursor: true,
      clearOnComplete: true,
      etaBuffer: 50,
      forceRedraw: true,
    });
  }

  update(progress: Progress): void {
    const payload = { figures: figures(progress), left: duration(secondsLeft(progress)) };
    if (!this.#started) this.#bar.start(progress.steps, progress.step, payload);
    else this.#bar.update(progress.step, payload);
    this.#started = true;
  }

  note(line: string): void {
    this.#stream.write(`\r\u001b[K${line}\n`);
  }

  stop(): void {
    // The bar's stop() moves the cursor to its saved position, that of the first bar, above all notes: save this one.
    if (this.#started) this.#stream.write('\u001b7');
    this.#bar.stop();
  }
}

class PlainView implements ProgressView {
  readonly #stream: NodeJS.WriteStream;
  #next = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  update(progress: Progress): void {
    if (progress.wallS < this.#next || progress.updates === 0) return;
    this.#next = progress.wallS + PLAIN_INTERVAL;
    const left = duration(secondsLeft(progress));
    this.note(`step ${progress.step}/${progress.steps} | ${figures(progress)} | ${left} left`);
  }

  note(line: string): void {
    this.#stream.write(`${line}\n`);
  }

  stop(): void {
    // Nothing is open.
  }
}

function figures(progress: Progress): string {
  const number = (label: string, value: number | undefined, digits: number): string[] =>
    value === undefined ? [] : [`${label} ${value.toFixed(digits)}`];
  return [
    ...number('return', progress.trainReturn, 2),
    ...number('greedy', progress.testReturn, 2),
    ...number('loss_actor', progress.lossActor, 3),
    ...number('loss_critic', progress.lossCritic, 3),
    `${Math.round(progress.stepsPerSecond).toLocaleString('en')} steps/s`,
  ].join(' | ');
}

function secondsLeft({ step, steps, stepsPerSecond }: Progress): number {
  return (steps - step) / stepsPerSecond;
}

/** 75 -> 1m15s */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (h > 0) return `${h}h${String(m).padStart(2, '0')}m`;
  return m > 0 ? `${m}m${String(s).padStart(2, '0')}s` : `${s}s`;
}
