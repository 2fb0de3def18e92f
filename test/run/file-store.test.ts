import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { showConfig } from '../../src/config/show.ts';
import { FileStore } from '../../src/run/file-store.ts';
import { createRunDir } from '../../src/run/run-dir.ts';
import { openFiles } from './open-files.ts';

let root: string;
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-store-'));
});
afterEach(() => {
  fs.rmSync(root, { recursive: true });
});

describe('FileStore', () => {
  const { config } = loadConfig({});

  it('replaces config.yaml in one step, over what a crash has left of an earlier attempt', async () => {
    const dir = createRunDir(root, 'run', 'unused');
    fs.writeFileSync(path.join(dir.path, '.tmp-config.yaml'), 'seed: half a li');
    await new FileStore(dir, config, 'wasm').close();
    expect(fs.readFileSync(dir.config, 'utf8')).toBe(showConfig(config));
    expect(fs.readdirSync(dir.path).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('closes its files', async () => {
    await new FileStore(createRunDir(root, 'run', 'unused'), config, 'wasm').close();
    // The log's descriptor is closed in libuv's thread pool.
    await vi.waitFor(() => {
      expect(openFiles(root)).toEqual([]);
    });
  });
});
