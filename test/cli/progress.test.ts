/** What terminals of several widths show of a training, and what goes to a pipe. */
import { Terminal } from '@xterm/headless';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { episodeView, progressView, type ProgressView } from '../../src/cli/progress.ts';
import type { Progress } from '../../src/train/callbacks.ts';

const PROGRESS: Progress = {
  step: 13_650,
  steps: 150_000,
  updates: 900,
  wallS: 8,
  stepsPerSecond: 1753.4,
  trainReturn: -26.25,
  testReturn: undefined,
  lossActor: 2.49,
  lossCritic: 0.0654,
};
const LONG = 'step 10005: return -33.09 (adversary 5.00, agent -6.70) over 100 greedy episodes (best)';

/** Milliseconds after which the bar has been drawn again. */
const REDRAWN = 500;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  vi.stubEnv('TERM', 'xterm-256color');
  vi.stubEnv('NO_COLOR', '');
  for (const name of ['LC_ALL', 'LC_CTYPE', 'LANG']) vi.stubEnv(name, 'C.UTF-8');
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

interface Recorder {
  readonly stream: NodeJS.WriteStream;
  /** What was written so far. */
  readonly written: () => string;
}

function recorder(shape: { isTTY?: true; columns?: number }): Recorder {
  let text = '';
  const stream = {
    ...shape,
    write: (chunk: string) => {
      text += chunk;
      return true;
    },
  };
  return { stream: stream as unknown as NodeJS.WriteStream, written: () => text };
}

/** What a terminal of that width shows of `text`, rows of trailing blanks left out. */
async function screen(text: string, columns: number): Promise<string[]> {
  vi.useRealTimers();
  const terminal = new Terminal({ cols: columns, rows: 24, convertEol: true, allowProposedApi: true });
  await new Promise<void>((resolve) => {
    terminal.write(text, resolve);
  });
  const { active } = terminal.buffer;
  const rows = Array.from({ length: 24 }, (_, y) => active.getLine(y)!.translateToString(true));
  terminal.dispose();
  return rows.join('\n').trimEnd().split('\n');
}

/** Rows that a terminal shows after `act`. */
function shown(columns: number, act: (view: ProgressView) => void): Promise<string[]> {
  const { stream, written } = recorder({ isTTY: true, columns });
  act(progressView(false, stream));
  return screen(written(), columns);
}

/** The bar at the bottom, after a note and these evaluations. */
async function barAt(
  columns: number,
  progress: Progress,
  evaluations: readonly number[] = [],
): Promise<string> {
  const rows = await shown(columns, (view) => {
    evaluations.forEach((mean) => {
      view.evaluated(mean);
    });
    view.update(progress);
    view.note('a note');
    vi.advanceTimersByTime(REDRAWN);
  });
  expect(rows.slice(0, -1)).toEqual(['a note']);
  return rows.at(-1)!;
}

