/** Draws settings from spaces. */
import type { Keys, Samples } from './trial.ts';

export function drawSamples({ count, keys }: Samples): Keys[] {
  return Array.from({ length: count }, () =>
    Object.fromEntries(Object.entries(keys).map(([name, space]) => [name, space.choice?.[0]])),
  );
}
