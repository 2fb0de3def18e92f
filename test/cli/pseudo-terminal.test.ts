/**
 * A training on a pseudo-terminal, which `script` of util-linux makes, and what a terminal emulator shows of it at every
 * moment.
 */
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { Terminal } from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import { BIN, FAILING, temporaryFolder, TINY } from './run-cli.ts';

/** Long enough for the bar to be drawn between evaluations. */
const LONGER = [
  '--set=engine=wasm',
  '--set=running_steps=3000',
  '--set=eval_interval=500',
  '--set=save_interval=3000',
];

const ROWS = 40;

function hasScript(): boolean {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false; // not installed, or another system's
  }
}

/** All that `maddpg <args>` writes to a terminal of that width. */
async function onTerminal(
  columns: number,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const inherited = Object.entries(process.env).filter(([name]) => name !== 'NO_COLOR');
  const command = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(' ');
  const { stdout } = await promisify(execFile)(
    'script',
    ['-qec', `stty cols ${columns} rows ${ROWS} && exec ${command}`, '/dev/null'],
    {
      cwd: temporaryFolder(),
      env: {
        ...Object.fromEntries(inherited),
        TERM: 'xterm-256color',
        LC_ALL: 'C.UTF-8',
        SHELL: '/bin/sh',
        ...environment,
      },
    },
  );
  return stdout;
}

/** Lines of the screen, those that the terminal wrapped joined again. */
function linesOf(terminal: Terminal): string[] {
  const lines: string[] = [];
  const { active } = terminal.buffer;
  for (let y = 0; y < active.length; y++) {
    const row = active.getLine(y)!;
    const text = row.translateToString(true);
    lines.push(row.isWrapped ? `${lines.pop()!}${text}` : text);
  }
  return lines.join('\n').trimEnd().split('\n');
}

/** Clears what is right of a bar: the last that cli-progress writes of each. */
const DRAWN = '\u001b[0K';

/** The screen whenever a bar has been drawn, and at the end. */
async function screens(output: string, columns: number): Promise<{ moments: string[][]; end: string[] }> {
  const terminal = new Terminal({ cols: columns, rows: ROWS, allowProposedApi: true });
  const shown = (piece: string): Promise<string[]> =>
    new Promise((resolve) => {
      terminal.write(piece, () => {
        resolve(linesOf(terminal));
      });
    });
  const pieces = output.split(DRAWN);
  const moments: string[][] = [];
  for (const piece of pieces.slice(0, -1)) moments.push(await shown(`${piece}${DRAWN}`));
  const end = await shown(pieces.at(-1)!);
  terminal.dispose();
  return { moments, end };
}

const NUMBER = String.raw`-?\d+\.\d+`;
const EVALUATION = new RegExp(`^step [\\d,]+: return ${NUMBER} over 2 greedy episodes( \\(best\\))?$`);
const BAR = new RegExp(
  `^[━─]* *\\d+%(  [\\d. dhmins]+ left  [\\d.,]+ steps/s)?(  return ${NUMBER} [▁-█]+)?(  training ${NUMBER})?` +
    `(  loss_actor ${NUMBER})?(  loss_critic ${NUMBER})?(  step [\\d,]+/3,000)?$`,
);

describe.runIf(hasScript())('on a pseudo-terminal (needs script of util-linux)', () => {
  it.concurrent('a training keeps its advice above the bar, in whole lines', async () => {
    const output = await onTerminal(120, ['train', ...FAILING, '--name=run']);
    const { end } = await screens(output, 120);
    const advice = end.findIndex((line) => line.startsWith('warning: '));
    expect(end[advice - 1]).toMatch(/^step 1000: return -23\.66 over 2 greedy episodes/);
    expect(end[advice]).toMatch(/^warning: step 1000: Q is .* raise tau or learning_rate_critic$/);
  });

  it.concurrent.each([60, 80, 120, 200])(
    'of %d columns a training shows a bar that fits below whole lines, then the summary alone',
    async (columns) => {
      const output = await onTerminal(columns, ['train', ...TINY, ...LONGER, '--name=run']);
      const { moments, end } = await screens(output, columns);
      const lines = end.slice(0, end.indexOf('next:'));
      expect(lines.slice(0, 2)).toEqual(['training in runs/run', 'engine wasm, 1 thread']);
      expect(lines.slice(2, 8).map((line) => EVALUATION.test(line))).toEqual(Array(6).fill(true));
      expect(lines.slice(8).map((line) => line.slice(0, 9))).toEqual(
        ['return', 'best', 'steps', 'updates', 'run', ''].map((label) => label && label.padEnd(9)),
      );
      expect(end.slice(-2)).toEqual(['  npx maddpg report runs/run', '  tensorboard --logdir runs']);

      const bars = moments.map((moment) => moment.at(-1)!).filter((bar) => bar !== '');
      expect(bars.length).toBeGreaterThan(3);
      for (const bar of bars) {
        expect(bar).toMatch(BAR);
        expect(bar.length).toBeLessThan(columns);
      }
      expect(bars.some((bar) => /return .* [▁-█]{2,}/.test(bar))).toBe(true);
      // Whatever was printed stays.
      for (const moment of moments) expect(lines.slice(0, moment.length - 1)).toEqual(moment.slice(0, -1));
    },
  );

  it.concurrent.each([
    ['NO_COLOR', { NO_COLOR: '1' }],
    ['TERM=dumb', { TERM: 'dumb' }],
  ])('with %s there are plain lines only', async (_, environment) => {
    const output = await onTerminal(80, ['train', ...TINY, '--name=run'], environment);
    expect(output).not.toContain('\u001b');
    expect(output.split('\r\n')).toContain('training in runs/run');
  });
});
