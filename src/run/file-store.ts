/** FileStore: stores a run in its run directory: config.yaml, metrics, log.jsonl and checkpoints. */
import * as path from 'node:path';
import pino from 'pino';
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import { stepFolders } from '../checkpoint/layout.ts';
import { folderName } from '../checkpoint/names.ts';
import { findCheckpoint, readCheckpoint } from '../checkpoint/load.ts';
import { readManifest } from '../checkpoint/manifest.ts';
import { replaceFile, type Keeping } from '../checkpoint/save.ts';
import type { Config } from '../config/keys.ts';
import { loadConfig, portable } from '../config/load.ts';
import { Metrics } from '../metrics/metrics.ts';
import type { MetricRecord } from '../metrics/sink.ts';
import type { LogLevel, RunStore, Snapshot, StoredSnapshot } from '../train/run-store.ts';
import { shellQuote } from '../core/shell-quote.ts';
import type { TensorMap } from '../core/tensor-map.ts';
import {
  checkpointContent,
  dropsReplay,
  encodeConfig,
  REPLAY,
  SNAPSHOT,
  writerOf,
  type RunEnd,
} from './checkpoint-content.ts';
import { CheckpointWriter } from './checkpoint-writer.ts';
import { failureOf, fileFault, type Failure } from './file-fault.ts';
import type { RunLock } from './lock.ts';
import { decodeProvenance, type Provenance } from './provenance.ts';
import type { RunDir } from './run-dir.ts';
import { decodeState, type RunState } from './state.ts';

/** A snapshot read from a checkpoint folder. requireReplay() says whether it has all files to resume with. */
export interface FileSnapshot extends StoredSnapshot {
  readonly state: RunState;
  /** Configuration at the time of saving. */
  readonly config: Config;
  readonly provenance: Provenance;
}

/** Reads checkpoint `at`. Throws CheckpointError if it is missing or damaged. */
export function readSnapshot(at: string, agents: readonly string[] = []): FileSnapshot {
  const checkpoint = findCheckpoint(at);
  const optional = [REPLAY, 'provenance.json'];
  const { files, step } = readCheckpoint(checkpoint, { only: SNAPSHOT, optional });
  return {
    checkpoint,
    files,
    state: decodeState(files.get('state.json')!, `${checkpoint}/state.json`, step),
    config: decodeConfig(files, checkpoint, agents),
    provenance: decodeProvenance(files.get('provenance.json'), `${checkpoint}/provenance.json`),
  };
}

/** Whether the checkpoint keeps its replay buffer. */
export function hasReplay({ files }: FileSnapshot): boolean {
  return files.has(REPLAY);
}

/** Throws CheckpointError if the checkpoint keeps no replay buffer. */
export function requireReplay(snapshot: FileSnapshot): void {
  if (hasReplay(snapshot)) return;
  const { checkpoint, config, state } = snapshot;
  if (readManifest(checkpoint).removed.includes(REPLAY)) throw withoutReplay(checkpoint, 'keep_replay');
  if (dropsReplay(config, state)) throw withoutReplay(checkpoint, 'save_replay: unfinished');
  throw new CheckpointError(
    `${checkpoint}/${REPLAY}: expected a replay buffer to resume with, got no such file`,
  );
}

/** Which checkpoints a run keeps at `state`, and what of them. */
export function keeping(config: Config, state: RunEnd): Keeping {
  const { keep_checkpoints, keep_replay } = config;
  // The newest of a run that is over has none to drop.
  return {
    keep: keep_checkpoints,
    bulky: { files: [REPLAY], keep: dropsReplay(config, state) ? 1 : keep_replay },
  };
}

function withoutReplay(checkpoint: string, key: string): CheckpointError {
  const dir = path.dirname(path.resolve(checkpoint));
  const step =
    stepFolders(dir).find(({ name }) => name === path.basename(path.resolve(checkpoint)))?.step ?? 0;
  const others = stepFolders(dir)
    .filter(({ name }) => readManifest(path.join(dir, name)).files.has(REPLAY))
    .sort((a, b) => Math.abs(a.step - step) - Math.abs(b.step - step));
  const nearest = others[0] && path.join(path.dirname(checkpoint), others[0].name);
  return new CheckpointError(
    `${checkpoint}: expected a checkpoint with ${REPLAY} to resume from, got one without (${key}); ` +
      `${nearest === undefined ? '' : `resume from ${nearest}, or `}start a new run from its networks with ` +
      `--set init_from=${shellQuote(checkpoint)}`,
  );
}

