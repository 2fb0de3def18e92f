/**
 * Serves a report on 127.0.0.1 and sends new data to open pages when the runs change. It answers only requests that name
 * this machine (a page elsewhere could make its own name point here), and only reads.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pack } from './packing.ts';
import { packPlayers, type Players } from './players.ts';
import type { News, ReportData } from './run.ts';

const ADDRESS = '127.0.0.1';
/** Milliseconds between looks at the files. */
const INTERVAL_MS = 1000;

/** Hands new data to page/main.ts. */
export const LIVE_SCRIPT =
  "new EventSource('/news').onmessage = ({ data }) => document.dispatchEvent(new CustomEvent('report-data', { detail: JSON.parse(data) }));";

export function newsOf(data: ReportData, players: Players['of']): string {
  return JSON.stringify({ data: pack(data), players: packPlayers(players) } satisfies News);
}

export interface Watched {
  /** Changes whenever page() and news() would. */
  readonly stamp: () => string;
  /** The whole page. */
  readonly page: () => Promise<string>;
  /** What newsOf() made. */
  readonly news: () => Promise<string>;
}

export interface Watching {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts at `port`, 0 for any. `onError` hears what goes wrong while watching, such as a run folder that is gone. */
export async function watch(
  watched: Watched,
  port: number,
  onError: (error: unknown) => void,
): Promise<Watching> {
  const readers = new Set<ServerResponse>();
  let stamp = watched.stamp();
  const server = createServer((request, response) => {
    answer(request, response, watched, readers).catch((error: unknown) => {
      onError(error);
      response.destroy();
    });
  });
  await listening(server, port);
  let busy = false;
  const look = async (): Promise<void> => {
    const now = watched.stamp();
    if (now === stamp) return;
    const event = await eventOf(watched);
    stamp = now;
    for (const reader of readers) reader.write(event);
  };
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    look()
      .catch(onError)
      .finally(() => {
        busy = false;
      });
  }, INTERVAL_MS);
  return {
    url: `http://${ADDRESS}:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        clearInterval(timer);
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function eventOf(watched: Watched): Promise<string> {
  return `data: ${await watched.news()}\n\n`;
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, ADDRESS, resolve);
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  watched: Watched,
  readers: Set<ServerResponse>,
): Promise<void> {
  const refuse = (status: number, text: string): void => {
    response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
  };
  const name = request.headers.host?.replace(/:\d+$/, '');
  if (name !== ADDRESS && name !== 'localhost') refuse(403, 'expected 127.0.0.1 as host');
  else if (request.method !== 'GET') refuse(405, 'expected GET');
  else if (request.url === '/') {
    const page = await watched.page();
    response
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
      .end(page);
  } else if (request.url === '/news') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.flushHeaders();
    readers.add(response);
    response.on('close', () => readers.delete(response));
    // What happened since the page was rendered.
    response.write(await eventOf(watched));
  } else refuse(404, 'expected /');
}
