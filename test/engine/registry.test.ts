import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/user-error.ts';
import { createEngine, engineOf, type EngineChoice } from '../../src/engine/registry.ts';

describe('createEngine()', () => {
  it('makes the engine that is asked for, which says what it is', async () => {
    for (const [engine, threads] of [
      ['reference', 1],
      ['wasm', 2],
    ] as const) {
      const made = await createEngine({ engine, device: 'cpu', threads });
      expect([made.name, made.device, made.threads]).toEqual([engine, 'cpu', threads]);
      made.dispose();
    }
  });

  it.each<[unknown, string]>([
    [
      'wasm',
      "createEngine: expected a choice such as { engine: 'wasm', device: 'cpu', threads: 'auto' }, got \"wasm\"",
    ],
    [
      undefined,
      "createEngine: expected a choice such as { engine: 'wasm', device: 'cpu', threads: 'auto' }, got none",
    ],
    [
      { device: 'cpu', threads: 1 },
      'createEngine: engine: expected one of auto, wasm, tensorflow, reference, got none',
    ],
    [{ engine: 'wasm', threads: 1 }, 'createEngine: device: expected cpu or gpu, got none'],
    [
      { engine: 'wasm', device: 'gpu', threads: 1 },
      'createEngine: device: expected cpu with engine wasm, got "gpu"',
    ],
    [
      { engine: 'wasm', device: 'cpu' },
      'createEngine: threads: expected auto or an integer from 1 to 8, got none',
    ],
    [
      { engine: 'wasm', device: 'cpu', threads: 9 },
      'createEngine: threads: expected auto or an integer from 1 to 8, got 9',
    ],
    [
      { engine: 'wasm', device: 'cpu', threads: 1, arithmetic: 'exact' },
      'createEngine: arithmetic: expected fused or plain, got "exact"',
    ],
  ])('refuses %j', async (choice, message) => {
    await expect(createEngine(choice as EngineChoice)).rejects.toEqual(new UserError(message));
  });
});

describe('engine: auto', () => {
  it('is wasm on CPUs, whatever is installed and however wide the layers are, and tensorflow on GPUs', () => {
    expect(engineOf({ engine: 'auto', device: 'cpu' })).toBe('wasm');
    expect(engineOf({ engine: 'auto', device: 'gpu' })).toBe('tensorflow');
  });
});
