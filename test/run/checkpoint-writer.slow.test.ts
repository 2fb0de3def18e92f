import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verify } from '../../src/checkpoint/manifest.ts';
import { loadConfig } from '../../src/config/load.ts';
import { writerOf } from '../../src/run/checkpoint-content.ts';
import { CheckpointWriter } from '../../src/run/checkpoint-writer.ts';

let run: string;
beforeEach(() => {
  run = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-writer-'));
});
afterEach(() => {
  fs.rmSync(run, { recursive: true });
});

describe('the writer of checkpoints', () => {
  it('goes on where there is no memory to reserve', async () => {
    const writer = new CheckpointWriter(run, undefined, null);
    writer.reserve(-1); // refused as too much memory is
    const folder = path.join(run, 'checkpoints', 'step-000000007');
    const options = { ...writerOf(loadConfig({}).config, 'wasm'), keep: 0 };
    await writer.save(7, folder, { 'state.json': new Uint8Array(3) }, options, []);
    await writer.settle();
    expect([...verify(folder).files.keys()]).toEqual(['state.json']);
    await writer.close();
  });

  it('is closed even if its thread has ended before', { timeout: 20_000 }, async () => {
    const started = new Promise<Worker>((resolve) => process.once('worker', resolve));
    const writer = new CheckpointWriter(run, undefined, null);
    await (await started).terminate();
    await expect(writer.close()).resolves.toBe(undefined);
  });
});
