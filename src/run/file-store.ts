/** FileStore: stores a run in its run directory: config.yaml, metrics, log.jsonl and checkpoints. */
import * as path from 'node:path';
import pino from 'pino';
import { findCheckpoint, readCheckpoint } from '../checkpoint/load.ts';
import { replaceFile, saveCheckpoint } from '../checkpoint/save.ts';
import { algorithmNames } from '../config/derived.ts';
import type { Config } from '../config/keys.ts';
import { loadConfig, portable } from '../config/load.ts';
import { showConfig } from '../config/show.ts';
import { Metrics } from '../metrics/metrics.ts';
import type { MetricRecord } from '../metrics/sink.ts';
import type { LogLevel, RunStore, Snapshot, StoredSnapshot } from '../train/run-store.ts';
import { VERSION } from '../version.ts';
import { encodePolicyFile } from './policy-file.ts';
import type { RunDir } from './run-dir.ts';
import { decodeState, encodeState, type RunState } from './state.ts';

/** A snapshot read from a checkpoint folder. */
export interface FileSnapshot extends StoredSnapshot {
  readonly state: RunState;
  /** Configuration at the time of saving. */
  readonly config: Config;
}

/** The files of a checkpoint that resuming reads. */
const SNAPSHOT = [
  ...['weights.safetensors', 'optimizer.safetensors', 'replay.bin', 'rollout.bin'],
  ...['state.json', 'config.yaml'],
];

/** Reads checkpoint `at`. Throws CheckpointError if it is missing or damaged. */
export function readSnapshot(at: string, agents: readonly string[] = []): FileSnapshot {
  const checkpoint = findCheckpoint(at);
  const { files, step } = readCheckpoint(checkpoint, { only: SNAPSHOT });
  return {
    checkpoint,
    files,
    state: decodeState(files.get('state.json')!, `${checkpoint}/state.json`, step),
    config: decodeConfig(files, checkpoint, agents),
  };
}

/** Configuration of a checkpoint; `agents` as in loadConfig(). Throws ConfigError if it is invalid. */
export function decodeConfig(
  files: ReadonlyMap<string, Uint8Array>,
  folder: string,
  agents: readonly string[] = [],
): Config {
  const text = new TextDecoder().decode(files.get('config.yaml'));
  return loadConfig({ file: `${folder}/config.yaml`, text, agents }).config;
}

export class FileStore implements RunStore {
  readonly name: string;
  readonly #dir: RunDir;
  readonly #config: Config;
  readonly #engine: string;
  readonly #metrics: Metrics;
  readonly #destination: ReturnType<typeof pino.destination>;
  readonly #log: pino.Logger;

  /** Starts a run in `dir`, or resumes it, truncating metric files to the checkpoint. */
  constructor(dir: RunDir, config: Config, engine: string, resume?: FileSnapshot) {
    this.name = dir.path;
    this.#dir = dir;
    this.#config = config;
    this.#engine = engine;
    this.#metrics = new Metrics(dir.path, resume && { resumeLengths: resume.state.metric_bytes });
    this.#destination = pino.destination({ dest: dir.log, sync: true });
    this.#log = pino({ base: null }, this.#destination);
    // Keys may have changed on resume; the next resume starts from these.
    replaceFile(dir.config, new TextEncoder().encode(showConfig(portable(config, dir.path))));
    this.log('info', resume ? 'resumed' : 'started', { version: VERSION });
  }

  record(record: MetricRecord): void {
    this.#metrics.write(record);
  }

  save({ state, files, policy }: Snapshot, best: boolean): string {
    this.#metrics.flush();
    // Relative paths must hold from any checkpoint folder; all have this depth.
    const config = portable(this.#config, path.join(this.#dir.checkpoints, 'step'));
    const contents = {
      ...files,
      'policy.json': encodePolicyFile(config, policy),
      'config.yaml': new TextEncoder().encode(showConfig(config)),
      'state.json': encodeState({ ...state, metric_bytes: this.#metrics.lengths() }),
    };
    return saveCheckpoint(this.#dir.path, state.step, contents, {
      packageVersion: VERSION,
      createdBy: {
        agent: algorithmNames(config).join(', '),
        env_id: config.env_id,
        engine: this.#engine,
      },
      keep: this.#config.keep_checkpoints,
      best,
    });
  }

  log(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#log[level](fields, message);
  }

  close(): void {
    this.#metrics.close();
    this.#destination.end();
  }
}
