/** What a worker does on a queue in memory, with processes that only pretend to train. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Parcel } from '../../src/sweep/queue/parcels.ts';
import { work } from '../../src/sweep/queue/work.ts';
import { FakeJob, FakeQueue } from './fake-queue.ts';

let folder: string;
let queue: FakeQueue;
let notes: string[];
let leaving: AbortController;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-work-test-'));
  queue = new FakeQueue();
  notes = [];
  leaving = new AbortController();
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

/** Works with processes that do this with a `run` and then say that they are done. */
function start(training: string): Promise<number> {
  const file = path.join(folder, 'worker.mjs');
  fs.writeFileSync(
    file,
    `import * as fs from 'node:fs';
    import { setTimeout as wait } from 'node:timers/promises';
    process.on('disconnect', () => process.exit());
    process.on('message', async ({ run }) => {
      ${training}
      process.send({ done: { interrupted: false } });
    });`,
  );
  return work(queue.connection, {
    ...{ workerFile: pathToFileURL(file), workers: 1, lease: 30, every: 0, patience: 60 },
    signal: leaving.signal,
    note: (line) => notes.push(line),
  });
}

function jobWith(pending: Parcel | null): FakeJob {
  const data = { sweep: 's', name: 'run-s1', configs: [], sets: [], saved: null, pending };
  return new FakeJob('1', data, queue.jobs);
}

describe('a worker', () => {
  it('goes on training if a checkpoint cannot be read, and sends the next', async () => {
    const working = start(`
      fs.mkdirSync(run + '/checkpoints', { recursive: true });
      fs.writeFileSync(run + '/checkpoints/latest', 'x'.repeat(2000));
      await wait(700);
      fs.writeFileSync(run + '/checkpoints/latest', 'step-000000010');
      await wait(700);`);
    const result = await queue.train(jobWith(null), 'token');
    expect(result.outcome).toEqual({ kind: 'done' });
    expect(notes).toContainEqual(
      expect.stringMatching(
        /^run-s1: .*latest: expected the name of a checkpoint, got 2000 bytes.*; will send the next checkpoint$/,
      ),
    );
    expect(notes).toContain('run-s1: sent step-000000010');
    leaving.abort();
    expect(await working).toBe(1);
  });

  it('never begins a trial that another machine has taken over meanwhile', async () => {
    const began = path.join(folder, 'began');
    const working = start(`fs.writeFileSync(${JSON.stringify(began)}, '');`);
    const pending = await queue.store(Buffer.from('parcel'));
    queue.beforePart = () => {
      queue.worker.emit('lockRenewalFailed', ['1']);
      return Promise.resolve();
    };
    await expect(queue.train(jobWith(pending), 'token')).rejects.toThrow(
      'run-s1: another machine has taken it over',
    );
    expect(fs.existsSync(began)).toBe(false);
    leaving.abort();
    expect(await working).toBe(0);
  });

  it('stays while the queue does not answer, and leaves once it is drained', async () => {
    let failures = 2;
    queue.beforeCount = () =>
      failures-- > 0 ? Promise.reject(new Error('connection lost')) : Promise.resolve();
    const working = start('await wait(600);');
    await queue.train(jobWith(null), 'token');
    expect(await working).toBe(1);
    expect(notes.filter((line) => line.startsWith('queue:'))).toEqual([
      'queue: connection lost; trying again',
      'queue: connection lost; trying again',
    ]);
    expect(queue.worker.closed).toBe(true);
  });
});
