import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointError } from '../../src/checkpoint/checkpoint-error.ts';
import { findCheckpoint, readCheckpoint } from '../../src/checkpoint/load.ts';
import type { ReadOptions } from '../../src/checkpoint/load.ts';
import { verify } from '../../src/checkpoint/manifest.ts';
import { saveCheckpoint } from '../../src/checkpoint/save.ts';
import { unprivileged } from '../unprivileged.ts';
import type { SaveOptions } from '../../src/checkpoint/save.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const origin = { packageVersion: '0.1.0', createdBy: { env: 'mpe/simple_spread_v3' } };

let root: string;
let run: string;
let dir: string;
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-checkpoint-'));
  run = path.join(root, 'spread');
  dir = path.join(run, 'checkpoints');
});
afterEach(() => {
  fs.rmSync(root, { recursive: true });
});

function save(step: number, options: Partial<SaveOptions> & { text?: string } = {}): string {
  const { text = `weights of ${step}`, ...rest } = options;
  const files = { 'weights.safetensors': bytes(text), 'replay.bin': bytes(`replay of ${step}`) };
  return saveCheckpoint(run, step, files, { ...origin, keep: 0, ...rest });
}

const textOf = (folder: string, name = 'weights.safetensors'): string =>
  new TextDecoder().decode(readCheckpoint(folder).files.get(name));

function faultOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof CheckpointError) return error.message;
    throw error;
  }
  throw new Error('expected a CheckpointError');
}

