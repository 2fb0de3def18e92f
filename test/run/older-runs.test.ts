import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { resumeRun } from '../../src/run/train.ts';

/**
 * Runs of 200 steps after their checkpoint at step 100, and the files at step 200 that the same version wrote, resumed or in
 * one go.
 */
const OLDER: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // The last version with the keys of config/retired.ts.
  'run-with-retired-keys': {
    'weights.safetensors': '220709abd80b5ab4d50f612d45f6bb7e66772f1afc4bde8ce1cfb8abc3f4ad96',
    'optimizer.safetensors': 'c911e55d54e3b79152c58ceee55ca72c0e5d1acc23ba28deccf07c87737fcbec',
    'replay.bin': '2cf6094e76fdf702ca0feede164df99a3b6affb54767b45deedd303f4a6c80a2',
    'rollout.bin': '6a2e7e1ec1c796df88a1d0a574cb48fa7f6423b14be2e7b8c2016a2d172a02f4',
  },
  // The last version without the key `arithmetic`, which rounded products by themselves.
  'run-before-arithmetic': {
    'weights.safetensors': '0ecee384e9bab8f16595577153aed908af23b654b582d3c9bf7e0261cb1a8de1',
    'optimizer.safetensors': '01910ccae32f2734aa917620a8b0bd0aad5263de1a2c0447512d7e19ca8d7f15',
    'replay.bin': 'bf553b523675104c6ad4d1b4c25343602cd29d35a426ebf4320240feaa13c268',
    'rollout.bin': '6a2e7e1ec1c796df88a1d0a574cb48fa7f6423b14be2e7b8c2016a2d172a02f4',
  },
};

const folder = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-older-'));
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

/** A copy of a recorded run, resumed; digests of the files at step 200. */
async function resumed(name: string, sets: readonly string[] = []): Promise<Record<string, string>> {
  const run = fs.mkdtempSync(path.join(folder, `${name}-`));
  fs.cpSync(fileURLToPath(new URL(`fixtures/${name}`, import.meta.url)), run, { recursive: true });
  await resumeRun(run, { sets }, {});
  const digest = (file: string): string =>
    createHash('sha256')
      .update(fs.readFileSync(path.join(run, 'checkpoints', 'step-000000200', file)))
      .digest('hex');
  return Object.fromEntries(Object.keys(OLDER[name]!).map((file) => [file, digest(file)]));
}

describe('a checkpoint of an older version', () => {
  it.each(Object.entries(OLDER))(
    '%s resumes to the bytes that its version ended with',
    async (name, files) => {
      expect(await resumed(name)).toStrictEqual(files);
    },
  );

  it('goes on with fused arithmetic if asked to, to other bytes', async () => {
    const files = await resumed('run-before-arithmetic', ['arithmetic=fused']);
    expect(files['weights.safetensors']).not.toBe(OLDER['run-before-arithmetic']!['weights.safetensors']);
  });
});
