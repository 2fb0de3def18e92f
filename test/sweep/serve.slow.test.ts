/** What a server does with trials that come back, on a queue in memory. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pack } from '../../src/sweep/queue/archive.ts';
import { QueuePool } from '../../src/sweep/queue/serve.ts';
import type { WorkerOutcome } from '../../src/sweep/worker-pool.ts';
import { FakeQueue } from './fake-queue.ts';

let dir: string;
let queue: FakeQueue;
let pool: QueuePool;
let notes: string[];

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-serve-'));
  fs.mkdirSync(path.join(dir, 'trials'));
  queue = new FakeQueue();
  notes = [];
  pool = new QueuePool(queue.connection, dir, (line) => notes.push(line));
});
afterEach(async () => {
  await pool.close(false);
  fs.rmSync(dir, { recursive: true });
});

const runOf = (name: string): string => path.join(dir, 'trials', name);

/** Sends trials. */
async function send(...names: readonly string[]): Promise<Promise<WorkerOutcome>[]> {
  const sent = names.map((name) => pool.run({ run: runOf(name), from: 'new', configs: [], sets: [] }));
  await expect.poll(() => queue.jobs.size).toBe(names.length);
  return sent;
}

/** Lets a trial come back, with its name as config.yaml; returns the names of the parts that its run is in. */
async function comeBack(
  name: string,
  archive: Buffer | Promise<Buffer> = pack(new Map([['config.yaml', Buffer.from(name)]])),
): Promise<string[]> {
  const before = new Set(queue.parts.keys());
  const run = await queue.store(await archive);
  const job = [...queue.jobs.values()].find(({ data }) => data.name === name)!;
  job.returnvalue = { outcome: { kind: 'done' }, run };
  return [...queue.parts.keys()].filter((part) => !before.has(part));
}

const configOf = (name: string): string => fs.readFileSync(path.join(runOf(name), 'config.yaml'), 'utf8');

describe('a server', () => {
  it('takes a trial whose archive is damaged for one whose worker died, and collects the others', async () => {
    const [damaged, whole] = await send('a-s1', 'a-s2');
    const [part] = await comeBack('a-s1');
    queue.parts.set(part!, Buffer.from('damaged').toString('base64'));
    await comeBack('a-s2');
    expect(await whole).toEqual({ kind: 'done' });
    expect(configOf('a-s2')).toBe('a-s2');
    expect(await damaged).toEqual({
      kind: 'died',
      problem: expect.stringMatching(
        /^queue: expected an archive of \d+ bytes as it was sent, got another$/,
      ) as string,
    });
    expect([fs.existsSync(runOf('a-s1')), queue.jobs.size, queue.parts.size, notes]).toEqual([
      ...[false, 0, 0, []],
    ]);
  });

  it('takes one that sent something other than an archive for one whose worker died', async () => {
    const [sent] = await send('a-s1');
    await comeBack('a-s1', Buffer.from('not zipped'));
    expect(await sent).toEqual({
      kind: 'died',
      problem: 'queue: expected a run as a gzipped zip, got 10 other bytes (incorrect header check)',
    });
    expect([fs.existsSync(runOf('a-s1')), notes]).toEqual([false, []]);
  });

  it('takes one that is done, but whose run is gone, for one whose worker died', async () => {
    const [sent] = await send('a-s1');
    for (const part of await comeBack('a-s1')) queue.parts.delete(part);
    expect(await sent).toEqual({
      kind: 'died',
      problem: 'queue: expected the run of a-s1, got only parts of it',
    });
  });

  it('tries again what may succeed later, while it collects the others', async () => {
    const [later, now] = await send('a-s1', 'a-s2');
    const [part] = await comeBack('a-s1');
    await comeBack('a-s2');
    queue.beforePart = (id) =>
      id === part ? Promise.reject(new Error('connection lost')) : Promise.resolve();
    expect(await now).toEqual({ kind: 'done' });
    expect(new Set(notes)).toEqual(new Set(['queue: connection lost; trying again']));
    queue.beforePart = () => Promise.resolve();
    expect(await later).toEqual({ kind: 'done' });
    expect(configOf('a-s1')).toBe('a-s1');
  });
});
