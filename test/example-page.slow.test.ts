/** examples/page, on a static server in Chromium: it trains to the bits of Node, with one thread and with two. */
import * as fs from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../src/config/load.ts';
import { createEngine } from '../src/engine/registry.ts';
import { mpeEnvironments } from '../src/envs/mpe/open.ts';
import { MemoryRun, type MemorySnapshot } from '../src/run/memory-run.ts';
import { Trainer } from '../src/train/trainer.ts';
import { CHROMIUM, launch } from './browser/chromium.ts';

const at = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url));

const SETS = [
  ...['running_steps=600', 'start_training=200', 'buffer_size=600', 'batch_size=32', 'parallels=4'],
  ...['training_frequency=20', 'eval_interval=300', 'test_episode=3', 'critic_hidden_size=[32]'],
];
/** For a page on a busy machine. */
const LIMIT_MS = 240_000;

const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.wasm': 'application/wasm' };

describe.skipIf(CHROMIUM === undefined)('the example page (needs Chromium)', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-page-'));
  let browser: Browser;
  let server: Server;
  let isolated = false;

  beforeAll(async () => {
    fs.cpSync(at('examples/page'), folder, { recursive: true });
    fs.cpSync(at('configs/mpe.yaml'), path.join(folder, 'mpe.yaml'));
    for (const name of ['kernels.wasm', 'kernels-single.wasm'])
      fs.cpSync(at(`dist/engine/wasm/${name}`), path.join(folder, name));
    const outfile = path.join(folder, 'browser.js');
    await build({ entryPoints: [at('src/browser.ts')], bundle: true, format: 'esm', outfile });
    server = createServer(({ url }, response) => {
      const file = path.join(folder, path.basename(new URL(url!, 'http://page').pathname) || 'index.html');
      response.setHeader('Content-Type', TYPES[path.extname(file)] ?? 'text/html');
      if (isolated) {
        response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
        response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      }
      if (fs.existsSync(file)) response.end(fs.readFileSync(file));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    server.close();
    fs.rmSync(folder, { recursive: true });
  });

  /** The same run in Node: what it says, and its last checkpoint. */
  async function inNode(): Promise<{ events: string[]; here: MemorySnapshot }> {
    const { config } = loadConfig({ file: at('configs/mpe.yaml'), sets: [...SETS, 'threads=1'] });
    const engine = await createEngine(config);
    const run = new MemoryRun(config, engine.name);
    const factory = mpeEnvironments(config);
    const events: string[] = [];
    await new Trainer(config, { factory, evaluation: factory.make(1) }, engine, run, {
      onEvent: (line) => events.push(line),
      onWarning: (line) => events.push(`warning: ${line}`),
    }).run();
    engine.dispose();
    return { events, here: MemoryRun.open(run.zip()).snapshot };
  }

  /** What the page shows in the end, and the run that it offers. */
  async function visited(threads: number): Promise<{ lines: string[]; zip: Uint8Array; faults: string[] }> {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => faults.push(message.text()));
    const query = new URLSearchParams(
      [...SETS, `threads=${threads}`].map((set): [string, string] => ['set', set]),
    );
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/?${query.toString()}`);
    const [download] = await Promise.all([
      page.waitForEvent('download', { timeout: LIMIT_MS }),
      page.getByRole('link').click({ timeout: LIMIT_MS }),
    ]);
    const lines = (await page.locator('pre').innerText()).trim().split('\n');
    const zip = new Uint8Array(fs.readFileSync(await download.path()));
    await page.close();
    return { lines, zip, faults };
  }

  it.each([
    ['anywhere, with one thread', false, 2, 1],
    ['isolated, with two threads', true, 2, 2],
  ])(
    'trains %s, to the same run as Node',
    async (_, isolates, asked, has) => {
      isolated = isolates;
      const { lines, zip, faults } = await visited(asked);
      const { events, here } = await inNode();
      expect(lines).toEqual([`engine wasm, threads: ${has}`, ...events]);
      expect(faults).toEqual([]);
      const { snapshot } = MemoryRun.open(zip);
      for (const file of ['weights.safetensors', 'optimizer.safetensors', 'replay.bin', 'rollout.bin'])
        expect(snapshot.files.get(file), file).toEqual(here.files.get(file));
    },
    LIMIT_MS,
  );
});
