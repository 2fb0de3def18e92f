/** `maddpg sweep drive`: what it answers, with trainings that end when the test says so. */
import { describe, expect, it } from 'vitest';
import { nextTurn } from '../../src/core/next-turn.ts';
import { UserError } from '../../src/core/user-error.ts';
import { drive, type Answer, type DriveOptions, type SeedJob } from '../../src/sweep/drive.ts';

interface Training {
  readonly job: SeedJob;
  tell(step: number, value: number): void;
  end(): void;
  fail(error: Error): void;
  readonly aborted: () => boolean;
}

/** Drives with three seeds and three workers, unless told otherwise. A training that is aborted ends by itself. */
class Session {
  readonly answers: Answer[] = [];
  readonly trainings: Training[] = [];
  readonly over: Promise<void>;
  readonly #lines: string[] = [];
  readonly #interruption = new AbortController();
  #wake: () => void = () => undefined;
  #closed = false;

  constructor(options: Partial<DriveOptions> = {}) {
    this.over = drive(this.#input(), (answer) => this.answers.push(answer), {
      ...{ seeds: [1, 2, 3], at: 'last', workers: 3, signal: this.#interruption.signal },
      train: (job, tell, signal) =>
        new Promise((resolve, reject) => {
          signal.addEventListener('abort', () => {
            resolve();
          });
          this.trainings.push({
            job,
            tell: (step, value) => {
              tell({ step, value });
            },
            end: resolve,
            fail: reject,
            aborted: () => signal.aborted,
          });
        }),
      ...options,
    });
  }

  /** Sends lines and waits until they are taken. */
  async send(...lines: readonly unknown[]): Promise<void> {
    this.#lines.push(...lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))));
    this.#wake();
    await nextTurn();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    await nextTurn();
  }

  async interrupt(): Promise<void> {
    this.#interruption.abort();
    await this.close();
  }

  /** All values of a training at steps 10, 20 ..., and its end. */
  async finish(training: number, ...values: readonly number[]): Promise<void> {
    for (const [k, value] of values.entries()) this.trainings[training]!.tell(10 * (k + 1), value);
    this.trainings[training]!.end();
    await nextTurn();
  }

  get jobs(): string[] {
    return this.trainings.map(({ job }) => `${job.id}-s${job.seed}`);
  }

