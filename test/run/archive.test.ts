/** Zips of runs, and those of strangers. */
import { zipSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/user-error.ts';
import { packRun, readArchive } from '../../src/run/archive.ts';
import { changed, renamed, zipOf } from './hostile-zip.ts';

const RUN = { 'run/config.yaml': 'seed: 1\n', 'run/checkpoints/latest': 'step-000000001\n' };
const zip = zipOf(RUN);

function faultOf(bytes: Uint8Array): string {
  try {
    readArchive(bytes, 'x.zip');
  } catch (error) {
    if (error instanceof UserError && error.exitCode === 2 && error.faults.length === 1) return error.message;
    throw error;
  }
  return 'none';
}

describe('the zip of a run', () => {
  it('gives back what was packed, with equal bytes for equal runs', () => {
    const files = new Map([
      ['config.yaml', new Uint8Array([1, 2, 3])],
      ['checkpoints/step-000000002/weights.safetensors', new Uint8Array(1000).fill(7)],
      ['metrics.csv', new Uint8Array(0)],
    ]);
    const packed = packRun({ name: 'a run – ü', files });
    expect(readArchive(packed, 'x.zip')).toEqual({ name: 'a run – ü', files });
    expect(packRun({ name: 'a run – ü', files })).toEqual(packed);
    // Headers and names alone are added.
    expect(packed.length).toBeLessThan(1003 + 3 * 200);
  });

  it('is taken with entries for folders', () => {
    const bytes = zipSync(
      { run: { 'a.txt': new Uint8Array(1), sub: [new Uint8Array(0), {}] } },
      { level: 0 },
    );
    expect([...readArchive(bytes, 'x.zip').files.keys()]).toEqual(['a.txt', 'sub']);
    expect(faultOf(zipOf({ 'run/': '', 'run/a': '1' }))).toBe('none');
  });

  it.each([
    ['nothing', new Uint8Array(0), 'a whole zip of a run, got something else'],
    ['no zip', new TextEncoder().encode('x'.repeat(100)), 'a whole zip of a run, got something else'],
    ['an empty zip', zipOf({}), 'the folder of a run, got an empty zip'],
    ['a cut zip', zip.subarray(0, -30), 'a whole zip of a run, got something else'],
    ['a file without a folder', zipOf({ run: 'x' }), 'the folder of a run, got a file, "run"'],
    ['two folders', zipOf({ ...RUN, 'b/c': 'x' }), 'everything inside the folder run, got "b/c"'],
    ['a way out', zipOf({ ...RUN, 'run/../c': 'x' }), 'plain names inside one folder, got "run/../c"'],
    ['a way out at once', zipOf({ '../c': 'x' }), 'plain names inside one folder, got "../c"'],
    ['an absolute name', zipOf({ '/etc/passwd': 'x' }), 'plain names inside one folder, got "/etc/passwd"'],
    ['a drive', zipOf({ 'C:/a': 'x' }), 'plain names inside one folder, got "C:/a"'],
    ['a stream of Windows', zipOf({ 'run/a:b': 'x' }), 'plain names inside one folder, got "run/a:b"'],
    ['backslashes', zipOf({ 'run/..\\c': 'x' }), 'plain names inside one folder, got "run/..\\\\c"'],
    ['a hidden file', zipOf({ 'run/.npmrc': 'x' }), 'plain names inside one folder, got "run/.npmrc"'],
    ['a line break', zipOf({ 'run/a\nb': 'x' }), 'plain names inside one folder, got "run/a\\nb"'],
    ['an empty name', zipOf({ 'run//a': 'x' }), 'plain names inside one folder, got "run//a"'],
    [
      'a deep name',
      zipOf({ 'run/1/2/3/4/5/6/7/8': 'x' }),
      'plain names inside one folder, got "run/1/2/3/4/5/6/7/8"',
    ],
    [
      'a name twice',
      renamed(zipOf({ 'run/a': '1', 'run/b': '2' }), 'run/b', 'run/a'),
      'every name once, got "run/a" again',
    ],
    ['a name in two cases', zipOf({ 'run/a': '1', 'run/A': '2' }), 'every name once, got "run/A" again'],
    [
      'a file as a folder',
      zipOf({ 'run/a': '1', 'run/A/b': '2' }),
      'every name once, got a file and a folder "a"',
    ],
    ['a folder as a file', zipOf({ 'run/a/b': '1', 'run/a': '2' }), 'every name once, got "run/a" again'],
    [
      'a link',
      changed(zip, 'run/config.yaml', 38, 32, 0xa1ff0000),
      'files and folders only, got a link or device, "run/config.yaml"',
    ],
    [
      'a device',
      changed(zip, 'run/config.yaml', 38, 32, 0x21ff0000),
      'files and folders only, got a link or device, "run/config.yaml"',
    ],
    [
      'a packed file',
      zipSync({ run: { a: new Uint8Array(1e6) } }),
      'a zip without compression, got one that packs "run/a"; unpack it yourself',
    ],
    [
      'an encrypted file',
      changed(zip, 'run/config.yaml', 8, 16, 1),
      'a zip without compression, got one that packs "run/config.yaml"; unpack it yourself',
    ],
    [
      'another size than the file has',
      changed(changed(zip, 'run/config.yaml', 20, 32, 9), 'run/config.yaml', 24, 32, 9),
      'a whole zip, got one in which "run/config.yaml" is damaged',
    ],
    [
      'a place beyond the end',
      changed(zip, 'run/config.yaml', 42, 32, 0x7fffffff),
      'a whole zip, got one in which "run/config.yaml" is damaged',
    ],
    [
      'a list that is too long',
      changed(zip, 'run/config.yaml', 30, 16, 65535),
      'a whole zip, got one whose list of files is damaged',
    ],
    [
      'a text that is too long',
      zipOf({ 'run/checkpoints/step-000000001/manifest.json': 'x'.repeat(1e6 + 1) }),
      '"run/checkpoints/step-000000001/manifest.json" of at most 1000000 bytes, got 1000001',
    ],
  ])('is refused in one line: %s', (_, bytes, fault) => {
    expect(faultOf(bytes)).toBe(`x.zip: expected ${fault}`);
  });

  it('is refused where entries share their bytes, which could add up to any size', () => {
    const names = Array.from({ length: 20 }, (_, k) => `run/${String.fromCharCode(97 + k)}`);
    let bytes = zipOf({
      'run/a': 'x'.repeat(1000),
      ...Object.fromEntries(names.slice(1).map((name) => [name, ''])),
    });
    for (const name of names.slice(1))
      for (const [field, value] of [
        [20, 1000],
        [24, 1000],
        [42, 0],
      ] as const)
        bytes = changed(bytes, name, field, 32, value);
    expect(faultOf(bytes)).toMatch(/^x.zip: expected a whole zip, got one in which "run\/b" is damaged$/);
  });

  it('with any byte changed is read or refused, in one line', () => {
    fc.assert(
      fc.property(fc.nat(zip.length - 1), fc.nat(255), (at, byte) => {
        const copy = zip.slice();
        copy[at] = byte;
        expect(faultOf(copy)).toMatch(/^(none|x\.zip: expected .*)$/);
      }),
    );
  });
});
