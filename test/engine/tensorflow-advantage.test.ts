import { describe, expect, it } from 'vitest';
import { tensorFlowAdvice } from '../../src/engine/tensorflow/advantage.ts';

const WIDE = {
  engine: 'auto',
  device: 'cpu',
  actor_hidden_size: [64, 64],
  critic_hidden_size: [64, 128],
};

describe('tensorFlowAdvice()', () => {
  it('says how much faster tensorflow would be, and what to set', () => {
    expect(tensorFlowAdvice(WIDE, true)).toBe(
      'engine tensorflow would be about 1.7 times as fast with hidden layers of 128 units: ' +
        'set engine: tensorflow (its results differ in the last bits)',
    );
  });

  it.each([
    ['tensorflow is not installed', WIDE, false],
    ['an engine is named', { ...WIDE, engine: 'wasm' }, true],
    ['the device is a GPU', { ...WIDE, device: 'gpu' }, true],
    ['no layer is wide', { ...WIDE, critic_hidden_size: [127] }, true],
    ['there are no hidden layers', { ...WIDE, actor_hidden_size: [], critic_hidden_size: [] }, true],
  ])('says nothing where %s', (_, choice, installed) => {
    expect(tensorFlowAdvice(choice, installed)).toBeUndefined();
  });
});
