import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { crc32c, maskedCrc32c } from '../../src/metrics/crc32c.ts';
import { AppendFile } from '../../src/metrics/append-file.ts';
import { TensorBoardSink } from '../../src/metrics/tensorboard.ts';

let file: string;
beforeEach(() => {
  file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-events-')), 'events.out.tfevents.0');
});
afterEach(() => {
  fs.rmSync(path.dirname(file), { recursive: true });
});

describe('CRC-32C', () => {
  it('has the values of RFC 3720, appendix B.4', () => {
    const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);
    expect(crc32c(new Uint8Array(32)).toString(16)).toBe('8a9136aa');
    expect(crc32c(new Uint8Array(32).fill(0xff)).toString(16)).toBe('62a8ab43');
    expect(crc32c(ascending).toString(16)).toBe('46dd794e');
    expect(crc32c(ascending.toReversed()).toString(16)).toBe('113fdb5c');
    expect(crc32c(new TextEncoder().encode('123456789')).toString(16)).toBe('e3069283');
    expect(crc32c(new Uint8Array(0))).toBe(0);
  });

  it('is masked by a rotation and a constant', () => {
    // e3069283 rotated right by 15 bits is 2507c60d; plus a282ead8.
    expect(maskedCrc32c(new TextEncoder().encode('123456789')).toString(16)).toBe('c78ab0e5');
  });
});

/** Splits a file into TFRecords, checking lengths and checksums. */
function tfRecords(bytes: Buffer): Buffer[] {
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc32c(bytes.subarray(at, at + 8)));
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedCrc32c(data));
    out.push(data);
    at += 16 + length;
  }
  return out;
}

const hexOf = (parts: readonly string[]): string => parts.join('').replaceAll(' ', '');

describe('the TensorBoard events file', () => {
  it('starts with the version, then has one Event per record with its scalars, without step and wall_s', () => {
    const sink = new TensorBoardSink(new AppendFile(file, null), () => 2);
    sink.write({ step: 300, wall_s: 7, ab: 1.5, c: -2 });
    sink.close();
    const hex = tfRecords(fs.readFileSync(file)).map((data) => data.toString('hex'));
    const wallTime = '09 0000000000000040'; // field 1, double 2
    expect(hex).toEqual([
      hexOf([wallTime, '1a 0d', Buffer.from('brain.Event:2').toString('hex')]),
      hexOf([
        wallTime,
        '10 ac02', // field 2, varint 300
        '2a 15', // field 5, 21 bytes
        '0a 09 0a 02 6162 15 0000c03f', // value: tag "ab", float 1.5
        '0a 08 0a 01 63 15 000000c0', // value: tag "c", float -2
      ]),
    ]);
  });

  it('supports steps beyond 32 bits and non-ASCII names', () => {
    const sink = new TensorBoardSink(new AppendFile(file, null), () => 0);
    sink.write({ step: 2 ** 40 + 5, wall_s: 0, é: NaN });
    sink.close();
    const event = tfRecords(fs.readFileSync(file))[1]!.toString('hex');
    expect(event).toBe(
      hexOf(['09 0000000000000000', '10 858080808020', '2a 0b', '0a 09 0a 02 c3a9 15 0000c07f']),
    );
  });

  it('reports its length, and continues after truncation without a second version', () => {
    const first = new TensorBoardSink(new AppendFile(file, null), () => 2);
    first.write({ step: 1, wall_s: 0, a: 1 });
    const length = first.length;
    first.write({ step: 2, wall_s: 0, a: 2 });
    first.close();
    const whole = fs.readFileSync(file);
    const second = new TensorBoardSink(new AppendFile(file, length), () => 2);
    second.write({ step: 2, wall_s: 0, a: 2 });
    expect(second.length).toBe(whole.length);
    second.close();
    expect(fs.readFileSync(file)).toEqual(whole);
  });
});
