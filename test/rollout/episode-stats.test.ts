import { describe, expect, it } from 'vitest';
import { EpisodeStats } from '../../src/rollout/episode-stats.ts';

describe('EpisodeStats', () => {
  it('reports mean returns of ended episodes, then resets', () => {
    const stats = new EpisodeStats(2, 3);
    expect(stats.report()).toBeUndefined();
    stats.add(Float64Array.of(1, 2, 3, 10, 20, 30), Uint8Array.of(0, 0));
    expect(stats.report()).toBeUndefined();
    stats.add(Float64Array.of(1, 1, 1, 1, 1, 1), Uint8Array.of(1, 1));
    expect(stats.report()).toEqual({ episodes: 2, perAgent: [6.5, 12, 17.5] });
    expect(stats.report()).toBeUndefined();
  });

  it('attributes the last step to the ending episode', () => {
    const stats = new EpisodeStats(1, 1);
    for (const [reward, ended] of [
      [1, 0],
      [2, 1],
      [4, 0],
      [8, 1],
      [16, 0],
    ] as const)
      stats.add(Float64Array.of(reward), Uint8Array.of(ended));
    expect(stats.report()).toEqual({ episodes: 2, perAgent: [(3 + 12) / 2] });
    stats.add(Float64Array.of(32), Uint8Array.of(1));
    expect(stats.report()).toEqual({ episodes: 1, perAgent: [48] });
  });

  it('continues from restored arrays', () => {
    const stats = new EpisodeStats(2, 1);
    stats.add(Float64Array.of(1, 5), Uint8Array.of(0, 1));
    const copy = new EpisodeStats(2, 1);
    const arrays = stats.arrays();
    for (const [name, array] of Object.entries(copy.arrays())) array.set(arrays[name as keyof typeof arrays]);
    copy.add(Float64Array.of(2, 7), Uint8Array.of(1, 0));
    expect(copy.report()).toEqual({ episodes: 2, perAgent: [4] });
  });
});
