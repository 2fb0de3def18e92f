/** Progress of a sweep on standard error: on a terminal a line per running trial and a bar; otherwise a line per trial. */
import { humanCount, humanDuration } from '../core/units.ts';
import type { SweepListeners } from '../sweep/run.ts';
import type { Trial } from '../sweep/trial.ts';
import type { WorkerProgress } from '../sweep/worker-pool.ts';
import { barLine, canDraw, GAP } from './bar.ts';
import { hasBlocks } from './sparkline.ts';

/** Milliseconds between drawings. */
const DRAW_MS = 100;

interface Running extends WorkerProgress {
  readonly mean: number | undefined;
}

export interface SweepView extends Required<SweepListeners> {
  /** Prints a line above the rest. */
  say(line: string): void;
  stop(): void;
}

export function sweepView(stream: NodeJS.WriteStream = process.stderr): SweepView {
  const running = new Map<string, Running>();
  const draws = canDraw(stream);
  const started = performance.now();
  let [done, trials, ended] = [0, 0, 0];
  let [lines, next] = [0, 0];

  const total = (): string => {
    const speed = [...running.values()].reduce((sum, { stepsPerSecond }) => sum + stepsPerSecond, 0);
    const perTrial = ended === 0 ? 0 : (performance.now() - started) / 1000 / ended;
    const under = [...running.values()].reduce((sum, { step, steps }) => sum + step / (steps || 1), 0);
    const left =
      perTrial === 0 ? [] : [`${humanDuration(Math.ceil(perTrial * (trials - done - under)))} left`];
    return barLine(
      trials === 0 ? 0 : (done + under) / trials,
      {
        main: [`${done} of ${trials} trials`, ...left],
        extra: speed > 0 ? [`${humanCount(speed)} steps/s`] : [],
      },
      stream.columns,
      hasBlocks(),
    );
  };
  const line = ([name, { step, steps, mean }]: [string, Running]): string => {
    const share = `${Math.floor((100 * step) / (steps || 1))}%`.padStart(4);
    const text = mean === undefined ? '' : `${GAP}return ${mean.toFixed(2)}`;
    return `${share}${GAP}${name}${text}`.slice(0, stream.columns - 1);
  };
  const clear = (): void => {
    if (lines > 0) stream.write(`\u001b[${lines}A\u001b[J`);
    lines = 0;
  };
  const draw = (now = performance.now()): void => {
    if (!draws || now < next) return;
    next = now + DRAW_MS;
    clear();
    const block = [...[...running].map(line), total()];
    stream.write(block.map((text) => `${text}\n`).join(''));
    lines = block.length;
  };
  const say = (text: string): void => {
    clear();
    stream.write(`${text}\n`);
    next = 0;
    draw();
  };
  const change = ({ name }: Trial, news: Partial<Running>): void => {
    const before = running.get(name);
    if (before) running.set(name, { ...before, ...news });
    draw();
  };
  return {
    onCount: (over, all) => {
      [done, trials] = [over, all];
      next = 0;
      draw();
    },
    onStart: ({ name }) => {
      running.set(name, { step: 0, steps: 0, stepsPerSecond: 0, mean: undefined });
      draw();
    },
    onProgress: (trial, progress) => {
      change(trial, progress);
    },
    onEvaluation: (trial, { mean }) => {
      change(trial, { mean });
    },
    onEnd: ({ name }, over, problem) => {
      const mean = running.get(name)?.mean;
      running.delete(name);
      if (over) ended += 1;
      if (problem !== undefined) say(`${name}: ${problem}`);
      else if (over) say(`${name}${mean === undefined ? '' : `: return ${mean.toFixed(2)}`}`);
    },
    onWarning: ({ name }, text) => {
      say(`warning: ${name}: ${text}`);
    },
    say,
    stop: clear,
  };
}
