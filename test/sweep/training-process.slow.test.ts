/** Processes that a driver's trainings run in, and how they may end. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { trainInProcesses } from '../../src/sweep/training-process.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-training-'));
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

function training(program: string): Promise<void> {
  const file = path.join(folder, 'program.mjs');
  fs.writeFileSync(file, program);
  const train = trainInProcesses({ program: file, configs: [], set: {}, folder, metric: 'm' });
  return train({ id: 'a', seed: 1, set: {} }, () => undefined, new AbortController().signal);
}

describe('a training that fails', () => {
  it('says why in its own words', async () => {
    await expect(training('console.error("tau: bad"); process.exit(2);')).rejects.toThrow('a-s1: tau: bad');
  });

  it('says its exit code if it has none', async () => {
    await expect(training('process.exit(3);')).rejects.toThrow(
      'a-s1: expected it to train to its end, got exit code 3',
    );
  });
});
