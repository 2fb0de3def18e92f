/** Where TensorFlow is worth its inexact bits: a line of advice for runs whose engine `auto` chose. Loads nothing. */
import { installedVersion, TFJS_VERSION } from './installation.ts';

/**
 * With hidden layers of at least `units` units, an update takes about 1 / `times` of wasm's time (`updates` of `maddpg
 * bench`, 1024 samples, 256 units, one thread).
 */
const WIDE = { units: 128, times: 1.7 } as const;

/** What the advice depends on: keys of a configuration. */
interface Choice {
  readonly engine: string;
  readonly device: string;
  readonly actor_hidden_size: readonly number[];
  readonly critic_hidden_size: readonly number[];
}

/** Says how much faster TensorFlow would be and what to set; undefined where it would not be, or is not installed. */
export function tensorFlowAdvice(
  { engine, device, actor_hidden_size, critic_hidden_size }: Choice,
  installed = installedVersion('cpu') === TFJS_VERSION,
): string | undefined {
  const widest = Math.max(0, ...actor_hidden_size, ...critic_hidden_size);
  if (engine !== 'auto' || device !== 'cpu' || widest < WIDE.units || !installed) return undefined;
  return (
    `engine tensorflow would be about ${WIDE.times} times as fast with hidden layers of ${widest} units: ` +
    'set engine: tensorflow (its results differ in the last bits)'
  );
}
