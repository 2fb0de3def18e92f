import { describe, expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { OrnsteinUhlenbeck } from '../../src/rollout/ornstein-uhlenbeck.ts';

describe('OrnsteinUhlenbeck', () => {
  it('decays each value by theta per step and adds a draw', () => {
    const process = new OrnsteinUhlenbeck(1, 2, 0.25);
    expect([process.next(0, 1), process.next(0, -2), process.next(1, 8), process.next(0, 0)]).toEqual([
      1, -1.25, 8, -0.9375,
    ]);
  });

  it('resets to 0 at the end of an episode', () => {
    const process = new OrnsteinUhlenbeck(3, 2, 0.5);
    process.state.set([1, 2, 3, 4, 5, 6]);
    process.restart(Uint8Array.of(1, 0, 1));
    expect([...process.state]).toEqual([0, 0, 3, 4, 0, 0]);
  });

  it('has stationary std 1 / sqrt(1 - (1 - theta)^2) and autocorrelation 1 - theta', () => {
    const process = new OrnsteinUhlenbeck(1, 1, 0.15);
    const stream = new FastStream(1, 'noise');
    const xs = Array.from({ length: 200_000 }, () => process.next(0, stream.normal())).slice(100);
    const variance = xs.reduce((sum, x) => sum + x * x, 0) / xs.length;
    const covariance = xs.slice(1).reduce((sum, x, k) => sum + x * xs[k]!, 0) / (xs.length - 1);
    // Four standard errors each.
    expect(Math.abs(Math.sqrt(variance) - 1 / Math.sqrt(1 - 0.85 ** 2))).toBeLessThan(0.03);
    expect(Math.abs(covariance / variance - 0.85)).toBeLessThan(0.005);
  });
});
