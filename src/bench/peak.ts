/** The processor's limit, which `maddpg bench` shows beside what the engine reaches. The only clock in the engine. */
import { nodeHost } from '../engine/wasm/host-node.ts';
import { instantiate } from '../engine/wasm/kernels.ts';
import { LinearMemory } from '../engine/wasm/memory.ts';

/**
 * Measures what one core can do at most with these instructions: products and sums of four numbers without memory,
 * in operations a second.
 */
export async function measurePeak(): Promise<number> {
  const module = await nodeHost.kernels();
  const kernels = instantiate(module, new LinearMemory().memory);
  const rounds = 200_000;
  let best = Infinity;
  for (let repeat = 0; repeat < 20; repeat++) {
    const before = performance.now();
    kernels.peak(rounds);
    best = Math.min(best, performance.now() - before);
  }
  return (rounds * 12 * 4 * 2) / (best / 1000);
}