/** Configuration of a checkpoint; `agents` as in loadConfig(). Throws ConfigError if it is invalid. */
export function decodeConfig(
  files: ReadonlyMap<string, Uint8Array>,
  folder: string,
  agents: readonly string[] = [],
): Config {
  const text = new TextDecoder().decode(files.get('config.yaml'));
  return loadConfig({ file: `${folder}/config.yaml`, text, agents, recorded: true }).config;
}

export interface FileStoreOptions {
  /** Snapshot to resume from: metric files are truncated to it. */
  readonly resume?: FileSnapshot | undefined;
  readonly lock?: RunLock | undefined;
  /** Default: unknown. */
  readonly provenance?: Provenance;
  /** Called with one line if a metric file does not fit the snapshot. */
  readonly onWarning?: ((line: string) => void) | undefined;
}

export class FileStore implements RunStore {
  readonly name: string;
  readonly #dir: RunDir;
  readonly #config: Config;
  readonly #engine: string;
  readonly #lock: RunLock | undefined;
  readonly #provenance: Provenance;
  readonly #metrics: Metrics;
  readonly #writer: CheckpointWriter;
  readonly #destination: ReturnType<typeof pino.destination>;
  readonly #log: pino.Logger;
  /** Why log.jsonl cannot be written. */
  #logFailure: Failure | undefined;

  /** Starts a run in `dir`, or resumes it. */
  constructor(dir: RunDir, config: Config, engine: string, options: FileStoreOptions = {}) {
    const { resume, lock, provenance = { origin: null, changes: [] } } = options;
    this.name = dir.path;
    this.#dir = dir;
    this.#config = config;
    this.#engine = engine;
    this.#lock = lock;
    this.#provenance = provenance;
    this.#metrics = this.#openMetrics(options);
    this.#destination = pino.destination({ dest: dir.log, sync: true });
    this.#destination.on('error', (error) => {
      this.#logFailure ??= { ...failureOf(error), path: dir.log };
    });
    this.#log = pino({ base: null }, this.#destination);
    // Keys may have changed on resume; the next resume starts from these.
    replaceFile(dir.config, this.#yaml(dir.path));
    this.#writer = new CheckpointWriter(dir.path, lock, resume?.checkpoint ?? null);
  }

  reserve(bytes: number): void {
    this.#writer.reserve(bytes);
  }

  #openMetrics({ resume, onWarning }: FileStoreOptions): Metrics {
    const { metric_names: names, ...keys } = this.#config;
    const yaml = new TextDecoder().decode(this.#yaml(this.#dir.path));
    const resumeLengths = resume?.state.metric_bytes;
    const metrics = new Metrics(this.#dir.path, {
      ...(resumeLengths && { resumeLengths }),
      ...{ onWarning, names, configuration: { yaml, keys } },
    });
    if (resume && this.#provenance !== resume.provenance) metrics.configured(resume.state.step, yaml);
    return metrics;
  }

  record(record: MetricRecord): void {
    this.#measure((metrics) => {
      metrics.write(record);
    });
  }

  weights(step: number, tensors: TensorMap): void {
    const online = [...tensors].filter(([name]) => !name.startsWith('target_'));
    this.#measure((metrics) => {
      metrics.weights(step, new Map(online));
    });
  }

  #measure(write: (metrics: Metrics) => void): void {
    this.#check();
    this.#lock?.require();
    try {
      write(this.#metrics);
    } catch (error) {
      this.#lock?.require(); // the folder may be gone
      throw fileFault(failureOf(error), { run: this.name, newest: this.#writer.newest });
    }
  }

  async save(snapshot: Snapshot, best: boolean): Promise<string> {
    const { state } = snapshot;
    this.#check();
    const folder = path.join(this.#dir.checkpoints, folderName(state.step));
    const config = portable(this.#config, folder);
    const contents = checkpointContent(snapshot, config, this.#provenance, this.#metrics.lengths());
    const options = { ...writerOf(config, this.#engine), ...keeping(this.#config, state), best };
    await this.#writer.save(state.step, folder, contents, options, this.#metrics.descriptors());
    return folder;
  }

  async settle(): Promise<void> {
    await this.#writer.settle();
    this.#check();
  }

  log(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#log[level](fields, message);
  }

  /** Waits for the checkpoint under way and closes all files. */
  async close(): Promise<void> {
    await this.#writer.close();
    this.#metrics.close();
    this.#destination.end();
  }

  #check(): void {
    this.#writer.check();
    if (this.#logFailure) throw fileFault(this.#logFailure, { run: this.name, newest: this.#writer.newest });
  }

  /** config.yaml for a folder: relative paths must hold from there. */
  #yaml(folder: string): Uint8Array {
    return encodeConfig(portable(this.#config, folder), this.#provenance);
  }
}
