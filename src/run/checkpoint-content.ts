/** What a run's checkpoint holds, wherever the run is kept: file-store.ts, memory-run.ts. */
import type { FileContent } from '../checkpoint/file-content.ts';
import { encodeJson } from '../checkpoint/json.ts';
import type { Writer } from '../checkpoint/manifest-format.ts';
import { algorithmNames } from '../config/derived.ts';
import type { Config } from '../config/keys.ts';
import { showConfig } from '../config/show.ts';
import type { Snapshot } from '../train/run-store.ts';
import { endedBy } from '../train/summary.ts';
import { VERSION } from '../version.ts';
import { encodePolicyFile } from './policy-file.ts';
import { keyChanges, type Provenance } from './provenance.ts';
import { encodeState, type RunState } from './state.ts';

/** The file that only the newest checkpoints keep. */
export const REPLAY = 'replay.bin';

/** What else resuming reads. provenance.json is missing in checkpoints of maddpg 0.1.0. */
export const SNAPSHOT = [
  'weights.safetensors',
  'optimizer.safetensors',
  'rollout.bin',
  'state.json',
  'config.yaml',
] as const;

/** What tells whether a run is over. */
export type RunEnd = Parameters<typeof endedBy>[1];

/** Whether a run at `state` is over, and keeps no replay buffer then. */
export function dropsReplay(config: Config, state: RunEnd): boolean {
  return config.save_replay === 'unfinished' && endedBy(config, state) !== undefined;
}

/** Content by file name. `config`: with paths that hold from the checkpoint's folder. */
export function checkpointContent(
  { state, files, policy }: Snapshot,
  config: Config,
  provenance: Provenance,
  metricBytes: RunState['metric_bytes'],
): Record<string, FileContent> {
  const { [REPLAY]: replay, ...others } = files;
  return {
    ...others,
    ...(replay && !dropsReplay(config, state) && { [REPLAY]: replay }),
    'policy.json': encodePolicyFile(config, policy),
    'config.yaml': encodeConfig(config, provenance),
    'state.json': encodeState({ ...state, metric_bytes: metricBytes }),
    'provenance.json': encodeJson(provenance),
  };
}

/** What a checkpoint's manifest says of its writer. */
export function writerOf(config: Config, engine: string): Writer {
  return {
    packageVersion: VERSION,
    createdBy: { agent: algorithmNames(config).join(', '), env_id: config.env_id, engine },
  };
}

/** config.yaml of a run. */
export function encodeConfig(config: Config, provenance: Provenance): Uint8Array {
  const changes = keyChanges(provenance).map((line) => `#   ${line}\n`);
  const head = changes.length === 0 ? '' : `# Changed while training:\n${changes.join('')}\n`;
  return new TextEncoder().encode(head + showConfig(config));
}