describe('the bar of a training', () => {
  it.each(
    ['───   9%  1 min 18 s left', 'another note', ''].flatMap((last) =>
      (['wraps', 'cuts off'] as const).map((how) => [last, how] as const),
    ),
  )('leaves no line behind in front of "%s" on a terminal made smaller that %s lines', async (last, how) => {
    const { stream, written } = recorder({ isTTY: true, columns: 40 });
    const view = progressView(false, stream);
    view.note('a note');
    view.update(PROGRESS);
    vi.advanceTimersByTime(REDRAWN);
    const wide = written();
    Object.assign(stream, { columns: 30 });
    if (last === '') view.stop();
    else if (last === 'another note') view.note(last);
    else vi.advanceTimersByTime(REDRAWN);
    const rest = written().slice(wide.length);
    vi.useRealTimers();
    const terminal = new Terminal({ cols: 40, rows: 24, convertEol: true, allowProposedApi: true });
    const shows = (text: string): Promise<void> =>
      new Promise((resolve) => {
        terminal.write(text, resolve);
      });
    await shows(wide);
    expect(terminal.buffer.active.cursorX).toBe(0);
    terminal.resize(30, 24);
    // This emulator cuts off the cursor's line: what others wrap of it, with the cursor where it was.
    if (how === 'wraps') await shows('\u001b7\nwhat was wrapped\u001b8');
    await shows(rest);
    const { active } = terminal.buffer;
    const rows = Array.from({ length: 24 }, (_, y) => active.getLine(y)!.translateToString(true).trim());
    terminal.dispose();
    expect(rows.filter((row) => row !== '')).toEqual(['a note', last].filter((row) => row !== ''));
  });

  it.each([
    [60, '9%  1 min 18 s left  1,753 steps/s  return -23.05 ▁▅▆▇██'],
    [80, '──────────   9%  1 min 18 s left  1,753 steps/s  return -23.05 ▁▅▆▇██'],
    [
      120,
      '━──────────────   9%  1 min 18 s left  1,753 steps/s  return -23.05 ▁▅▆▇██  training -26.25  ' +
        'loss_actor 2.490',
    ],
    [
      200,
      '━━───────────────────────   9%  1 min 18 s left  1,753 steps/s  return -23.05 ▁▅▆▇██  training -26.25  ' +
        'loss_actor 2.490  loss_critic 0.065  step 13,650/150,000',
    ],
  ])('fits %d columns, most important first', async (columns, bar) => {
    expect(await barAt(columns, PROGRESS, [-33, -28, -26, -24.5, -23.5, -23.05])).toBe(bar);
  });

  it.each([60, 61, 79, 80, 100, 120, 160, 200])(
    'shows share, time left, speed, return and its curve in %d columns, however long',
    async (columns) => {
      const progress = { ...PROGRESS, step: 149_999, steps: 150_000_000 };
      const curve = Array.from({ length: 500 }, (_, i) => i - 1625.25);
      const bar = await barAt(columns, { ...progress, stepsPerSecond: 11_753 }, curve);
      expect(bar.length).toBeLessThan(columns);
      expect(bar).toMatch(/(^| )0% {2}3 h 32 min left {2}11,753 steps\/s {2}return -1126\.25 ▁[▁-█]*█/);
    },
  );

  it('shows the return of training until the first evaluation', async () => {
    expect(await barAt(80, PROGRESS)).toBe(
      '──────────   9%  1 min 18 s left  1,753 steps/s  training -26.25',
    );
  });

  it('leaves out what is not known yet, as at the start of a resumed run', async () => {
    const unknown = { trainReturn: undefined, lossActor: undefined, lossCritic: undefined };
    expect(await barAt(80, { ...PROGRESS, ...unknown, stepsPerSecond: 0 })).toBe(
      '──────────   9%  step 13,650/150,000',
    );
  });

  it('is ASCII without a curve where the terminal has no blocks', async () => {
    vi.stubEnv('TERM', 'linux');
    expect(await barAt(80, PROGRESS, [-33, -23.05])).toBe(
      '----------   9%  1 min 18 s left  1,753 steps/s  return -23.05  training -26.25',
    );
  });

  it.each([
    [30, '───   9%  1 min 18 s left'],
    [6, '9%'],
  ])('is cut at %d columns, rather than wrapped', async (columns, bar) => {
    expect(await barAt(columns, PROGRESS)).toBe(bar);
  });
});

