/** Folders of sweeps as others may leave them. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSweep } from '../../src/sweep/sweep-dir.ts';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-sweep-dir-'));
afterAll(() => {
  fs.rmSync(dir, { recursive: true });
});

const trial = (seed: number, keys: object | null = {}): string =>
  JSON.stringify({ name: `run-s${seed}`, group: 'run', phase: 'search', seed, configs: [], keys });

function open(trials: string): number[] {
  fs.writeFileSync(path.join(dir, 'sweep.yaml'), 'config: smoke.yaml\nseeds: 2\n');
  fs.writeFileSync(path.join(dir, 'trials.jsonl'), trials);
  return openSweep(dir).trials.map(({ seed }) => seed);
}

describe('openSweep', () => {
  it('reads all trials, also where the last line does not end', () => {
    expect(open(`${trial(1)}\n${trial(2)}\n`)).toEqual([1, 2]);
    expect(open(`${trial(1)}\n${trial(2)}`)).toEqual([1, 2]);
  });

  it('refuses a trial that is cut short or has no keys', () => {
    const where = `${path.join(dir, 'trials.jsonl')}:2: expected a trial, got`;
    expect(() => open(`${trial(1)}\n${trial(2).slice(0, -5)}`)).toThrow(
      `${where} a damaged line; plan the sweep again`,
    );
    expect(() => open(`${trial(1)}\n${trial(2, null)}\n`)).toThrow(
      `${where} something else; plan the sweep again`,
    );
  });
});