describe('saveCheckpoint', () => {
  it('writes a folder named after the step, and points latest at it', () => {
    const folder = save(400_000);
    expect(folder).toBe(path.join(dir, 'step-000400000'));
    expect(fs.readdirSync(dir).sort()).toEqual(['latest', 'step-000400000']);
    expect(fs.readFileSync(path.join(dir, 'latest'), 'utf8')).toBe('step-000400000\n');
    expect(fs.readdirSync(folder).sort()).toEqual(['manifest.json', 'replay.bin', 'weights.safetensors']);
    expect(JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json'), 'utf8'))).toEqual({
      format_version: 1,
      package_version: '0.1.0',
      step: 400_000,
      created_by: { env: 'mpe/simple_spread_v3' },
      files: {
        'weights.safetensors': {
          bytes: 17,
          sha256: 'ed839c45d675169a8b5a1f21af7cf1257148cda10db370f81c450b13f0857cb9',
        },
        'replay.bin': {
          bytes: 16,
          sha256: 'd2379fcbcd4fc7db7873d26e63e96f70a15c5d2003f75caa2967e02d6367605d',
        },
      },
      sha256: '863de09c9711542b585b1cf212f99b1de1d4e172fab476656de6b1e535dfead0',
    });
  });

  it('writes equal bytes for equal content, including the manifest', () => {
    const first = save(8);
    const manifest = fs.readFileSync(path.join(first, 'manifest.json'));
    run = path.join(root, 'again');
    expect(fs.readFileSync(path.join(save(8), 'manifest.json'))).toEqual(manifest);
  });

  it('is read back as it was saved', () => {
    const { step, files, manifest } = readCheckpoint(save(16));
    expect(step).toBe(16);
    expect(manifest.packageVersion).toBe('0.1.0');
    expect(manifest.createdBy).toEqual({ env: 'mpe/simple_spread_v3' });
    expect([...files]).toEqual([
      ['weights.safetensors', bytes('weights of 16')],
      ['replay.bin', bytes('replay of 16')],
    ]);
  });

  it('keeps the given number of newest checkpoints, and always those that latest and best name', () => {
    save(100, { keep: 2, best: true });
    for (const step of [200, 300, 400, 500]) save(step, { keep: 2 });
    expect(fs.readdirSync(dir).sort()).toEqual([
      'best',
      'latest',
      'step-000000100',
      'step-000000400',
      'step-000000500',
    ]);
    expect(findCheckpoint(run, { best: true })).toBe(path.join(dir, 'step-000000100'));
    expect(findCheckpoint(run)).toBe(path.join(dir, 'step-000000500'));
  });

  it('drops the previous best checkpoint once best names another', () => {
    save(100, { keep: 1, best: true });
    save(200, { keep: 1 });
    save(300, { keep: 1, best: true });
    expect(fs.readdirSync(dir).sort()).toEqual(['best', 'latest', 'step-000000300']);
  });

  it('never removes the checkpoint just saved, even if there are later steps', () => {
    for (const step of [100, 200, 300]) save(step);
    save(150, { keep: 1 });
    expect(findCheckpoint(run)).toBe(path.join(dir, 'step-000000150'));
    expect(fs.readdirSync(dir).sort()).toEqual(['latest', 'step-000000150', 'step-000000300']);
  });

  it('leaves bulky files to the checkpoint to resume from, even if there are later steps', () => {
    for (const step of [100, 200, 300]) save(step);
    save(150, { bulky: { files: ['replay.bin'], keep: 1 } });
    const kept = [100, 150, 200, 300].filter((step) =>
      fs.existsSync(path.join(dir, `step-000000${step}`, 'replay.bin')),
    );
    expect(kept).toEqual([150, 300]);
    expect(textOf(findCheckpoint(run), 'replay.bin')).toBe('replay of 150');
  });

  it('keeps all with keep 0, and orders steps numerically', () => {
    save(999_999_999);
    save(1_000_000_000, { keep: 1 });
    expect(fs.readdirSync(dir).sort()).toEqual(['latest', 'step-1000000000']);
    for (const step of [1, 2, 3, 4, 5, 6]) save(step);
    expect(fs.readdirSync(dir)).toHaveLength(8);
  });

  it('replaces a checkpoint of the same step', () => {
    save(100, { best: true });
    save(200);
    save(100, { text: 'other weights' });
    expect(fs.readdirSync(dir).sort()).toEqual(['best', 'latest', 'step-000000100', 'step-000000200']);
    expect(findCheckpoint(run)).toBe(path.join(dir, 'step-000000100'));
    expect(textOf(findCheckpoint(run, { best: true }))).toBe('other weights');
  });

  it('removes leftovers of a crash', () => {
    save(100);
    fs.mkdirSync(path.join(dir, '.tmp-step-000000200'));
    fs.writeFileSync(path.join(dir, '.tmp-step-000000200', 'replay.bin'), 'half');
    fs.writeFileSync(path.join(dir, '.tmp-latest'), 'step-0000');
    fs.cpSync(path.join(dir, 'step-000000100'), path.join(dir, 'step-000000100-replacement'), {
      recursive: true,
    });
    save(200);
    expect(fs.readdirSync(dir).sort()).toEqual(['latest', 'step-000000100', 'step-000000200']);
  });

  it('rejects file names that are not plain, and manifest.json', () => {
    for (const name of ['a/b', '..', '', '.hidden', 'manifest.json']) {
      expect(() => saveCheckpoint(run, 1, { [name]: bytes('x') }, { ...origin, keep: 0 })).toThrow(
        new RangeError(`saveCheckpoint: expected plain file names, got '${name}'`),
      );
    }
    expect(() => save(-1)).toThrow(new RangeError('checkpoint: expected a step of 0 or more, got -1'));
  });
});

