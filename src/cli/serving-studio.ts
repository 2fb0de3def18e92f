/**
 * The work of `maddpg studio`: serves dist/studio.html on 127.0.0.1, cross-origin isolated so that it may use threads, until
 * interrupted. It answers only requests that name this machine.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, resolve } from 'node:path';
import { reasonOf } from '../core/regular-file.ts';
import { UserError } from '../core/user-error.ts';
import { findCheckpoint } from '../checkpoint/load.ts';
import { packRun } from '../run/archive.ts';
import { readLiveRun, readRun } from '../run/run-files.ts';
import { isArchive } from '../run/unpack.ts';
import { openFile } from './open-file.ts';
import type { StudioOptions } from './studio.ts';

const ADDRESS = '127.0.0.1';
const PAGE = new URL('../../dist/studio.html', import.meta.url);
const RUN = '/run.zip';

/** For shared memory, which threads need. */
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};

export async function studio(run: string | undefined, { port, open }: StudioOptions): Promise<void> {
  // Throws where there is none.
  if (run !== undefined && !isArchive(run)) findCheckpoint(run);
  const server = createServer((request, response) => {
    try {
      answer(request, response, run);
    } catch (error) {
      refuse(response, ...unreadable(error));
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new UserError(
          `--port: expected a free port, got ${port} (${error.code ?? error.message}); leave it out`,
        ),
      );
    });
    server.listen(port, ADDRESS, resolve);
  });
  const interrupted = new Promise((end) => process.once('SIGINT', end));
  const url = `http://${ADDRESS}:${(server.address() as AddressInfo).port}/`;
  process.stdout.write(`${url}\n`);
  process.stderr.write('Ctrl-C to stop\n');
  if (open)
    await openFile(url).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      process.stderr.write(`${error.message}\n`);
    });
  await interrupted;
  server.close();
  server.closeAllConnections();
}

/** Reads all before it sends anything, so whatever it throws can still be answered. */
function answer(request: IncomingMessage, response: ServerResponse, run: string | undefined): void {
  const name = request.headers.host?.replace(/:\d+$/, '');
  if (name !== ADDRESS && name !== 'localhost') refuse(response, 403, `expected ${ADDRESS} as host`);
  else if (request.method !== 'GET') refuse(response, 405, 'expected GET');
  else if (request.url === '/') send(response, 200, 'text/html; charset=utf-8', pageOf(run));
  else if (request.url === RUN && run !== undefined) send(response, 200, 'application/zip', zipOf(run));
  else refuse(response, 404, 'expected /');
}

function send(response: ServerResponse, status: number, type: string, content: string | Uint8Array): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...ISOLATED }).end(content);
}

function refuse(response: ServerResponse, status: number, text: string): void {
  send(response, status, 'text/plain; charset=utf-8', `${text}\n`);
}

/** Status and reason where a file could not be read: a run prunes its checkpoints as it trains, and may be moved. */
function unreadable(error: unknown): [number, string] {
  if (error instanceof UserError) return [500, error.message];
  const got = reasonOf(error);
  if (got === undefined) throw error;
  const { code, path = 'studio' } = error as NodeJS.ErrnoException;
  return [
    code === 'ENOENT' ? 404 : 500,
    `${path}: expected a file or folder to read, got ${got}; reload the page`,
  ];
}

/** The page, which fetches the run if there is one. */
function pageOf(run: string | undefined): string {
  const page = readFileSync(PAGE, 'utf8');
  return run === undefined
    ? page
    : page.replace('<meta name="viewport"', `<meta name="run" content="${RUN}">\n$&`);
}

/** A run directory, a checkpoint, or a zip of a run, as the page takes it. */
function zipOf(run: string): Uint8Array {
  if (isArchive(run)) return readFileSync(run);
  // A run may save a checkpoint while it is read, hardly ever twice. Checkpoints themselves do not change.
  const files = readLiveRun(run) ?? readLiveRun(run) ?? readRun(run);
  return packRun({ name: basename(resolve(run)), files });
}
