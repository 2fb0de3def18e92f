import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { resumeRun } from '../../src/run/train.ts';

/** A run of 200 steps after its checkpoint at step 100, by the last version with the keys of config/retired.ts. */
const RECORDED = fileURLToPath(new URL('fixtures/run-with-retired-keys', import.meta.url));

/** The files at step 200 that the same version wrote, resumed or in one go. */
const SHA256 = {
  'weights.safetensors': '220709abd80b5ab4d50f612d45f6bb7e66772f1afc4bde8ce1cfb8abc3f4ad96',
  'optimizer.safetensors': 'c911e55d54e3b79152c58ceee55ca72c0e5d1acc23ba28deccf07c87737fcbec',
  'replay.bin': '2cf6094e76fdf702ca0feede164df99a3b6affb54767b45deedd303f4a6c80a2',
  'rollout.bin': '6a2e7e1ec1c796df88a1d0a574cb48fa7f6423b14be2e7b8c2016a2d172a02f4',
};

const folder = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-retired-'));
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

describe('a checkpoint whose config.yaml has retired keys', () => {
  it('resumes to the bytes that the version with these keys ended with', async () => {
    const run = path.join(folder, 'run');
    fs.cpSync(RECORDED, run, { recursive: true });
    await resumeRun(run, {}, {});
    const at = path.join(run, 'checkpoints', 'step-000000200');
    const digest = (name: string): string =>
      createHash('sha256')
        .update(fs.readFileSync(path.join(at, name)))
        .digest('hex');
    expect(Object.fromEntries(Object.keys(SHA256).map((name) => [name, digest(name)]))).toStrictEqual(SHA256);
  });
});