describe('findCheckpoint', () => {
  it('accepts a run, its checkpoints folder or a single checkpoint', () => {
    const first = save(100, { best: true });
    const second = save(200);
    expect(findCheckpoint(run)).toBe(second);
    expect(findCheckpoint(dir)).toBe(second);
    expect(findCheckpoint(run, { best: true })).toBe(first);
    expect(findCheckpoint(dir, { best: true })).toBe(first);
    expect(findCheckpoint(first)).toBe(first);
  });

  it('accepts a checkpoint that was moved and renamed', () => {
    const copy = path.join(root, 'my-policy');
    fs.cpSync(save(100), copy, { recursive: true });
    expect(findCheckpoint(copy)).toBe(copy);
    expect(readCheckpoint(copy).step).toBe(100);
  });

  it('says what is missing, and suggests what to name instead', () => {
    const nothing = path.join(root, 'nothing');
    expect(faultOf(() => findCheckpoint(nothing))).toBe(
      `${nothing}: expected a run or checkpoint folder, got no such folder`,
    );
    expect(faultOf(() => findCheckpoint(root))).toBe(
      `${root}: expected a run or checkpoint folder, got a folder without checkpoints`,
    );
    fs.mkdirSync(dir, { recursive: true });
    expect(faultOf(() => findCheckpoint(root))).toBe(
      `${root}: expected a run or checkpoint folder, got a folder without checkpoints; name one of the runs in it: ${path.basename(run)}`,
    );
    expect(faultOf(() => findCheckpoint(run))).toBe(
      `${run}: expected a run with a checkpoint, got none: it ended before its first checkpoint; delete the folder or choose another name, and start again`,
    );
    const file = path.join(save(100), 'manifest.json');
    expect(faultOf(() => findCheckpoint(file))).toBe(
      `${file}: expected a run or checkpoint folder, got a file; name its folder`,
    );
  });

  it('says that best does not exist yet, or that --best does not apply to a single checkpoint', () => {
    const folder = save(100);
    expect(faultOf(() => findCheckpoint(run, { best: true }))).toBe(
      `${path.join(dir, 'best')}: expected the name of the best checkpoint, got no such file; there has been no evaluation yet, leave out --best`,
    );
    expect(faultOf(() => findCheckpoint(folder, { best: true }))).toBe(
      `${folder}: expected a run folder with --best, got a checkpoint; name the run, or leave out --best`,
    );
  });

  it('suggests another checkpoint if latest is missing or dangling, but does not load it', () => {
    const folder = save(100);
    const latest = path.join(dir, 'latest');
    fs.rmSync(latest);
    expect(faultOf(() => findCheckpoint(run))).toBe(
      `${latest}: expected the name of a checkpoint, got no such file; name the newest intact checkpoint instead: ${folder}`,
    );
    for (const name of ['step-000000200', '../../elsewhere', '']) {
      fs.writeFileSync(latest, `${name}\n`);
      expect(faultOf(() => findCheckpoint(run))).toBe(
        `${latest}: expected the name of a checkpoint beside it, got ${JSON.stringify(name)}; name the newest intact checkpoint instead: ${folder}`,
      );
    }
    fs.rmSync(folder, { recursive: true });
    fs.writeFileSync(latest, 'step-000000100\n');
    expect(faultOf(() => findCheckpoint(run))).toBe(
      `${latest}: expected the name of a checkpoint beside it, got "step-000000100"; there is no other intact checkpoint beside it`,
    );
  });
});

describe('latest', () => {
  it('is read only if it is a short regular file, and quoted in short', () => {
    const folder = save(100);
    const latest = path.join(dir, 'latest');
    const faultWith = (make: () => void): string => {
      fs.rmSync(latest, { recursive: true, force: true });
      make();
      return faultOf(() => findCheckpoint(run));
    };
    const hint = `; name the newest intact checkpoint instead: ${folder}`;
    const expected = `${latest}: expected the name of a checkpoint, got`;
    expect(
      faultWith(() => {
        fs.mkdirSync(latest);
      }),
    ).toBe(`${expected} a folder${hint}`);
    expect(
      faultWith(() => {
        fs.symlinkSync('/dev/zero', latest);
      }),
    ).toBe(`${expected} something that is not a regular file${hint}`);
    expect(
      faultWith(() => {
        fs.writeFileSync(latest, 'x'.repeat(1001));
      }),
    ).toBe(`${expected} 1001 bytes, which is more than 1000${hint}`);
    expect(
      faultWith(() => {
        fs.symlinkSync('latest', latest);
      }),
    ).toBe(`${latest}: expected a file or folder, got a symbolic link that leads back to itself${hint}`);
    expect(
      faultWith(() => {
        fs.writeFileSync(latest, `\u001b[31m${'x'.repeat(900)}`);
      }),
    ).toBe(
      `${latest}: expected the name of a checkpoint beside it, got "\\u001b[31m${'x'.repeat(32)}..."; ` +
        `name the newest intact checkpoint instead: ${folder}`,
    );
  });
});

