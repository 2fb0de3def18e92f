/** The entry for browsers, bundled as a page would bundle it. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as Browser from '../src/browser.ts';
import { loadConfig } from '../src/config/load.ts';
import { createEngine } from '../src/engine/registry.ts';
import { mpeEnvironments } from '../src/envs/mpe/open.ts';
import { TrainingSession } from '../src/train/session.ts';

const ENTRY = fileURLToPath(new URL('../src/browser.ts', import.meta.url));
const KERNELS = new URL('../dist/engine/wasm/kernels-single.wasm', import.meta.url);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-browser-'));
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

/** Imports that the bundle leaves to its host, static or dynamic, with the file that has them. */
function hostImports({ inputs }: Metafile): string[] {
  return Object.entries(inputs).flatMap(([file, { imports }]) =>
    imports.filter(({ external }) => external).map(({ path: name }) => `${name} in ${file}`),
  );
}

describe('maddpg/browser', () => {
  const outfile = path.join(folder, 'browser.mjs');
  let metafile: Metafile;
  beforeAll(async () => {
    const options = {
      bundle: true,
      platform: 'browser',
      format: 'esm',
      metafile: true,
      minifyWhitespace: true,
    } as const;
    // External, so that each one shows up with its place instead of failing the build.
    ({ metafile } = await build({ ...options, entryPoints: [ENTRY], outfile, external: ['node:*'] }));
  });

  it('imports nothing from Node, statically or dynamically', () => {
    expect(hostImports(metafile)).toEqual([]);
  });

  it('uses no global that only Node has', () => {
    // ajv holds the text of modules that it could write, but does not here.
    const text = fs.readFileSync(outfile, 'utf8').replaceAll(/require\("ajv\/[^"]*"\)/g, '');
    expect(text.match(/(?<![#.\w])(process\b[.[]|(Buffer|__dirname|require)\b[.([])/g)).toBeNull();
  });

  it('trains to the same bits as Node', async () => {
    const { config } = loadConfig({
      keys: {
        ...{ running_steps: 400, start_training: 100, training_frequency: 20, parallels: 4, threads: 1 },
        ...{ buffer_size: 400, batch_size: 32, actor_hidden_size: [16], critic_hidden_size: [16] },
      },
    });
    const page = (await import(/* @vite-ignore */ pathToFileURL(outfile).href)) as typeof Browser;
    const here = new TrainingSession(config, mpeEnvironments(config).make(4), await createEngine(config));
    const engine = await page.createWasmEngine(new Uint8Array(fs.readFileSync(KERNELS)));
    const there = new page.TrainingSession(config, page.mpeEnvironments(config).make(4), engine);
    const weights = [here, there].map((session) => {
      session.begin();
      while (!session.finished) session.advance();
      expect(session.updates).toBe(15);
      return session.files()['weights.safetensors'];
    });
    expect(weights[1]).toEqual(weights[0]);
  });
});
