import { describe, expect, it } from 'vitest';
import { didYouMean, editDistance, nearest } from '../../src/core/nearest.ts';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['tau', 'tau', 0],
    ['TAU', 'tau', 0],
    ['bacth', 'batch', 1],
    ['sigm', 'sigma', 1],
    ['gamna', 'gamma', 1],
    ['kitten', 'sitting', 3],
  ])('from %j to %j is %i, in both directions', (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits);
    expect(editDistance(b, a)).toBe(edits);
  });
});

describe('nearest', () => {
  const names = ['batch_size', 'buffer_size', 'learning_rate_actor', 'learning_rate_critic', 'tau', 'seed'];

  it.each([
    ['bacth_size', 'batch_size'],
    ['bufer_size', 'buffer_size'],
    ['TAU', 'tau'],
    ['sed', 'seed'],
    ['learning_rate', 'learning_rate_actor'],
    ['lerning_rate', 'learning_rate_actor'],
    ['learning_rate_critc', 'learning_rate_critic'],
  ])('for %j suggests %j', (name, meant) => {
    expect(nearest(name, names)).toBe(meant);
  });

  it.each(['epsilon', 'x', '', 'le', 'momentum_of_optimizer'])('suggests nothing for %j', (name) => {
    expect(nearest(name, names)).toBeUndefined();
  });

  it('suggests the first of equally near names', () => {
    expect(nearest('cot', ['cat', 'cut'])).toBe('cat');
    expect(nearest('cot', ['cut', 'cat'])).toBe('cut');
  });
});

describe('didYouMean', () => {
  it('asks for the nearest name, and is empty if none is near', () => {
    expect(didYouMean('tua', ['tau', 'seed'])).toBe('did you mean tau?');
    expect(didYouMean('epsilon', ['tau', 'seed'])).toBe('');
  });
});
