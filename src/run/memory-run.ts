/**
 * MemoryRun: stores a run in memory, for pages. Its zip holds the run directory that `maddpg train` would have written, with
 * the newest checkpoint and the best one, and the command line takes it as it is.
 */
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import { piecesOf } from '../checkpoint/file-content.ts';
import { decodeManifest, encodeManifest, expectHash, type FileEntry } from '../checkpoint/manifest-format.ts';
import { checkpointsName, folderName, manifestName, pointerNames, stepOf } from '../checkpoint/names.ts';
import { resolveConfig, type LoadedConfig } from '../config/resolve.ts';
import type { Config } from '../config/keys.ts';
import { described } from '../core/described.ts';
import { sha256 } from '../core/sha256.ts';
import type { TensorMap } from '../core/tensor-map.ts';
import { mpeEnvironments } from '../envs/mpe/open.ts';
import { tableOf } from '../metrics/csv-table.ts';
import { MemoryFile } from '../metrics/memory-file.ts';
import { csvName, eventsName, jsonlName } from '../metrics/metric-files.ts';
import { encodeRecord, recordsIn } from '../metrics/records.ts';
import type { MetricRecord } from '../metrics/sink.ts';
import { TensorBoardSink } from '../metrics/tensorboard.ts';
import type { LogLevel, RunStore, Snapshot, StoredSnapshot } from '../train/run-store.ts';
import { VERSION } from '../version.ts';
import { packRun, readArchive, type RunFiles } from './archive.ts';
import { checkpointContent, encodeConfig, REPLAY, SNAPSHOT, writerOf } from './checkpoint-content.ts';
import { requireFittingFiles } from './fitting.ts';
import { begun, decodeProvenance, resumed, type Origin, type Provenance } from './provenance.ts';
import { defaultRunName } from './run-name.ts';
import { decodeState, type RunState } from './state.ts';

/** A checkpoint of a run that is open. */
export interface MemorySnapshot extends StoredSnapshot {
  readonly state: RunState;
  /** Configuration at the time of saving. */
  readonly config: Config;
  readonly provenance: Provenance;
  /** Whether it has the replay buffer, without which it can act but not train on. */
  readonly resumable: boolean;
}

/** A run from a zip. */
export interface OpenedRun {
  readonly name: string;
  /** Of the run's config.yaml. */
  readonly loaded: LoadedConfig;
  readonly config: Config;
  /** The newest checkpoint, for TrainerOptions.resume. */
  readonly snapshot: MemorySnapshot;
  /** That of the best evaluation, if there has been one. */
  readonly best: MemorySnapshot | undefined;
  /** Up to the newest checkpoint. */
  readonly records: readonly MetricRecord[];
  /** All files of the run, by path below it. */
  readonly files: RunFiles;
}

export interface MemoryRunOptions {
  /** Default: from algorithm, environment and seed, as on the command line. */
  readonly name?: string;
  /** What started it, for provenance.json. Default: `a page`. */
  readonly command?: string;
  /** The run to go on with, from its newest checkpoint. */
  readonly resume?: OpenedRun;
}

/** A checkpoint's files, without its manifest. */
interface Kept {
  readonly step: number;
  readonly files: Map<string, Uint8Array>;
  readonly removed: readonly string[];
}

/** Levels of pino, which writes log.jsonl in Node. */
const LEVELS: Readonly<Record<LogLevel, number>> = { info: 30, warn: 40, error: 50 };

export class MemoryRun implements RunStore {
  readonly name: string;
  readonly config: Config;
  readonly #engine: string;
  readonly #provenance: Provenance;
  readonly #records: MetricRecord[];
  readonly #jsonl: MemoryFile;
  readonly #events: MemoryFile;
  readonly #board: TensorBoardSink;
  readonly #log: MemoryFile;
  /** By folder name. */
  readonly #kept = new Map<string, Kept>();
  #latest: string | undefined;
  #best: string | undefined;

