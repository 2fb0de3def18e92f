/** Pipes in place of a run's files: nothing waits for somebody to write into them. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let dir: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-pipe-'));
});
afterEach(() => {
  fs.rmSync(dir, { recursive: true });
});

function pipe(name: string): string {
  const file = path.join(dir, name);
  fs.rmSync(file, { force: true });
  execFileSync('mkfifo', [file]);
  return file;
}

const dist = (file: string): string => JSON.stringify(new URL(`../../dist/${file}`, import.meta.url));

const PROGRAM = `
  const { lockRun, writerOf } = await import(${dist('run/lock.js')});
  const { readRecords } = await import(${dist('metrics/jsonl.js')});
  const { Metrics } = await import(${dist('metrics/metrics.js')});
  const dir = process.argv[1];
  const said = [];
  const onWarning = (line) => said.push(line);
  try {
    said.push(ACT);
  } catch (error) {
    said.push(error.name + ': ' + error.message);
  }
  process.stdout.write(JSON.stringify(said));
`;

/** What `act`, an expression, warns of and gives, in a process that is ended should it wait. */
function inProcess(act: string): unknown {
  const args = ['--input-type=module', '-e', PROGRAM.replace('ACT', act), dir];
  return JSON.parse(execFileSync(process.execPath, args, { timeout: 20_000, encoding: 'utf8' }));
}

describe.skipIf(process.platform === 'win32')('a pipe', () => {
  it('in place of run.lock counts as a damaged lock', () => {
    const file = pipe('run.lock');
    expect(inProcess('writerOf(dir) ?? null')).toEqual([null]);
    expect(inProcess('lockRun(dir)')).toEqual([
      expect.stringContaining(
        `${dir}: expected a run that no other process writes, got one in use by an unknown process`,
      ),
    ]);
    const minuteAgo = Date.now() / 1000 - 61;
    fs.utimesSync(file, minuteAgo, minuteAgo);
    expect(inProcess('lockRun(dir, { onWarning }).state()')).toEqual([
      `${file}: taken over from an unknown process, which seems to have ended`,
      'held',
    ]);
    expect(fs.readdirSync(dir)).toEqual(['run.lock']);
  });

  it('in place of metrics.jsonl is set aside by a run that goes on', () => {
    const begin = 'const metrics = new Metrics(dir); metrics.write({ step: 1, wall_s: 0 })';
    const lengths = `(() => { ${begin}; metrics.close(); return metrics.lengths(); })()`;
    const [resumeLengths] = inProcess(lengths) as [Record<string, number>];
    const file = pipe('metrics.jsonl');
    const options = `{ resumeLengths: ${JSON.stringify(resumeLengths)}, onWarning }`;
    expect(inProcess(`new Metrics(dir, ${options}).close() ?? 'resumed'`)).toEqual([
      `${file}: expected the ${resumeLengths['metrics.jsonl']!} bytes it had at the checkpoint, got 0; it is kept as ` +
        `${file}.damaged, and the metrics go on without earlier records`,
      'resumed',
    ]);
    expect(fs.statSync(file).isFile()).toBe(true);
  });

  it('in place of metrics.jsonl is refused where that is only read', () => {
    const file = pipe('metrics.jsonl');
    expect(inProcess(`readRecords(${JSON.stringify(file)})`)).toEqual([
      `UserError: ${file}: expected the metrics of a run, got something that is not a regular file`,
    ]);
  });
});
