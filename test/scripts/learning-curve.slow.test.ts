import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../scripts/learning-curve.js', import.meta.url));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-curve-'));
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

/** A run whose evaluations had these returns, by step; between them are records without one. */
function runWith(name: string, returns: Readonly<Record<number, number>>): string {
  const run = path.join(folder, name);
  fs.mkdirSync(run);
  const records = Object.entries(returns).flatMap(([step, mean]) => [
    { step: Number(step) - 1, 'train/episode_return': 0 },
    { step: Number(step), 'test/episode_return_mean': mean },
  ]);
  const lines = records.map((record) => `${JSON.stringify(record)}\n`);
  fs.writeFileSync(path.join(run, 'metrics.jsonl'), lines.join(''));
  return run;
}

function draw(...runs: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...runs], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('scripts/learning-curve.js', () => {
  it('draws one line a run through its evaluations, and the mean of their last returns', () => {
    const runs = [runWith('a', { 300: -28, 600: -4 }), runWith('b', { 300: -16, 600: -10 })];
    const { status, stdout, stderr } = draw(...runs);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    // Steps 0 to 600 lie at 56 to 700, returns -28 to -4 at 292 to 44.
    expect([...stdout.matchAll(/points="(.*?)"/g)].map((match) => match[1])).toEqual([
      '378.0,292.0 700.0,44.0',
      '378.0,168.0 700.0,106.0',
    ]);
    expect(stdout).toContain('>mpe.yaml, 2 seeds: −7.00 after 600 steps<');
    expect(stdout).toMatch(/^<svg [^\n]*>\n<title>.*<\/svg>\n$/s);
  });

  it('without runs says what it takes, with exit code 2', () => {
    expect(draw()).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'learning-curve: expected run directories, got none; node scripts/learning-curve.js runs/spread\n',
    });
  });
});