  /** `engine`: its name. */
  constructor(config: Config, engine: string, options: MemoryRunOptions = {}) {
    const { resume, command = 'a page' } = options;
    this.name = options.name ?? resume?.name ?? config.name ?? defaultRunName(config);
    this.config = config;
    this.#engine = engine;
    const origin = originOf(command);
    const snapshot = resume?.snapshot;
    this.#provenance = snapshot
      ? resumed(snapshot.provenance, snapshot.state.step, snapshot.config, config, origin)
      : begun(origin, config);
    this.#records = [...(resume?.records ?? [])];
    this.#jsonl = new MemoryFile();
    for (const record of this.#records) this.#jsonl.append(`${encodeRecord(record)}\n`);
    const events = resume?.files.get(eventsName) ?? new Uint8Array(0);
    this.#events = new MemoryFile(events.subarray(0, snapshot?.state.metric_bytes[eventsName]));
    const { metric_names, ...keys } = config;
    const yaml = new TextDecoder().decode(this.#yaml());
    this.#board = new TensorBoardSink(this.#events, () => Date.now() / 1000, metric_names, { yaml, keys });
    this.#log = new MemoryFile(resume?.files.get('log.jsonl'));
    if (resume) this.#keep(resume);
  }

  /** Records so far. */
  get records(): readonly MetricRecord[] {
    return this.#records;
  }

  /** The newest checkpoint, to resume it in another trainer with this run as its store. */
  get latest(): StoredSnapshot | undefined {
    const kept = this.#latest === undefined ? undefined : this.#kept.get(this.#latest);
    if (kept === undefined) return undefined;
    const checkpoint = `${this.name}/${checkpointsName}/${this.#latest!}`;
    const state = decodeState(kept.files.get('state.json')!, `${checkpoint}/state.json`, kept.step);
    return { checkpoint, files: kept.files, state, records: [...this.#records] };
  }

  record(record: MetricRecord): void {
    this.#records.push(record);
    this.#jsonl.append(`${encodeRecord(record)}\n`);
    this.#board.write(record);
  }

  weights(step: number, tensors: TensorMap): void {
    this.#board.weights(step, new Map([...tensors].filter(([name]) => !name.startsWith('target_'))));
  }

  save(snapshot: Snapshot, best: boolean): Promise<string> {
    const { step } = snapshot.state;
    const content = checkpointContent(snapshot, this.config, this.#provenance, {
      [jsonlName]: this.#jsonl.length,
      [csvName]: tableOf(this.#records).length,
      [eventsName]: this.#events.length,
    });
    const files = new Map(Object.entries(content).map(([name, bytes]) => [name, joined(piecesOf(bytes))]));
    const name = folderName(step);
    this.#kept.set(name, { step, files, removed: [] });
    this.#latest = name;
    if (best) this.#best = name;
    this.#discard();
    return Promise.resolve(`${this.name}/${checkpointsName}/${name}`);
  }

  settle(): Promise<void> {
    return Promise.resolve();
  }

  log(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    const line = { level: LEVELS[level], time: Date.now(), ...fields, msg: message };
    this.#log.append(`${JSON.stringify(line)}\n`);
  }

  /** The run directory as a zip of one folder, without compression. */
  zip(): Uint8Array {
    const text = (line: string): Uint8Array => new TextEncoder().encode(line);
    const files = new Map<string, Uint8Array>([
      ['config.yaml', this.#yaml()],
      [jsonlName, this.#jsonl.bytes()],
      [csvName, text(tableOf(this.#records))],
      [eventsName, this.#events.bytes()],
      ['log.jsonl', this.#log.bytes()],
    ]);
    for (const [pointer, name] of [
      ['latest', this.#latest],
      ['best', this.#best],
    ] as const)
      if (name !== undefined) files.set(`${checkpointsName}/${pointer}`, text(`${name}\n`));
    for (const [name, { step, files: content, removed }] of this.#kept) {
      const entries = new Map([...content].map(([file, bytes]) => [file, entryOf(bytes)]));
      const manifest = encodeManifest(step, entries, writerOf(this.config, this.#engine), removed);
      for (const [file, bytes] of [...content, [manifestName, manifest] as const])
        files.set(`${checkpointsName}/${name}/${file}`, bytes);
    }
    return packRun({ name: this.name, files });
  }

  /**
   * Reads the zip of a run; `where` names it in messages. Throws UserError (CheckpointError, ConfigError) unless everything in it
   * is sound and fits, and if its environment is none that pages have.
   */
  static open(zip: Uint8Array, where = 'the zip'): OpenedRun {
    const { name, files } = readArchive(zip, where);
    const place = `${where}/${name}`;
    const loaded = loadedFrom(files.get('config.yaml'), `${place}/config.yaml`);
    const snapshots = pointerNames.map((pointer) => snapshotAt(pointer, files, place));
    const [snapshot, best] = snapshots;
    if (snapshot === undefined)
      throw new CheckpointError(
        `${place}: expected a run with a checkpoint, got none: train a little longer`,
      );
    const text = new TextDecoder().decode(
      files.get(jsonlName)?.subarray(0, snapshot.state.metric_bytes[jsonlName]),
    );
    const { records } = recordsIn(text);
    const { config } = loaded;
    return { name, loaded, config, snapshot: { ...snapshot, records }, best, records, files };
  }

  /** Takes over the checkpoints of an opened run. */
  #keep({ snapshot, best, files }: OpenedRun): void {
    for (const { state, checkpoint } of best ? [best, snapshot] : [snapshot]) {
      const name = checkpoint.slice(checkpoint.lastIndexOf('/') + 1);
      const start = `${checkpointsName}/${name}/`;
      const content = [...files].flatMap(([path, bytes]) =>
        path.startsWith(start) && path !== start + manifestName
          ? [[path.slice(start.length), bytes] as const]
          : [],
      );
      const { removed } = decodeManifest(files.get(start + manifestName)!, `${checkpoint}/${manifestName}`);
      this.#kept.set(name, { step: state.step, files: new Map(content), removed });
      this.#latest = name;
    }
    this.#best = best && folderName(best.state.step);
  }

  /** Keeps the newest checkpoint, and the best one without its replay buffer. */
  #discard(): void {
    for (const [name, kept] of this.#kept) {
      if (name === this.#latest) continue;
      if (name !== this.#best) this.#kept.delete(name);
      else if (kept.files.delete(REPLAY))
        this.#kept.set(name, { ...kept, removed: [...kept.removed, REPLAY] });
    }
  }

  #yaml(): Uint8Array {
    return encodeConfig(this.config, this.#provenance);
  }
}

function originOf(command: string): Origin {
  const host = { node: 'none', platform: 'a browser', host: 'a page' };
  return { command, overrides: [], maddpg: VERSION, ...host };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const file = new MemoryFile();
  for (const piece of pieces) file.append(piece);
  return file.bytes();
}

function entryOf(bytes: Uint8Array): FileEntry {
  return { bytes: bytes.length, sha256: sha256([bytes]) };
}

/** A config.yaml in a zip. */
function loadedFrom(bytes: Uint8Array | undefined, where: string): LoadedConfig {
  if (bytes === undefined)
    throw new CheckpointError(`${where}: expected the configuration of a run, got no such file`);
  return resolveConfig({ sources: [{ name: where, text: new TextDecoder().decode(bytes) }], recorded: true });
}

/** The checkpoint that a pointer names, compared with its manifest; undefined if there is no such pointer. */
function snapshotAt(pointer: string, all: RunFiles, place: string): MemorySnapshot | undefined {
  const bytes = all.get(`${checkpointsName}/${pointer}`);
  if (bytes === undefined) return undefined;
  const name = new TextDecoder().decode(bytes.subarray(0, 1000)).trim();
  const start = `${checkpointsName}/${name}/`;
  const checkpoint = `${place}/${checkpointsName}/${name}`;
  const encoded = stepOf(name) === null ? undefined : all.get(start + manifestName);
  if (encoded === undefined)
    throw new CheckpointError(
      `${place}/${checkpointsName}/${pointer}: expected the name of a checkpoint beside it, got ${described(name)}`,
    );
  const manifest = decodeManifest(encoded, `${checkpoint}/${manifestName}`);
  const files = new Map<string, Uint8Array>();
  for (const [file, entry] of manifest.files) {
    const content = all.get(start + file);
    if (content?.length !== entry.bytes)
      throw new CheckpointError(
        `${checkpoint}/${file}: expected ${entry.bytes} bytes, got ${content ? content.length : 'no such file'}: it is damaged`,
      );
    expectHash(sha256([content]), entry, `${checkpoint}/${file}`);
    files.set(file, content);
  }
  const missing = SNAPSHOT.find((file) => !files.has(file));
  if (missing !== undefined)
    throw new CheckpointError(
      `${checkpoint}/${missing}: expected a file of the checkpoint, got no such file`,
    );
  const { config } = loadedFrom(files.get('config.yaml'), `${checkpoint}/config.yaml`);
  if (config.env_name !== 'mpe')
    throw new CheckpointError(
      `${checkpoint}/config.yaml: expected env_name mpe, as pages run no others, got ${config.env_name}`,
    );
  requireFittingFiles(files, checkpoint, config, mpeEnvironments(config).make(1).spec);
  return {
    ...{ checkpoint, files, config, resumable: files.has(REPLAY) },
    state: decodeState(files.get('state.json')!, `${checkpoint}/state.json`, manifest.step),
    provenance: decodeProvenance(files.get('provenance.json'), `${checkpoint}/provenance.json`),
  };
}
