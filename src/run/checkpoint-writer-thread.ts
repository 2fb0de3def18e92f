/** The thread of a CheckpointWriter. */
import * as fs from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { saveCheckpoint } from '../checkpoint/save.ts';
import type { WriterReport, WriterRequest, WriterStart } from './checkpoint-writer.ts';
import { failureOf } from './file-fault.ts';
import { BEAT_MS, RunLock } from './lock.ts';

const { run, lock: held } = workerData as WriterStart;
const lock = held && new RunLock(held.path, held.token);
const port = parentPort!;

function report(message: WriterReport, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function save({ step, files, memory, options, descriptors }: WriterRequest & { kind: 'save' }): void {
  lock?.require();
  for (const descriptor of descriptors) fs.fsyncSync(descriptor);
  let at = 0;
  const contents = files.map(([name, length]): [string, Uint8Array] => {
    at += length;
    return [name, new Uint8Array(memory, at - length, length)];
  });
  saveCheckpoint(run, step, Object.fromEntries(contents), options);
}

/** Has no effect if memory is short: the first save allocates what it needs, often far less. */
function reserve(bytes: number): void {
  let memory: ArrayBuffer;
  try {
    memory = new ArrayBuffer(bytes);
  } catch (error) {
    if (error instanceof RangeError) return;
    throw error;
  }
  // Writing makes the system provide the pages.
  new Uint8Array(memory).fill(1);
  report({ kind: 'reserved', memory }, [memory]);
}

function handle(request: WriterRequest): void {
  switch (request.kind) {
    case 'reserve':
      reserve(request.bytes);
      return;
    case 'save':
      save(request);
      report({ kind: 'saved', memory: request.memory }, [request.memory]);
      return;
    case 'close':
      clearInterval(heart);
      port.close();
  }
}

function reporting(act: () => void): void {
  try {
    act();
  } catch (error) {
    report({ kind: 'failed', failure: failureOf(lost() ?? error) });
  }
}

/** Why the run is no longer ours, which explains other failures. */
function lost(): unknown {
  try {
    lock?.require();
    return undefined;
  } catch (error) {
    return error;
  }
}

const heart = setInterval(() => {
  reporting(() => {
    lock?.require();
    lock?.beat();
  });
}, BEAT_MS);
port.on('message', (request: WriterRequest) => {
  reporting(() => {
    handle(request);
  });
});
