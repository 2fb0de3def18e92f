import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { afterAll, expect, it } from 'vitest';
import { readLiveRun, readRun } from '../../src/run/run-files.ts';
import { pack, unpack } from '../../src/sweep/queue/archive.ts';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-archive-'));
afterAll(() => {
  fs.rmSync(scratch, { recursive: true });
});

function runWith(name: string, files: Readonly<Record<string, string>>): string {
  const run = path.join(scratch, name);
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(run, file)), { recursive: true });
    fs.writeFileSync(path.join(run, file), text);
  }
  return run;
}

const FILES = {
  'config.yaml': 'seed: 1\n',
  'checkpoints/latest': 'step-000000100\n',
  'checkpoints/step-000000100/weights.safetensors': 'weights',
};

it('an archive holds the files of a run, but neither its lock nor hidden ones', async () => {
  const hidden = {
    'run.lock': '{}',
    '.tmp-x': '1',
    'checkpoints/.tmp-step-000000200/weights.safetensors': '2',
  };
  const run = runWith('whole', { ...FILES, ...hidden });
  const copy = path.join(scratch, 'copy');
  await unpack(await pack(readRun(run)), copy);
  const files = [...readRun(copy)].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]);
  expect(Object.fromEntries(files)).toEqual(FILES);
  expect(fs.existsSync(path.join(copy, 'run.lock'))).toBe(false);
});

it('a run without a checkpoint is not sent', () => {
  expect(readLiveRun(runWith('begun', { 'config.yaml': '' }))).toBeUndefined();
});

it.each(['../outside', '/etc/outside', 'a/../../outside', 'a\\..\\outside', '.hidden', ''])(
  'an archive with a file named %j is refused',
  async (name) => {
    const archive = gzipSync(zipSync({ [name]: new Uint8Array([1]) }));
    const run = path.join(scratch, 'refused');
    await expect(unpack(archive, run)).rejects.toThrow(
      `queue: expected the files of a run, got one named ${JSON.stringify(name)}`,
    );
    expect(fs.existsSync(run)).toBe(false);
  },
);
