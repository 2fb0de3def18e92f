import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recoverRecords } from '../../src/metrics/damage.ts';
import { Metrics } from '../../src/metrics/metrics.ts';
import type { MetricRecord } from '../../src/metrics/metrics.ts';

let dir: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-metrics-'));
});
afterEach(() => {
  fs.rmSync(dir, { recursive: true });
});

const read = (name: string): string => fs.readFileSync(path.join(dir, name), 'utf8');
const clock = (): number => 1_700_000_000.5;
const events = 'events.out.tfevents.0.maddpg';

const records: MetricRecord[] = [
  { step: 400, wall_s: 0.5, 'train/episode_return': -30.25 },
  { step: 800, wall_s: 1, 'learner/loss_critic': NaN, 'train/episode_return': -1e-7 },
  { step: 1200, wall_s: 1.5, 'test/episode_return_mean': -Infinity, 'test/episode_return_std': 1e21 },
  { step: 1600, wall_s: 2, 'train/episode_return': 0 },
];

function writeAll(metrics: Metrics, some: readonly MetricRecord[]): void {
  for (const record of some) metrics.write(record);
}

describe('metrics.jsonl', () => {
  it('holds one record per line, with NaN and infinities as strings', () => {
    const metrics = new Metrics(dir);
    writeAll(metrics, records);
    metrics.close();
    expect(read('metrics.jsonl')).toBe(
      [
        '{"step":400,"wall_s":0.5,"train/episode_return":-30.25}',
        '{"step":800,"wall_s":1,"learner/loss_critic":"NaN","train/episode_return":-1e-7}',
        '{"step":1200,"wall_s":1.5,"test/episode_return_mean":"-Infinity","test/episode_return_std":1e+21}',
        '{"step":1600,"wall_s":2,"train/episode_return":0}',
        '',
      ].join('\n'),
    );
  });

  it('is read back to the same records', () => {
    const metrics = new Metrics(dir);
    writeAll(metrics, records);
    const { 'metrics.jsonl': length } = metrics.lengths();
    metrics.close();
    expect(recoverRecords(path.join(dir, 'metrics.jsonl'), length!)).toEqual({ records, damage: undefined });
  });

  it('is read up to the first line that is no record', () => {
    const file = path.join(dir, 'metrics.jsonl');
    const good = '{"step":1,"wall_s":0}\n';
    for (const bad of ['{"step":', '[1]', '3', '{"step":1}', '{"step":1,"wall_s":0,"a":"x"}', '', '\0\0']) {
      const text = `${good}${bad}\n${good}`;
      fs.writeFileSync(file, text);
      expect(recoverRecords(file, text.length)).toEqual({
        records: [{ step: 1, wall_s: 0 }],
        damage: 'expected a record with step, wall_s and numbers in line 2, got something else',
      });
    }
  });
});

describe('metrics.csv', () => {
  it('is a valid table after every record: a new key adds a column, empty in earlier rows', () => {
    const metrics = new Metrics(dir);
    const tables = records.map((record) => {
      metrics.write(record);
      return read('metrics.csv');
    });
    metrics.close();
    expect(tables[0]).toBe('step,wall_s,train/episode_return\n400,0.5,-30.25\n');
    expect(tables[1]).toBe(
      'step,wall_s,train/episode_return,learner/loss_critic\n400,0.5,-30.25,\n800,1,-1e-7,NaN\n',
    );
    expect(tables[3]).toBe(
      [
        'step,wall_s,train/episode_return,learner/loss_critic,test/episode_return_mean,test/episode_return_std',
        '400,0.5,-30.25,,,',
        '800,1,-1e-7,NaN,,',
        '1200,1.5,,,-Infinity,1e+21',
        '1600,2,0,,,',
        '',
      ].join('\n'),
    );
  });

  it('quotes a key with commas, quotes or line breaks', () => {
    const metrics = new Metrics(dir);
    metrics.write({ step: 1, wall_s: 0, 'a,"b"\nc': 2 });
    metrics.write({ step: 2, wall_s: 0, d: 3 });
    metrics.close();
    expect(read('metrics.csv')).toBe('step,wall_s,"a,""b""\nc",d\n1,0,2,\n2,0,,3\n');
  });
});

