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

export function progressView(quiet: boolean): ProgressView {
  if (quiet) return { update: ignore, note: ignore, stop: ignore };
  return process.stderr.isTTY ? new BarView() : new PlainView();
}

function ignore(): void {
  // --quiet
}

class BarView implements ProgressView {
  readonly #bar = new SingleBar({
    format: '{bar} {percentage}% | step {value}/{total} | {figures} | {left} left',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    etaBuffer: 50,
    forceRedraw: true,
  });
  #started = false;

  update(progress: Progress): void {
    const payload = { figures: figures(progress), left: duration(secondsLeft(progress)) };
    if (!this.#started) this.#bar.start(progress.steps, progress.step, payload);
    else this.#bar.update(progress.step, payload);
    this.#started = true;
  }

  note(line: string): void {
    process.stderr.write(`\r\u001b[K${line}\n`);
  }

  stop(): void {
    this.#bar.stop();
    // cli-progress leaves its last line below the cursor.
    if (this.#started) process.stderr.write('\r\u001b[J');
  }
}

class PlainView implements ProgressView {
  #next = 0;

  update(progress: Progress): void {
    if (progress.wallS < this.#next || progress.updates === 0) return;
    this.#next = progress.wallS + PLAIN_INTERVAL;
    const left = duration(secondsLeft(progress));
    this.note(`step ${progress.step}/${progress.steps} | ${figures(progress)} | ${left} left`);
  }

  note(line: string): void {
    process.stderr.write(`${line}\n`);
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
