/** The processes of a pool that die or never start. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { WorkerPool, type WorkerTask } from '../../src/sweep/worker-pool.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-pool-'));
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

const TASK: WorkerTask = { run: 'run', from: 'new', configs: [], sets: [] };

/** A worker that tells its process's number as a step, is done, and then does `after`. */
function workerThat(after: string): URL {
  const file = path.join(folder, 'worker.mjs');
  fs.writeFileSync(
    file,
    `process.on('disconnect', () => process.exit());
    process.on('message', () => {
      process.send({ evaluation: { step: process.pid, mean: 0 } });
      process.send({ done: { interrupted: false } }, () => { ${after} });
    });`,
  );
  return pathToFileURL(file);
}

describe('a pool of processes', () => {
  it.each([
    ['uses a process again', '', 1],
    ['replaces one that died while it was idle', 'process.exit(1)', 2],
    ['replaces one that hung up while it was idle', 'process.disconnect()', 2],
  ])('%s', async (_, after, count) => {
    const pool = new WorkerPool(workerThat(after));
    const processes = new Set<number>();
    for (let k = 0; k < 2; k++) {
      const outcome = await pool.run(TASK, { onEvaluation: ({ step }) => processes.add(step) });
      expect(outcome).toEqual({ kind: 'done' });
      await wait(300); // until it has died
    }
    expect(processes.size).toBe(count);
    pool.close();
  });

  it('reports one that does not start as dead', async () => {
    const pool = new WorkerPool(workerThat(''), path.join(folder, 'nowhere'));
    const outcome = await pool.run(TASK);
    expect(outcome).toEqual({
      kind: 'died',
      problem: expect.stringMatching(/^its worker cannot be reached: spawn .* ENOENT$/) as string,
    });
    pool.close();
  });
});
