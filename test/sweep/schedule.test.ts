import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { planSweep } from '../../src/sweep/plan.ts';
import { Schedule } from '../../src/sweep/schedule.ts';
import { openSweep, writeSweep } from '../../src/sweep/sweep-dir.ts';
import { readSweep } from '../../src/sweep/sweep-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'maddpg-schedule-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What becomes of a trial that trained and recorded nothing. */
async function problemOf(name: string, more: string): Promise<string | undefined> {
  const text = `config: smoke.yaml\nseeds: [1, 2, 3]\nobjective: { metric: foo }\n${more}`;
  const dir = join(folder, name);
  writeSweep(dir, text, await planSweep(readSweep(text, 'test.yaml'), folder));
  const schedule = new Schedule(openSweep(dir), { index: 0, of: 1 }, false);
  return schedule.ended(schedule.next()!, { kind: 'done' });
}

describe('a trial without the metric of the objective', () => {
  it('fails where trials are compared while they train', async () => {
    const problem =
      'objective.metric: expected a metric that the trial records, got foo; see its metrics.jsonl';
    expect(await problemOf('halved', 'halving: { steps: [1000] }\n')).toBe(problem);
    expect(await problemOf('confirmed', 'confirm: { top: 1, seeds: [101] }\n')).toBe(problem);
  });

  it('does not fail where nothing compares it', async () => {
    expect(await problemOf('plain', '')).toBeUndefined();
  });
});
