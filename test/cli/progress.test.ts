/** What a terminal of 80 columns shows of a training. */
import { Writable } from 'node:stream';
import { Terminal } from '@xterm/headless';
import { expect, it } from 'vitest';
import { progressView } from '../../src/cli/progress.ts';

it('a training leaves its notes and its summary on the terminal, and nothing of the bar', async () => {
  const terminal = new Terminal({ cols: 80, rows: 12, convertEol: true, allowProposedApi: true });
  const output = new Writable({
    write: (text: Buffer, _, done) => {
      terminal.write(text, done);
    },
  });
  const stream = Object.assign(output, { isTTY: true, columns: 80 }) as unknown as NodeJS.WriteStream;
  const view = progressView(false, stream);
  view.note('training in runs/a');
  for (const step of [0, 500, 1000]) {
    const progress = { step, steps: 1000, updates: 9, wallS: step / 100, stepsPerSecond: 100 };
    view.update({
      ...progress,
      ...{ trainReturn: -25.25, testReturn: -24.5, lossActor: 1.5, lossCritic: 0.125 },
    });
    view.note(`step ${step}: return -24.50`);
  }
  view.stop();
  await new Promise<void>((resolve) => {
    stream.write('1,000 steps, 9 updates\n', () => {
      resolve();
    });
  });
  const { active } = terminal.buffer;
  const lines = Array.from({ length: 12 }, (_, y) => active.getLine(y)!.translateToString(true));
  terminal.dispose();
  expect(lines.join('\n').trimEnd().split('\n')).toEqual([
    'training in runs/a',
    'step 0: return -24.50',
    'step 500: return -24.50',
    'step 1000: return -24.50',
    '1,000 steps, 9 updates',
  ]);
});
