/**
 * Files of any size in the queue's own store, so that machines need no other: a parcel is cut into parts, and each is the
 * data of a job that no worker takes.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Queue } from 'bullmq';
import { UserError } from '../../core/user-error.ts';

/** Where the parts of a file are, and how to tell that they are whole. */
export interface Parcel {
  readonly id: string;
  readonly parts: number;
  readonly bytes: number;
  readonly sha256: string;
}

interface Part {
  readonly base64: string;
}

export type PartQueue = Queue<Part, undefined>;

/** Bytes of a part: well below what Redis and PostgreSQL take at once, and a small share of a network's time-outs. */
const PART_BYTES = 768 * 1024;

/** What a file will be as a parcel; nothing is stored yet. */
export function parcelFor(file: Uint8Array): Parcel {
  return {
    id: randomUUID(),
    parts: Math.ceil(file.length / PART_BYTES),
    bytes: file.length,
    sha256: sha256(file),
  };
}

export async function storeParcel(queue: PartQueue, { id, parts }: Parcel, file: Buffer): Promise<void> {
  for (let k = 0; k < parts; k++) {
    const base64 = file.toString('base64', k * PART_BYTES, (k + 1) * PART_BYTES);
    await queue.add('part', { base64 }, { jobId: partOf(id, k) });
  }
}

/** The file; undefined if parts are gone, as the trial has gone on elsewhere. Throws UserError if it is damaged. */
export async function fetchParcel(queue: PartQueue, parcel: Parcel): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  for (let k = 0; k < parcel.parts; k++) {
    const job = await queue.getJob(partOf(parcel.id, k));
    if (!job) return undefined;
    parts.push(Buffer.from(job.data.base64, 'base64'));
  }
  const file = Buffer.concat(parts);
  if (sha256(file) !== parcel.sha256)
    throw new UserError(`queue: expected an archive of ${parcel.bytes} bytes as it was sent, got another`, {
      exitCode: 1,
    });
  return file;
}

export async function removeParcel(queue: PartQueue, parcel: Parcel | null): Promise<void> {
  for (let k = 0; k < (parcel?.parts ?? 0); k++) await queue.remove(partOf(parcel!.id, k));
}

function partOf(id: string, k: number): string {
  return `${id}-${k}`;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