describe('readCheckpoint', () => {
  let first: string;
  let last: string;
  let hint: string;
  beforeEach(() => {
    first = save(100);
    last = save(200);
    hint = `; name the newest intact checkpoint instead: ${first}`;
  });

  it('reads only the requested files', () => {
    const { files } = readCheckpoint(last, { only: ['weights.safetensors'] });
    expect([...files]).toEqual([['weights.safetensors', bytes('weights of 200')]]);
    expect(faultOf(() => readCheckpoint(last, { only: ['state.json'] }))).toBe(
      `${path.join(last, 'state.json')}: expected a file that manifest.json lists, got one that it does not${hint}`,
    );
  });

  it('names a file with a flipped bit', () => {
    const file = path.join(last, 'replay.bin');
    const damaged = fs.readFileSync(file);
    damaged[5]! ^= 1;
    fs.writeFileSync(file, damaged);
    const text = faultOf(() => readCheckpoint(last));
    expect(text.startsWith(`${file}: expected SHA-256 `)).toBe(true);
    expect(text.endsWith(`: it is damaged${hint}`)).toBe(true);
    // Also if the damaged file is not asked for: a damaged checkpoint is never loaded.
    expect(faultOf(() => readCheckpoint(last, { only: ['weights.safetensors'] }))).toBe(text);
  });

  it.each<[string, ReadOptions]>([
    ['all files', {}],
    ['one file', { only: ['weights.safetensors'] }],
  ])('names a missing, a truncated and an extra file when reading %s', (_, options) => {
    const file = path.join(last, 'replay.bin');
    fs.writeFileSync(path.join(last, 'notes.txt'), '');
    expect(faultOf(() => readCheckpoint(last, options))).toBe(
      `${path.join(last, 'notes.txt')}: expected only the files in manifest.json, got an extra file; remove it${hint}`,
    );
    fs.truncateSync(file, 3);
    expect(faultOf(() => readCheckpoint(last, options))).toBe(
      `${file}: expected 13 bytes, got 3: it is damaged${hint}`,
    );
    fs.rmSync(file);
    expect(faultOf(() => readCheckpoint(last, options))).toBe(
      `${file}: expected a file of 13 bytes, got no such file${hint}`,
    );
  });

  it('names a file that is no regular file, whether it is asked for or not', () => {
    const file = path.join(last, 'replay.bin');
    const odd: readonly (readonly [make: () => void, got: string])[] = [
      [
        () => {
          fs.mkdirSync(file);
        },
        'a folder',
      ],
      [
        () => {
          fs.symlinkSync('/dev/zero', file);
        },
        'no regular file',
      ],
      [
        () => {
          fs.symlinkSync('replay.bin', file);
        },
        'a symbolic link that leads back to itself',
      ],
      [
        () => {
          fs.symlinkSync('nowhere', file);
        },
        'no such file',
      ],
    ];
    for (const [make, got] of odd) {
      fs.rmSync(file, { recursive: true, force: true });
      make();
      for (const options of [{}, { only: ['weights.safetensors'] }])
        expect(faultOf(() => readCheckpoint(last, options))).toBe(
          `${file}: expected a file of 13 bytes, got ${got}${hint}`,
        );
    }
  });

  it('names a file that may not be read, and one with an impossible name', () => {
    for (const folder of [root, last]) fs.chmodSync(folder, 0o755);
    const file = path.join(last, 'replay.bin');
    fs.chmodSync(file, 0);
    expect(unprivileged(() => faultOf(() => readCheckpoint(last)))).toBe(
      `${file}: expected a file of 13 bytes, got one that may not be read; change its permissions${hint}`,
    );
    const manifest = path.join(last, 'manifest.json');
    const whole = fs.readFileSync(manifest, 'utf8').replace(/,\n {2}"sha256": ".*"\n}/, '\n}');
    for (const [name, shown] of [
      ['a\\u0000b', '"a\\u0000b"'],
      ['x'.repeat(300), `"${'x'.repeat(37)}..."`],
    ] as const) {
      fs.writeFileSync(manifest, whole.replace('replay.bin', name));
      expect(faultOf(() => readCheckpoint(last))).toBe(
        `${manifest}: expected plain file names, got ${shown}${hint}`,
      );
    }
  });

  it('names a manifest of which any byte has changed', () => {
    const file = path.join(last, 'manifest.json');
    const whole = fs.readFileSync(file, 'utf8');
    for (const changed of [
      `${whole} `,
      whole.trim(),
      whole.replace('0.1.0', '0.1.2'),
      whole.replace('mpe/', 'mpf/'),
    ]) {
      fs.writeFileSync(file, changed);
      expect(faultOf(() => readCheckpoint(last))).toBe(
        `${file}: expected the content that its sha256 is of, got another: it is damaged${hint}`,
      );
    }
  });

  it('reads no manifest of which any bit has changed', () => {
    const file = path.join(last, 'manifest.json');
    const whole = fs.readFileSync(file);
    for (let at = 0; at < whole.length; at++) {
      const flipped = Uint8Array.from(whole);
      flipped[at]! ^= 1 << (at % 8);
      fs.writeFileSync(file, flipped);
      expect(
        faultOf(() => readCheckpoint(last)),
        `byte ${at}`,
      ).not.toBe('none');
    }
  });

  it('reads no manifest that is too long', () => {
    const file = path.join(last, 'manifest.json');
    fs.appendFileSync(file, ' '.repeat(1e6));
    const { size } = fs.statSync(file);
    expect(faultOf(() => readCheckpoint(last))).toBe(
      `${file}: expected the manifest of a checkpoint, got ${size} bytes, which is more than 1000000${hint}`,
    );
  });

  it('ignores hidden files, which desktops create', () => {
    fs.writeFileSync(path.join(last, '.DS_Store'), '');
    expect(readCheckpoint(last).step).toBe(200);
  });

  it('names a missing or damaged manifest', () => {
    const file = path.join(last, 'manifest.json');
    const whole = fs.readFileSync(file, 'utf8').replace(/,\n {2}"sha256": ".*"\n}/, '\n}'); // as 0.1.0 wrote it
    const withManifest = (text: string): string => {
      fs.writeFileSync(file, text);
      return faultOf(() => readCheckpoint(last));
    };
    expect(withManifest('{"form')).toBe(`${file}: expected JSON, got "{\\"form"${hint}`);
    expect(withManifest('[]')).toBe(
      `${file}: expected the content to be an object, got an array of 0${hint}`,
    );
    expect(withManifest(whole.replace('"format_version": 1', '"format_version": 2'))).toBe(
      `${file}: expected format_version 1, got 2; use maddpg 0.1.0, which wrote it${hint}`,
    );
    expect(withManifest(whole.replace('"step": 200', '"step": 201'))).toBe(
      `${file}: expected step 200, got 201: it is damaged${hint}`,
    );
    const damages = [
      [whole.replace('"step": 200', '"step": "x"'), 'step to be an integer, got "x"'],
      [whole.replace('"step": 200', '"step": -200'), 'step to be >= 0, got -200'],
      [whole.replace('"replay.bin"', '"../replay.bin"'), 'plain file names, got "../replay.bin"'],
      [whole.replace('"mpe/simple_spread_v3"', '3'), 'created_by.env to be a string, got 3'],
      [
        whole.replace(/"bytes": \d+/, '"bytes": 1e999'),
        'files.weights.safetensors.bytes to be an integer, got Infinity',
      ],
      ['null', 'the content to be an object, got none'],
      ['{"format_version":1}', "the content to have required property 'package_version', got an object"],
    ] as const;
    for (const [damage, text] of damages)
      expect(withManifest(damage)).toBe(`${file}: expected ${text}${hint}`);
    fs.rmSync(file);
    expect(faultOf(() => readCheckpoint(findCheckpoint(run)))).toBe(
      `${file}: expected the manifest of a checkpoint, got no such file${hint}`,
    );
  });

  it('suggests the newest intact checkpoint, skipping damaged ones', () => {
    const third = save(300);
    fs.writeFileSync(path.join(last, 'replay.bin'), 'damaged bytes');
    fs.rmSync(path.join(third, 'replay.bin'));
    expect(faultOf(() => readCheckpoint(third))).toBe(
      `${path.join(third, 'replay.bin')}: expected a file of 13 bytes, got no such file${hint}`,
    );
  });
});

describe('verify', () => {
  it('accepts an intact checkpoint and names a damaged file', () => {
    const folder = save(100);
    expect(verify(folder).step).toBe(100);
    const file = path.join(folder, 'weights.safetensors');
    fs.writeFileSync(file, 'Weights of 100');
    expect(faultOf(() => verify(folder))).toMatch(
      /weights\.safetensors: expected SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}: it is damaged$/,
    );
  });
});
