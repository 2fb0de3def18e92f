/** Damages a checkpoint folder, as disks, copying and strangers do, and signs it anew. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { FastStream } from '../../src/core/random.ts';

/** What a damage may take from: another checkpoint of the run, and one of another run. */
export interface Others {
  readonly older: string;
  readonly foreign: string;
}

type Damage = (folder: string, draw: FastStream, others: Others) => void;

const pick = <T>(draw: FastStream, from: readonly T[]): T => from[draw.below(from.length)]!;

function fileIn(folder: string, draw: FastStream): string {
  return path.join(folder, pick(draw, fs.readdirSync(folder).sort()));
}

function changeBytes(file: string, change: (bytes: Buffer) => Buffer | undefined): void {
  const bytes = fs.readFileSync(file);
  fs.writeFileSync(file, change(bytes) ?? bytes);
}

function replaceBy(file: string, make: () => void): void {
  fs.rmSync(file);
  make();
}

/** Damages of any file, by what happened. */
const RAW: Readonly<Record<string, Damage>> = {
  'bit flips': (folder, draw) => {
    changeBytes(fileIn(folder, draw), (bytes) => {
      for (let n = draw.below(3); n >= 0; n--) {
        const at = draw.below(bytes.length);
        bytes[at] = bytes[at]! ^ (1 << draw.below(8));
      }
      return undefined;
    });
  },
  truncation: (folder, draw) => {
    changeBytes(fileIn(folder, draw), (bytes) => bytes.subarray(0, draw.below(bytes.length)));
  },
  'appended bytes': (folder, draw) => {
    const more = Buffer.alloc(1 + draw.below(100), draw.below(256));
    changeBytes(fileIn(folder, draw), (bytes) => Buffer.concat([bytes, more]));
  },
  'zeroed page': (folder, draw) => {
    changeBytes(fileIn(folder, draw), (bytes) => {
      const start = draw.below(bytes.length);
      return bytes.fill(0, start, Math.min(bytes.length, start + 1 + draw.below(4096)));
    });
  },
  'moved bytes': (folder, draw) => {
    changeBytes(fileIn(folder, draw), (bytes) => {
      const length = 1 + draw.below(64);
      bytes.copyWithin(draw.below(bytes.length), draw.below(bytes.length), length);
      return undefined;
    });
  },
  'deleted file': (folder, draw) => {
    fs.rmSync(fileIn(folder, draw));
  },
  'swapped files': (folder, draw) => {
    const [a, b] = [fileIn(folder, draw), fileIn(folder, draw)];
    const bytes = fs.readFileSync(a);
    fs.copyFileSync(b, a);
    fs.writeFileSync(b, bytes);
  },
  'file of another step': (folder, draw, { older }) => {
    const file = fileIn(folder, draw);
    fs.copyFileSync(path.join(older, path.basename(file)), file);
  },
  'file of another run': (folder, draw, { foreign }) => {
    const file = fileIn(folder, draw);
    fs.copyFileSync(path.join(foreign, path.basename(file)), file);
  },
  'extra file': (folder, draw) => {
    fs.writeFileSync(path.join(folder, pick(draw, ['notes.txt', 'replay.bin.bak', 'weights'])), 'x');
  },
};

/** Things that are no regular files, in a file's place. */
const ODD: Readonly<Record<string, (file: string) => void>> = {
  folder: (file) => {
    fs.mkdirSync(file);
  },
  pipe: (file) => {
    execFileSync('mkfifo', [file]);
  },
  'link to itself': (file) => {
    fs.symlinkSync(path.basename(file), file);
  },
  'link to /dev/zero': (file) => {
    fs.symlinkSync('/dev/zero', file);
  },
  'link to nothing': (file) => {
    fs.symlinkSync('nowhere', file);
  },
};

function oddFile(folder: string, draw: FastStream): string {
  const kind = pick(draw, Object.keys(ODD));
  const file = fileIn(folder, draw);
  replaceBy(file, () => {
    ODD[kind]!(file);
  });
  return `${kind} as ${path.basename(file)}`;
}

/** Damages the checkpoint at random, without telling the manifest. Returns what was done. */
export function damage(folder: string, draw: FastStream, others: Others): string {
  if (draw.below(8) === 0) return oddFile(folder, draw);
  const kind = pick(draw, Object.keys(RAW));
  RAW[kind]!(folder, draw, others);
  return kind;
}

/** Values that somebody may write in place of a number or a name. */
const VALUES: readonly unknown[] = [
  ...[null, true, '', 'x', [], {}, [1, 2, 3], { a: 1 }],
  ...[-1, 0, 1, 2, 0.5, -0.5, 255, 1e6, 1e9, 2 ** 31, 2 ** 53, 1e300],
];

/** Replaces, removes or adds one value somewhere in a JSON value. */
function changeJson(value: unknown, draw: FastStream): unknown {
  if (typeof value !== 'object' || value === null || draw.below(8) === 0) return pick(draw, VALUES);
  if (Array.isArray(value)) {
    const list: unknown[] = [...(value as readonly unknown[])];
    if (list.length === 0 || draw.below(10) === 0) return [...list, pick(draw, VALUES)];
    const at = draw.below(list.length);
    if (draw.below(6) === 0) return list.toSpliced(at, 1);
    return list.with(at, changeJson(list[at], draw));
  }
  const entries = Object.entries(value);
  if (entries.length === 0 || draw.below(12) === 0)
    return { ...value, [pick(draw, ['x', '__proto__', 'constructor', 'step'])]: pick(draw, VALUES) };
  const [key, own] = pick<[string, unknown]>(draw, entries);
  if (draw.below(8) === 0) return Object.fromEntries(entries.filter(([name]) => name !== key));
  return { ...value, [key]: changeJson(own, draw) };
}

