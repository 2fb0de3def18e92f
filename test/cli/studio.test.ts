/** `maddpg studio`: what it serves, to whom, and how it ends. */
import { request } from 'node:http';
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { ROOT, runCli, startCli, temporaryFolder, TINY, type RunningCli } from './run-cli.ts';

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => {
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) });
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

async function served(cwd: string, args: readonly string[]): Promise<{ studio: RunningCli; url: string }> {
  const studio = startCli(cwd, ['studio', ...args]);
  await studio.says('Ctrl-C to stop');
  return { studio, url: await studio.firstLine() };
}

it('serves the page, isolated so that it may use threads, to this machine only; Ctrl-C ends it', async () => {
  const { studio, url } = await served(temporaryFolder(), []);
  const { status, headers, body } = await get(url);
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  });
  expect(body.equals(readFileSync(join(ROOT, 'dist/studio.html')))).toBe(true);
  expect((await get(url, { host: 'example.org' })).status).toBe(403);
  expect((await get(`${url}run.zip`)).status).toBe(404);
  studio.interrupt();
  expect((await studio.ended).code).toBe(0);
});

it('hands over a run, and the page that asks for it', async () => {
  const cwd = temporaryFolder();
  await runCli(cwd, ['train', ...TINY, '--name=spread', '--quiet']);
  const { studio, url } = await served(cwd, ['runs/spread']);
  expect((await get(url)).body.toString()).toContain('<meta name="run" content="/run.zip">');
  const files = unzipSync((await get(`${url}run.zip`)).body);
  expect(Buffer.from(files['spread/config.yaml']!)).toEqual(
    readFileSync(join(cwd, 'runs/spread/config.yaml')),
  );
  expect(Object.keys(files)).toContain('spread/checkpoints/latest');
  studio.interrupt();
  await studio.ended;
});

it('says so where the run is gone, and goes on serving', async () => {
  const cwd = temporaryFolder();
  await runCli(cwd, ['train', ...TINY, '--name=spread', '--quiet']);
  const { studio, url } = await served(cwd, ['runs/spread']);
  renameSync(join(cwd, 'runs/spread'), join(cwd, 'moved'));
  const { status, body } = await get(`${url}run.zip`);
  expect({ status, text: body.toString() }).toEqual({
    status: 404,
    text: 'runs/spread: expected a file or folder to read, got no such file; reload the page\n',
  });
  expect((await get(url)).status).toBe(200);
  studio.interrupt();
  expect((await studio.ended).code).toBe(0);
});

it('refuses a run that there is not', async () => {
  const { code, stderr } = await runCli(temporaryFolder(), ['studio', 'nowhere']);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: 'nowhere: expected a run or checkpoint folder, got no such folder\n',
  });
});

it('refuses a port that there is not', async () => {
  const { code, stderr } = await runCli(temporaryFolder(), ['studio', '--port', '65536']);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: '--port: expected a whole number from 0 to 65535, got 65536\n',
  });
});
