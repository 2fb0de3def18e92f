import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { planSweep } from '../../src/sweep/plan.ts';
import { Schedule } from '../../src/sweep/schedule.ts';
import { openSweep, runOf, writeSweep, type SweepDir } from '../../src/sweep/sweep-dir.ts';
import { readSweep } from '../../src/sweep/sweep-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'maddpg-schedule-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A planned sweep of smoke.yaml with three seeds. */
async function planned(name: string, more: string): Promise<SweepDir> {
  const text = `config: smoke.yaml\nseeds: [1, 2, 3]\n${more}`;
  const dir = join(folder, name);
  writeSweep(dir, text, await planSweep(readSweep(text, 'test.yaml'), folder));
  return openSweep(dir);
}

const scheduleOf = (dir: SweepDir): Schedule => new Schedule(dir, { index: 0, of: 1 }, false);

/** What becomes of a trial that trained and recorded nothing. */
async function problemOf(name: string, more: string): Promise<string | undefined> {
  const objective = 'objective: { metric: test/episode_return_mean/nobody }\n';
  const schedule = scheduleOf(await planned(name, objective + more));
  return schedule.ended(schedule.next()!, { kind: 'done' });
}

/** Writes the run of a trial that earned `mean` in each evaluation, until its end or until it failed halfway. */
function writeTrial(run: string, mean: number, failed: boolean): void {
  mkdirSync(run, { recursive: true });
  writeFileSync(join(run, 'config.yaml'), 'running_steps: 2000\n');
  const steps = failed ? [400, 800] : [400, 800, 1200, 1600, 2000];
  const records = steps.map((step) => ({ step, wall_s: step / 100, 'test/episode_return_mean': mean }));
  const end = failed
    ? { msg: 'the run failed', err: { message: 'step 900: expected finite numbers, got NaN' } }
    : { msg: 'ended', ended: 'running_steps', step: 2000 };
  const log = [{ msg: 'training', step: 0 }, end].map((line, k) => ({ level: 30, time: 1e12 + k, ...line }));
  for (const [file, lines] of [
    ['metrics.jsonl', records],
    ['log.jsonl', log],
  ] as const)
    writeFileSync(join(run, file), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

describe('a group whose seeds failed', () => {
  it.each([
    ['without halving', ''],
    ['with halving', 'halving: { steps: [400], keep: 0.9 }\n'],
  ])('is not confirmed for what they earned before, %s', async (name, halving) => {
    const confirm = 'confirm: { top: 1, seeds: [101] }\n';
    const dir = await planned(name, `grid: { tau: [0.01, 0.5] }\n${halving}${confirm}`);
    for (const trial of dir.trials) {
      const good = trial.group.startsWith('1');
      if (trial.phase === 'search')
        writeTrial(runOf(dir.path, trial), good ? -10 : -5, !good && trial.seed < 3);
    }
    const chosen = scheduleOf(dir).trials.filter(({ phase }) => phase === 'confirm');
    expect(chosen.map(({ group }) => group)).toEqual(['1-0.01']);
  });
});

it('leaves a trial that another process has trained since it was planned', async () => {
  const dir = await planned('shared', '');
  const schedule = scheduleOf(dir);
  const [first, second] = dir.trials;
  writeTrial(runOf(dir.path, first!), -10, false);
  expect(schedule.next()!.trial).toEqual(second);
});

describe('a trial without the metric of the objective', () => {
  it('fails where trials are compared while they train', async () => {
    const problem =
      'objective.metric: expected a metric that the trial records, got test/episode_return_mean/nobody; see its metrics.jsonl';
    expect(await problemOf('halved', 'halving: { steps: [1000] }\n')).toBe(problem);
    expect(await problemOf('confirmed', 'confirm: { top: 1, seeds: [101] }\n')).toBe(problem);
  });

  it('does not fail where nothing compares it', async () => {
    expect(await problemOf('plain', '')).toBeUndefined();
  });
});