describe('Metrics', () => {
  it('writes three files and always knows their lengths', () => {
    const metrics = new Metrics(dir, { clock });
    expect(fs.readdirSync(dir).sort()).toEqual([events, 'metrics.csv', 'metrics.jsonl']);
    for (const record of records) {
      metrics.write(record);
      const sizes = fs.readdirSync(dir).map((name) => [name, fs.statSync(path.join(dir, name)).size]);
      expect(metrics.lengths()).toEqual(Object.fromEntries(sizes));
    }
    metrics.close();
  });

  it.each([0, 1, 2, 3, 4])(
    'ends with the bytes of an uninterrupted run when resumed after %i records',
    (stop) => {
      const straight = new Metrics(dir, { clock });
      let lengths = straight.lengths();
      records.forEach((record, i) => {
        straight.write(record);
        if (i + 1 === stop) lengths = straight.lengths();
      });
      straight.close();
      const files = fs.readdirSync(dir);
      const whole = files.map((name) => [name, fs.readFileSync(path.join(dir, name))]);

      // A crash truncated what was written after the checkpoint.
      fs.appendFileSync(path.join(dir, 'metrics.jsonl'), '{"step":2000,"wa');
      fs.appendFileSync(path.join(dir, 'metrics.csv'), '2000,');
      fs.appendFileSync(path.join(dir, events), Uint8Array.of(9, 9, 9));
      fs.writeFileSync(
        path.join(dir, 'metrics.csv.tmp'),
        'a widened table that was never renamed, longer than all the others '.repeat(9),
      );
      const resumed = new Metrics(dir, { resumeLengths: lengths, clock });
      expect(resumed.lengths()).toEqual(lengths);
      writeAll(resumed, records.slice(stop));
      resumed.close();
      expect(fs.readdirSync(dir)).toEqual(files);
      expect(files.map((name) => [name, fs.readFileSync(path.join(dir, name))])).toEqual(whole);
    },
  );

  describe('resumes with a warning', () => {
    let resumeLengths: Record<string, number>;
    let warnings: string[];
    beforeEach(() => {
      const metrics = new Metrics(dir, { clock });
      writeAll(metrics, records.slice(0, 3));
      resumeLengths = metrics.lengths();
      metrics.close();
      warnings = [];
    });
    const resume = (): void => {
      const metrics = new Metrics(dir, { resumeLengths, clock, onWarning: (line) => warnings.push(line) });
      metrics.write(records[3]!);
      metrics.close();
    };
    const file = (name: string): string => path.join(dir, name);
    const stepsOf = (csv: string): string[] => csv.split('\n').map((line) => line.split(',')[0]!);

    it('if metrics.jsonl is cut: whole records stay, the rest is kept aside', () => {
      const whole = read('metrics.jsonl');
      const cut = whole.indexOf('\n', whole.indexOf('\n') + 1) + 5;
      fs.truncateSync(file('metrics.jsonl'), cut);
      resume();
      expect(warnings).toEqual([
        `${file('metrics.jsonl')}: expected the ${whole.length} bytes it had at the checkpoint, got ${cut}; it is kept as ` +
          `${file('metrics.jsonl.damaged')}, and the metrics go on after its 2 whole records`,
      ]);
      expect(read('metrics.jsonl.damaged')).toBe(whole.slice(0, cut));
      expect(stepsOf(read('metrics.csv'))).toEqual(['step', '400', '800', '1600', '']);
      expect(read('metrics.jsonl').split('\n')).toHaveLength(4);
    });

    it('if metrics.jsonl is missing', () => {
      fs.rmSync(file('metrics.jsonl'));
      resume();
      expect(warnings).toEqual([
        `${file('metrics.jsonl')}: expected the ${resumeLengths['metrics.jsonl']} bytes it had at the checkpoint, got 0; ` +
          'the metrics go on without earlier records',
      ]);
      expect(stepsOf(read('metrics.csv'))).toEqual(['step', '1600', '']);
    });

    it.each(['missing', 'cut'])("if TensorBoard's file is %s: it is made again from the records", (how) => {
      const whole = fs.readFileSync(file(events));
      if (how === 'missing') fs.rmSync(file(events));
      else fs.truncateSync(file(events), 20);
      resume();
      expect(warnings).toEqual([
        `${file(events)}: expected the ${whole.length} bytes it had at the checkpoint, got ${how === 'missing' ? 0 : 20}; ` +
          `${how === 'missing' ? '' : `it is kept as ${file('events.damaged')}, and `}made again from metrics.jsonl`,
      ]);
      const remade = fs.readFileSync(file(events));
      expect(remade.length).toBeGreaterThan(whole.length);
      expect(stepsOf(read('metrics.csv'))).toEqual(['step', '400', '800', '1200', '1600', '']);
    });
  });

  it('does not overwrite existing files unless resuming', () => {
    fs.writeFileSync(path.join(dir, 'metrics.jsonl'), 'of another run');
    expect(() => new Metrics(dir)).toThrow(/EEXIST/);
    expect(read('metrics.jsonl')).toBe('of another run');
  });

  it('propagates file system errors', () => {
    const metrics = new Metrics(dir);
    metrics.close();
    expect(() => {
      metrics.write(records[0]!);
    }).toThrow(/EBADF/);
  });
});
