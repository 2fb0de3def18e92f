import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRuns, stampOf } from '../../src/report/read-runs.ts';
import { runOf, temporaryFolder, writeRun } from './runs.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('runs', () => {
  it('are read from run directories and from folders of them, each once, 2 before 10', () => {
    const [ten, two] = ['s10', 's2'].map((name, k) => runOf(name, [1.5 + k, NaN, 3]));
    writeRun(folder, ten!);
    const at = writeRun(folder, two!);
    const { runs, warnings } = readRuns([folder, at]);
    expect(warnings).toEqual([]);
    expect(runs).toEqual([
      { ...two, path: join(folder, 's2') },
      { ...ten, path: join(folder, 's10') },
    ]);
  });

  it('lose damaged lines with one warning, and a line under way silently', () => {
    const at = writeRun(folder, runOf('a', [1, 2]));
    appendFileSync(
      join(at, 'metrics.jsonl'),
      '{"step":\u0000\nnothing\n{"step":300,"wall_s":6}\n{"step":400,"wa',
    );
    const { runs, warnings } = readRuns([at]);
    expect(warnings).toEqual([
      `${join(at, 'metrics.jsonl')}: expected a record in every line, got 2 damaged; they are left out`,
    ]);
    expect(runs[0]!.metrics['step']).toEqual(Float64Array.of(100, 200, 300));
    expect(runs[0]!.metrics['test/episode_return_mean']).toEqual(Float64Array.of(1, 2, NaN));
  });

  it('without records are left out with a warning', () => {
    writeRun(folder, runOf('a', [1]));
    writeRun(folder, runOf('b', []));
    const { runs, warnings } = readRuns([folder]);
    expect(runs.map(({ name }) => name)).toEqual(['a']);
    expect(warnings).toEqual([
      `${join(folder, 'b', 'metrics.jsonl')}: expected records, got none yet; the run is left out`,
    ]);
  });

  it('with a damaged config.yaml are left out beside others, and refused alone', () => {
    writeRun(folder, runOf('a', [1]));
    const config = join(writeRun(folder, runOf('b', [1])), 'config.yaml');
    writeFileSync(config, '');
    const fault = `${config}: expected keys with values, got an empty file`;
    const { runs, warnings } = readRuns([folder]);
    expect(runs.map(({ name }) => name)).toEqual(['a']);
    expect(warnings).toEqual([`${fault}; the run is left out`]);
    expect(() => readRuns([join(folder, 'b')])).toThrow(fault);
    writeFileSync(join(folder, 'a', 'config.yaml'), '');
    expect(() => readRuns([folder])).toThrow(`${fault}; the run is left out`);
  });

  it('may come later where that is allowed', () => {
    expect(readRuns([folder], { mayBeNone: true })).toEqual({ runs: [], warnings: [] });
    const before = stampOf([folder]);
    writeRun(folder, runOf('a', [1]));
    expect(stampOf([folder])).not.toBe(before);
    expect(readRuns([folder], { mayBeNone: true }).runs.map(({ name }) => name)).toEqual(['a']);
    expect(() => readRuns([join(folder, 'none')], { mayBeNone: true })).toThrow(
      'none: expected a run or a folder of runs, got no such folder',
    );
  });

  it('have a stamp that changes with their metrics', () => {
    const at = writeRun(folder, runOf('a', [1]));
    const before = stampOf([folder]);
    expect(stampOf([folder])).toBe(before);
    appendFileSync(join(at, 'metrics.jsonl'), '{"step":200,"wall_s":4}\n');
    expect(stampOf([folder])).not.toBe(before);
  });

  it('are refused where there are none', () => {
    mkdirSync(join(folder, 'empty'));
    writeFileSync(join(folder, 'file'), '');
    expect(() => readRuns([join(folder, 'empty')])).toThrow(
      `${join(folder, 'empty')}: expected a run or a folder of runs (config.yaml and metrics.jsonl), got neither`,
    );
    expect(() => readRuns([join(folder, 'file')])).toThrow(
      'file: expected a run or a folder of runs, got a file',
    );
    expect(() => readRuns([join(folder, 'none')])).toThrow(
      'none: expected a run or a folder of runs, got no such folder',
    );
    const at = writeRun(folder, runOf('b', []));
    expect(() => readRuns([at])).toThrow(
      `report: expected runs with metrics, got none in ${at}; see maddpg train`,
    );
    writeFileSync(join(at, 'config.yaml'), '- a list\n');
    appendFileSync(join(at, 'metrics.jsonl'), '{"step":200,"wall_s":4}\n');
    expect(() => readRuns([at])).toThrow('config.yaml: expected keys with values, got something else');
  });
});
