/** The last evaluation episode of a run, played again by its newest checkpoint. */
import type { LoadedPolicy } from '../run/load-policy.ts';
import { recordPolicy } from './record.ts';
import type { Recording } from './recording.ts';

/** Its environment is opened: ask requireTrusted() first. @throws UserError if the environment cannot be opened */
export async function lastEpisode(trained: LoadedPolicy): Promise<Recording> {
  const { config } = trained;
  const { test_episode: episodes, test_seed: seed } = config;
  const recording = await recordPolicy({ config, trained }, { episodes, seeds: [seed] });
  return { ...recording, episodes: recording.episodes.slice(-1) };
}