describe('a terminal', () => {
  it.each([60, 80, 120, 200])(
    'of %d columns keeps all notes and the summary in full, and nothing of the bar',
    async (columns) => {
      const { stream, written } = recorder({ isTTY: true, columns });
      const view = progressView(false, stream);
      view.note('training in runs/a');
      for (const step of [0, 500, 1000]) {
        view.update({ ...PROGRESS, step, steps: 1000 });
        vi.advanceTimersByTime(REDRAWN);
        view.note(LONG);
        view.say(`warning: ${LONG}`);
        view.update({ ...PROGRESS, step, steps: 1000 });
        vi.advanceTimersByTime(REDRAWN);
      }
      view.stop();
      stream.write('1,000 steps, 9 updates\n');
      const wrapped = [LONG, `warning: ${LONG}`].flatMap((line) =>
        line.length > columns ? [line.slice(0, columns), line.slice(columns)] : [line],
      );
      expect(await screen(written(), columns)).toEqual([
        'training in runs/a',
        ...[...wrapped, ...wrapped, ...wrapped].map((row) => row.trimEnd()),
        '1,000 steps, 9 updates',
      ]);
    },
  );

  it('keeps its cursor, line wrapping and colours', () => {
    const { stream, written } = recorder({ isTTY: true, columns: 80 });
    const view = progressView(false, stream);
    view.update(PROGRESS);
    view.note(LONG);
    view.stop();
    const codes = written()
      .split('\u001b')
      .slice(1)
      .map((text) => /^(\[[\d;?]*[a-zA-Z]|.)/.exec(text)![0]);
    // The position saved and restored, a column, parts of a line and all below it erased.
    expect([...new Set(codes)].sort()).toEqual(['7', '8', '[0K', '[1G', '[2K', '[J']);
  });

  it('is left alone by a view that stops before its first update', () => {
    const { stream, written } = recorder({ isTTY: true, columns: 80 });
    progressView(false, stream).stop();
    expect(written()).toBe('');
  });
});

describe('plain lines', () => {
  const PLAIN =
    `${LONG}\n` +
    'step 13,650/150,000  1 min 18 s left  1,753 steps/s  return -23.05  training -26.25  loss_actor 2.490  ' +
    'loss_critic 0.065\n' +
    'warning: slow\n';

  function lines(quiet: boolean, shape: { isTTY?: true; columns?: number }): string {
    const { stream, written } = recorder(shape);
    const view = progressView(quiet, stream);
    view.note(LONG);
    view.evaluated(-23.05);
    view.update(PROGRESS);
    view.update(PROGRESS); // less than ten seconds later
    view.say('warning: slow');
    vi.advanceTimersByTime(REDRAWN);
    view.stop();
    return written();
  }

  it('go to a pipe', () => {
    expect(lines(false, {})).toBe(PLAIN);
  });

  it('go to a dumb terminal', () => {
    vi.stubEnv('TERM', 'dumb');
    expect(lines(false, { isTTY: true, columns: 80 })).toBe(PLAIN);
  });

  it('go to a terminal whose user wants NO_COLOR', () => {
    vi.stubEnv('NO_COLOR', '1');
    expect(lines(false, { isTTY: true, columns: 80 })).toBe(PLAIN);
  });

  it('with --quiet are none but what is no progress', () => {
    for (const shape of [{}, { isTTY: true, columns: 80 }] as const)
      expect(lines(true, shape)).toBe('warning: slow\n');
  });

  it('of a resumed run begin without figures that are not known yet', () => {
    const { stream, written } = recorder({});
    const unknown = { trainReturn: undefined, lossActor: undefined, lossCritic: undefined };
    progressView(false, stream).update({ ...PROGRESS, ...unknown, stepsPerSecond: 0 });
    expect(written()).toBe('step 13,650/150,000\n');
  });
});

describe('an evaluation', () => {
  it('shows episodes played on a terminal, and clears the bar', async () => {
    const { stream, written } = recorder({ isTTY: true, columns: 80 });
    const view = episodeView(200_000, stream);
    view.update(0);
    vi.advanceTimersByTime(4000);
    view.update(50_000);
    vi.advanceTimersByTime(REDRAWN);
    const before = written();
    view.stop();
    stream.write('result\n');
    const after = written();
    expect(await screen(before, 80)).toEqual([
      '━━────────  25%  12 s left  12,500 episodes/s  episode 50,000/200,000',
    ]);
    expect(await screen(after, 80)).toEqual(['result']);
  });

  it('shows nothing in a pipe or on a dumb terminal', () => {
    vi.stubEnv('TERM', 'dumb');
    for (const shape of [{}, { isTTY: true, columns: 80 }] as const) {
      const { stream, written } = recorder(shape);
      const view = episodeView(100, stream);
      view.update(50);
      vi.advanceTimersByTime(REDRAWN);
      view.stop();
      expect(written()).toBe('');
    }
  });
});