/** Changes the JSON header of a binary file, whose length stands in the `width` bytes at `at`. */
function changeHeader(bytes: Buffer, at: number, width: 4 | 8, draw: FastStream): Buffer {
  const length = bytes.readUInt32LE(at);
  const start = at + width;
  const header = JSON.stringify(changeJson(JSON.parse(bytes.toString('utf8', start, start + length)), draw));
  // Padded to the old length where it fits, so that what follows keeps its place.
  const text = header.padEnd(length);
  const prefix = Buffer.from(bytes.subarray(0, start));
  prefix.writeUInt32LE(text.length, at);
  return Buffer.concat([prefix, Buffer.from(text), bytes.subarray(start + length)]);
}

const NUMBERS = [NaN, Infinity, -1, 1e38, 0.5, 1e300, 2 ** 40];

function changeNumber(bytes: Buffer, draw: FastStream): void {
  const width = pick(draw, [4, 8]);
  const at = draw.below(Math.max(1, Math.floor(bytes.length / width) - 1)) * width;
  const value = pick(draw, NUMBERS);
  if (width === 4) bytes.writeFloatLE(value, at);
  else bytes.writeDoubleLE(value, at);
}

/** Damages that only a signature makes sense of. */
const SIGNED: Readonly<Record<string, Damage>> = {
  json: (folder, draw) => {
    changeBytes(path.join(folder, pick(draw, ['state.json', 'state.json', 'policy.json'])), (bytes) =>
      Buffer.from(JSON.stringify(changeJson(JSON.parse(bytes.toString()), draw))),
    );
  },
  configuration: (folder, draw) => {
    changeBytes(path.join(folder, 'config.yaml'), (bytes) => {
      const lines = bytes.toString().split('\n');
      const keys = lines.flatMap((line, i) => (/^\w+:/.test(line) ? [i] : []));
      const i = pick(draw, keys);
      const value = draw.below(6) === 0 ? undefined : JSON.stringify(pick(draw, VALUES));
      return Buffer.from(
        lines
          .flatMap((line, k) =>
            k !== i ? [line] : value === undefined ? [] : [line.replace(/:.*/, `: ${value}`)],
          )
          .join('\n'),
      );
    });
  },
  'tensor header': (folder, draw) => {
    const name = pick(draw, ['weights.safetensors', 'optimizer.safetensors']);
    changeBytes(path.join(folder, name), (bytes) => changeHeader(bytes, 0, 8, draw));
  },
  'section header': (folder, draw) => {
    const name = pick(draw, ['replay.bin', 'rollout.bin']);
    changeBytes(path.join(folder, name), (bytes) => changeHeader(bytes, 8, 4, draw));
  },
  number: (folder, draw) => {
    const names = [
      'weights.safetensors',
      'optimizer.safetensors',
      'replay.bin',
      'rollout.bin',
      'rollout.bin',
    ];
    changeBytes(path.join(folder, pick(draw, names)), (bytes) => {
      changeNumber(bytes, draw);
      return undefined;
    });
  },
};

/** Damages the checkpoint at random and signs it. Returns what was done. */
export function damageSigned(folder: string, draw: FastStream, others: Others): string {
  if (draw.below(8) === 0) return `manifest: ${damageManifest(folder, draw)}`;
  const all = { ...RAW, ...SIGNED };
  const kinds = [...Object.keys(SIGNED), ...Object.keys(SIGNED), ...Object.keys(RAW)];
  const kind = pick(draw, kinds);
  all[kind]!(folder, draw, others);
  sign(folder);
  return `signed: ${kind}`;
}

function damageManifest(folder: string, draw: FastStream): string {
  const file = path.join(folder, 'manifest.json');
  const manifest = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
  delete manifest['sha256'];
  fs.writeFileSync(file, JSON.stringify(changeJson(manifest, draw)));
  return 'a value';
}

/** Puts the sizes and hashes of the files that there are into the manifest, if that can be read. */
export function sign(folder: string): void {
  const file = path.join(folder, 'manifest.json');
  let manifest: Record<string, unknown>;
  try {
    manifest = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch {
    return; // it was damaged itself, or is not there
  }
  const entries = fs
    .readdirSync(folder)
    .filter((name) => name !== 'manifest.json')
    .map((name): [string, object] => {
      const bytes = fs.readFileSync(path.join(folder, name));
      return [name, { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }];
    });
  delete manifest['sha256']; // as in manifests of maddpg 0.1.0
  fs.writeFileSync(file, JSON.stringify({ ...manifest, files: Object.fromEntries(entries) }));
}

/** What a folder holds, for comparison: the kind and content of every entry. */
export function contentOf(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const file = path.join(folder, name);
      const stat = fs.lstatSync(file);
      const hash = stat.isFile() ? createHash('sha256').update(fs.readFileSync(file)).digest('hex') : '';
      return `${name} ${stat.mode} ${hash}`;
    });
}
