/** Private servers for tests, from Debian's packages: on a free port, in a folder of their own, ended with the tests. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { connect } from 'node:net';

export interface TestServer {
  /** Address for --queue, with a password. */
  readonly url: string;
  stop(): void;
}

const NOBODY = 65534;

export const PASSWORD = 'open-sesame';

/** Where Debian keeps programs that are not on the PATH of users. */
const FOLDERS = [
  '/usr/sbin',
  ...['17', '16', '15', '14'].map((version) => `/usr/lib/postgresql/${version}/bin`),
];

/** A program's path; undefined if it is not installed. */
export function programAt(name: string): string | undefined {
  return [...(process.env['PATH'] ?? '').split(path.delimiter), ...FOLDERS]
    .map((folder) => path.join(folder, name))
    .find((file) => fs.existsSync(file));
}

export const STORES = {
  redis: { program: 'redis-server', start: startRedis },
  postgres: { program: 'initdb', start: startPostgres },
} as const;

async function startRedis(): Promise<TestServer> {
  const port = await freePort();
  const args = ['--port', String(port), '--requirepass', PASSWORD, '--save', '', '--appendonly', 'no'];
  const server = started(spawn(programAt('redis-server')!, args, { stdio: 'ignore' }));
  await listening(port);
  return { url: `redis://:${PASSWORD}@127.0.0.1:${port}`, stop: () => void server.kill('SIGKILL') };
}

async function startPostgres(): Promise<TestServer> {
  const port = await freePort();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-postgres-'));
  // PostgreSQL refuses to run as root.
  const user = process.geteuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (process.geteuid?.() === 0) fs.chownSync(folder, NOBODY, NOBODY);
  const word = path.join(folder, 'password');
  fs.writeFileSync(word, PASSWORD);
  fs.chmodSync(word, 0o644);
  const data = path.join(folder, 'data');
  execFileSync(
    programAt('initdb')!,
    ['--pgdata', data, '--username=maddpg', `--pwfile=${word}`, '--auth=scram-sha-256', '--no-sync'],
    { ...user, stdio: 'ignore', cwd: folder },
  );
  const args = ['-D', data, '-p', String(port), '-c', `unix_socket_directories=${folder}`, '-c', 'fsync=off'];
  const server = started(spawn(programAt('postgres')!, args, { ...user, stdio: 'ignore', cwd: folder }));
  await listening(port);
  return {
    url: `postgres://maddpg:${PASSWORD}@127.0.0.1:${port}/postgres`,
    stop: () => {
      server.once('exit', () => {
        fs.rmSync(folder, { recursive: true, force: true });
      });
      server.kill('SIGQUIT');
    },
  };
}

function started(server: ChildProcess): ChildProcess {
  process.once('exit', () => server.kill('SIGKILL'));
  return server;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Resolves once a port takes connections. Rejects after 20 s. */
async function listening(port: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => {
        resolve(false);
      });
    });
    if (open) return;
    if (Date.now() > deadline) throw new Error(`expected a server on port ${port}, got none`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
