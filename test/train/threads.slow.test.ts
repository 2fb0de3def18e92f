/** A run leaves no threads behind, however it ends. Counted in /proc, so Linux only. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { train } from '../../src/index.ts';

const QUICK = {
  engine: 'wasm',
  threads: 3,
  parallels: 4,
  running_steps: 400,
  start_training: 40,
  training_frequency: 4,
  buffer_size: 400,
  batch_size: 256,
  test_episode: 1,
} as const;

function threadsOfProcess(): number {
  return Number(/^Threads:\s+(\d+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
}

/** Waits up to two seconds for the thread count to drop to `before`; returns the count. */
async function threadsAfter(before: number): Promise<number> {
  for (let wait = 0; wait < 200 && threadsOfProcess() > before; wait++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  return threadsOfProcess();
}

// Threads are counted in /proc, which other systems lack.
describe.skipIf(process.platform !== 'linux')('threads of a run', () => {
  let folder: string;
  let before: number;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'maddpg-threads-'));
    // Warm up: Node starts its own helper threads.
    await train({ ...QUICK, threads: 1, running_steps: 80, model_dir: folder, name: 'first' });
    before = threadsOfProcess();
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('exist while it trains and are gone when it ends', async () => {
    let most = 0;
    await train(
      { ...QUICK, model_dir: folder, name: 'ends' },
      { onProgress: () => (most = Math.max(most, threadsOfProcess())) },
    );
    expect(most).toBeGreaterThanOrEqual(before + 2);
    expect(await threadsAfter(before)).toBeLessThanOrEqual(before);
  });

  it('are gone when it fails', async () => {
    const diverging = { ...QUICK, learning_rate_critic: 1e30, model_dir: folder, name: 'fails' };
    await expect(train(diverging)).rejects.toThrow('expected finite numbers, got');
    expect(await threadsAfter(before)).toBeLessThanOrEqual(before);
  });

  it('are gone when it is interrupted', async () => {
    const controller = new AbortController();
    const summary = await train(
      { ...QUICK, running_steps: 400_000, model_dir: folder, name: 'interrupted' },
      {
        signal: controller.signal,
        onProgress: ({ updates }) => {
          if (updates > 0) controller.abort();
        },
      },
    );
    expect(summary.interrupted).toBe(true);
    expect(await threadsAfter(before)).toBeLessThanOrEqual(before);
  });
});