  async *#input(): AsyncGenerator<string> {
    for (;;) {
      while (this.#lines.length > 0) yield this.#lines.shift()!;
      if (this.#closed) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

describe('drive', () => {
  it('trains with every seed, tells the steps that all have reached, and then the score', async () => {
    const session = new Session();
    await session.send({ id: 3, set: { tau: 0.01 } });
    expect(session.trainings.map(({ job }) => job)).toEqual(
      [1, 2, 3].map((seed) => ({ id: 3, seed, set: { tau: 0.01 } })),
    );
    const [a, b, c] = session.trainings as [Training, Training, Training];
    a.tell(10, -9);
    a.tell(20, -6);
    b.tell(10, -8);
    expect(session.answers).toEqual([]);
    c.tell(10, -10);
    expect(session.answers).toEqual([{ id: 3, step: 10, score: -9 }]);
    await session.finish(0);
    b.tell(20, -5);
    await session.finish(1);
    c.tell(20, -7);
    await session.finish(2);
    await session.close();
    await session.over;
    expect(session.answers.slice(1)).toEqual([
      { id: 3, step: 20, score: -6 },
      { id: 3, score: -6, scores: { 1: -6, 2: -5, 3: -7 } },
    ]);
  });

  it('with at: best counts the best value so far, and one that diverged as the worst', async () => {
    const session = new Session({ at: 'best', seeds: [1, 2] });
    await session.send({ id: 'x', set: {} });
    await session.finish(0, -3, -1, -2);
    await session.finish(1, NaN, -5, -4);
    expect(session.answers).toEqual([
      { id: 'x', step: 10, score: -Infinity },
      { id: 'x', step: 20, score: -3 },
      { id: 'x', step: 30, score: -2.5 },
      { id: 'x', score: -2.5, scores: { 1: -1, 2: -4 } },
    ]);
  });

  it('with at: last counts one that has diverged at last as the worst', async () => {
    const session = new Session({ seeds: [1] });
    await session.send({ id: 1, set: {} });
    await session.finish(0, -3, NaN);
    expect(session.answers.slice(1)).toEqual([
      { id: 1, step: 20, score: -Infinity },
      { id: 1, score: -Infinity, scores: { 1: -Infinity } },
    ]);
  });

  it('lets a seed that ends early keep its last value', async () => {
    const session = new Session({ seeds: [1, 2] });
    await session.send({ id: 1, set: {} });
    await session.finish(0, -4);
    await session.finish(1, -8, -6);
    expect(session.answers).toEqual([
      { id: 1, step: 10, score: -6 },
      { id: 1, step: 20, score: -5 },
      { id: 1, score: -5, scores: { 1: -4, 2: -6 } },
    ]);
  });

  it('takes several settings at once and trains them in order, so many trainings at a time', async () => {
    const session = new Session({ workers: 4 });
    await session.send({ id: 1, set: {} }, { id: 2, set: {} });
    expect(session.jobs).toEqual(['1-s1', '1-s2', '1-s3', '2-s1']);
    await session.finish(3, -1);
    expect(session.jobs.slice(4)).toEqual(['2-s2']);
    for (const k of [0, 1, 2, 4]) await session.finish(k, -2);
    expect(session.jobs.slice(5)).toEqual(['2-s3']);
    await session.close();
    await session.finish(5, -3);
    await session.over;
    expect(session.answers).toEqual([
      { id: 1, step: 10, score: -2 },
      { id: 1, score: -2, scores: { 1: -2, 2: -2, 3: -2 } },
      { id: 2, step: 10, score: -2 },
      { id: 2, score: -2, scores: { 1: -1, 2: -2, 3: -3 } },
    ]);
  });

  it('stops a setting, with the scores of the last step that all have reached', async () => {
    const session = new Session();
    await session.send({ id: 1, set: {} });
    for (const [k, value] of [-1, -2, -6].entries()) session.trainings[k]!.tell(10, value);
    session.trainings[0]!.tell(20, 0);
    await session.send({ id: 1, stop: true }, { id: 1, stop: true });
    expect(session.trainings.map(({ aborted }) => aborted())).toEqual([true, true, true]);
    expect(session.answers).toEqual([
      { id: 1, step: 10, score: -3 },
      { id: 1, score: -3, scores: { 1: -1, 2: -2, 3: -6 }, stopped: true },
    ]);
    await session.send({ id: 2, set: {} });
    expect(session.jobs.slice(3)).toEqual(['2-s1', '2-s2', '2-s3']);
  });

  it('stops one that waits at once, and never trains it', async () => {
    const session = new Session();
    await session.send({ id: 1, set: {} }, { id: 2, set: {} }, { id: 3, set: {} }, { id: 2, stop: true });
    expect(session.answers).toEqual([{ id: 2, stopped: true }]);
    for (const k of [0, 1, 2]) await session.finish(k, -1);
    expect(session.jobs).toEqual(['1-s1', '1-s2', '1-s3', '3-s1', '3-s2', '3-s3']);
  });

  it('ignores a stop that comes too late', async () => {
    const session = new Session({ seeds: [1] });
    await session.send({ id: 1, set: {} });
    await session.finish(0, -1);
    await session.send({ id: 1, stop: true });
    expect(session.answers.slice(1)).toEqual([{ id: 1, score: -1, scores: { 1: -1 } }]);
  });

  it('answers with the error if a seed fails, ends the others, and goes on', async () => {
    const session = new Session();
    await session.send({ id: 1, set: {} }, { id: 2, set: {} });
    session.trainings[1]!.fail(new UserError('1-s2: tau: expected a number, got "x"'));
    await nextTurn();
    expect(session.trainings.slice(0, 3).map(({ aborted }) => aborted())).toEqual([true, true, true]);
    expect(session.answers).toEqual([{ id: 1, error: '1-s2: tau: expected a number, got "x"' }]);
    expect(session.jobs.slice(3)).toEqual(['2-s1', '2-s2', '2-s3']);
    session.trainings[3]!.fail(new TypeError('oops'));
    await nextTurn();
    expect(session.answers.slice(1)).toEqual([{ id: 2, error: 'unexpected error: oops' }]);
  });

  it('answers with an error if a training has no value of the metric', async () => {
    const session = new Session({ seeds: [4] });
    await session.send({ id: 1, set: {} });
    await session.finish(0);
    expect(session.answers).toEqual([
      { id: 1, error: 'seed 4: expected a value of the objective, got none; see objective.metric' },
    ]);
  });

  it.each([
    ['so', null, 'expected JSON, got "so"'],
    ['[1]', null, 'expected {"id": ..., "set": {...}}, got an array of 1'],
    ['{"set": {}}', null, 'id: expected a whole number or a word of letters, digits, - and _, got none'],
    [
      '{"id": "../x", "set": {}}',
      null,
      'id: expected a whole number or a word of letters, digits, - and _, got "../x"',
    ],
    ['{"id": 7, "set": {}}', null, 'id: expected a new one, got 7 again'],
    ['{"id": 8, "stop": true}', null, 'id: expected one given before, got 8'],
    ['{"id": 7, "stop": 1}', null, 'stop: expected true and no set with it, got 1'],
    ['{"id": 8, "set": {}, "sed": 1}', null, 'expected id and set, or id and stop, got sed'],
    ['{"id": 8}', 8, 'set: expected a mapping of keys, got none'],
    ['{"id": 8, "set": {"seed": 1}}', 8, 'set: expected no seed, got one; seeds stand in the sweep file'],
    [
      '{"id": 8, "set": {"name": "x"}}',
      8,
      'set: expected no name, got one; runs are named after id and seed',
    ],
  ])('answers %s with an error and goes on', async (line, id, problem) => {
    const session = new Session();
    await session.send({ id: 7, set: {} }, '', line, { id: 9, set: {} });
    expect(session.answers).toEqual([{ id, error: `line 3: ${problem}` }]);
    expect(session.jobs).toEqual(['7-s1', '7-s2', '7-s3']);
    for (const k of [0, 1, 2]) await session.finish(k, -1);
    expect(session.jobs.slice(3)).toEqual(['9-s1', '9-s2', '9-s3']);
  });

  it('answers faults that check() finds without training', async () => {
    const session = new Session({
      check: ({ tau }) => (tau === 1 ? Promise.reject(new UserError('tau: bad')) : Promise.resolve()),
    });
    await session.send({ id: 1, set: { tau: 1 } }, { id: 2, set: { tau: 2 } });
    expect(session.answers).toEqual([{ id: 1, error: 'line 1: tau: bad' }]);
    expect(session.jobs).toEqual(['2-s1', '2-s2', '2-s3']);
  });

  it('on interruption ends all trainings and answers every setting', async () => {
    const session = new Session();
    await session.send({ id: 1, set: {} }, { id: 2, set: {} });
    await session.interrupt();
    await session.over;
    expect(session.answers).toEqual([
      { id: 2, error: 'interrupted' }, // waited, so it had nothing to end
      { id: 1, error: 'interrupted' },
    ]);
    expect(session.jobs).toEqual(['1-s1', '1-s2', '1-s3']);
  });

  it('trains nothing of requests that come or are being checked at an interruption', async () => {
    let checked: () => void = () => undefined;
    const session = new Session({ check: () => new Promise((resolve) => (checked = resolve)) });
    await session.send({ id: 1, set: {} }, { id: 2, set: {} });
    await session.interrupt();
    for (let k = 0; k < 2; k++) {
      checked();
      await nextTurn();
    }
    await session.over;
    expect(session.jobs).toEqual([]);
    expect(session.answers).toEqual([
      { id: 1, error: 'interrupted' },
      { id: 2, error: 'interrupted' },
    ]);
  });

  it('ends at once without requests', async () => {
    const session = new Session();
    await session.close();
    await session.over;
    expect(session.answers).toEqual([]);
  });
});
