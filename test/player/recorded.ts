/** Recordings for these tests. */
import { loadConfig } from '../../src/config/load.ts';
import { recordPolicy, type RecordOptions } from '../../src/player/record.ts';
import type { Recording } from '../../src/player/recording.ts';

/** Episodes of an environment's scripted controller, or of another untrained policy. */
export function recorded(
  env_id: string,
  options: Partial<RecordOptions> & { readonly policy?: 'random' | 'noop' | 'scripted' } = {},
): Promise<Recording> {
  const { policy = 'scripted', episodes = 1, seeds = [0] } = options;
  const { config } = loadConfig({ sets: [], flags: { env_id } });
  return recordPolicy({ config, policy }, { episodes, seeds });
}
