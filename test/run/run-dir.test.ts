import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unprivileged } from '../unprivileged.ts';
import { createRunDir, openRunDir, RunDirError } from '../../src/run/run-dir.ts';

let root: string;
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-run-dir-'));
});
afterEach(() => {
  fs.rmSync(root, { recursive: true });
});

function faultOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof RunDirError) return error.message;
    throw error;
  }
  throw new Error('expected a RunDirError');
}

describe('createRunDir', () => {
  it('creates the folder and its parents, and returns the paths', () => {
    const models = path.join(root, 'a', 'models');
    const dir = path.join(models, 'spread');
    expect(createRunDir(models, 'spread', 'unused')).toEqual({
      name: 'spread',
      path: dir,
      config: path.join(dir, 'config.yaml'),
      log: path.join(dir, 'log.jsonl'),
      metrics: path.join(dir, 'metrics.jsonl'),
      checkpoints: path.join(dir, 'checkpoints'),
    });
    expect(fs.readdirSync(dir)).toEqual([]);
  });

  it('shows the folder only once it is filled, and leaves nothing behind if that fails', () => {
    createRunDir(root, 'spread', 'unused', (made) => {
      expect(fs.readdirSync(root).filter((name) => !name.startsWith('.'))).toEqual([]);
      fs.writeFileSync(path.join(made, 'run.lock'), 'held');
    });
    expect(fs.readFileSync(path.join(root, 'spread', 'run.lock'), 'utf8')).toBe('held');
    expect(
      faultOf(() =>
        createRunDir(root, 'other', 'unused', () => {
          throw new RunDirError('full');
        }),
      ),
    ).toBe('full');
    expect(fs.readdirSync(root)).toEqual(['spread']);
  });

  it('takes no folder that another process made while it filled its own', () => {
    const { name } = createRunDir(root, null, 'spread', (made) => {
      fs.writeFileSync(path.join(made, 'run.lock'), 'mine');
      const other = path.join(root, 'spread');
      fs.mkdirSync(other, { recursive: true });
      fs.writeFileSync(path.join(other, 'run.lock'), 'theirs');
    });
    expect(name).toBe('spread-2');
    expect(fs.readFileSync(path.join(root, 'spread', 'run.lock'), 'utf8')).toBe('theirs');
  });

  it('rejects an existing name with the command to resume', () => {
    fs.mkdirSync(createRunDir(root, 'spread', 'unused').checkpoints);
    expect(faultOf(() => createRunDir(root, 'spread', 'unused'))).toBe(
      `--name: expected a new run, got 'spread', which exists; choose another --name, or resume it with --resume ${path.join(root, 'spread')}`,
    );
  });

  it('says to delete a run that ended before its first checkpoint, which cannot be resumed', () => {
    createRunDir(root, 'spread', 'unused');
    expect(faultOf(() => createRunDir(root, 'spread', 'unused'))).toBe(
      `--name: expected a new run, got 'spread', which exists; it has no checkpoint to resume from: choose another --name, or delete ${path.join(root, 'spread')} if it no longer runs`,
    );
  });

  it('appends the first free suffix to the fallback name', () => {
    fs.mkdirSync(path.join(root, 'maddpg-spread-3'));
    const names = [1, 2, 3].map(() => createRunDir(root, null, 'maddpg-spread').name);
    expect(names).toEqual(['maddpg-spread', 'maddpg-spread-2', 'maddpg-spread-4']);
  });

  it.each(['', '.', '..', 'a/b', '../a', 'a\\b', ' a', 'a ', 'a\u0000b', 'a\nb', 'x'.repeat(201)])(
    'rejects the name %j',
    (name) => {
      const text = `--name: expected a folder name of at most 200 characters without / or \\, got ${JSON.stringify(name)}`;
      expect(faultOf(() => createRunDir(root, name, 'unused'))).toBe(text);
      expect(faultOf(() => createRunDir(root, null, name))).toBe(text);
      expect(fs.readdirSync(root)).toEqual([]);
    },
  );

  it('rejects a file as model folder', () => {
    const file = path.join(root, 'file');
    fs.writeFileSync(file, '');
    const text = '--model-dir: expected a writable folder, got a file';
    expect(faultOf(() => createRunDir(file, 'a', 'unused'))).toBe(`${text}: ${file}`);
    const below = path.join(file, 'below');
    expect(faultOf(() => createRunDir(below, 'a', 'unused'))).toBe(`${text}: ${below}`);
  });

  it('fails with exit code 2', () => {
    expect(new RunDirError('x').exitCode).toBe(2);
  });
});

describe('openRunDir', () => {
  it('says that a folder may not be read, rather than that it has no config.yaml', () => {
    const { path: dir, config } = createRunDir(root, 'spread', 'unused');
    fs.writeFileSync(config, '');
    fs.chmodSync(root, 0o755);
    fs.chmodSync(dir, 0);
    const text = unprivileged(() => faultOf(() => openRunDir(dir)));
    fs.chmodSync(dir, 0o755);
    expect(text).toBe(
      `${config}: expected a run folder, got one that may not be read; change its permissions`,
    );
  });

  it('opens a run by its folder, its checkpoints folder or a checkpoint', () => {
    const run = createRunDir(root, 'spread', 'unused');
    fs.writeFileSync(run.config, '');
    const checkpoint = path.join(run.checkpoints, 'step-000000100');
    fs.mkdirSync(checkpoint, { recursive: true });
    expect(openRunDir(run.path)).toEqual(run);
    expect(openRunDir(run.checkpoints)).toEqual(run);
    expect(openRunDir(checkpoint)).toEqual(run);
    expect(openRunDir(`${run.path}/`).name).toBe('spread');
  });

  it('rejects anything without a run', () => {
    const nothing = path.join(root, 'nothing');
    expect(faultOf(() => openRunDir(nothing))).toBe(`${nothing}: expected a run folder, got no such folder`);
    expect(faultOf(() => openRunDir(root))).toBe(
      `${root}: expected a run folder with config.yaml, got a folder without one`,
    );
    const file = path.join(root, 'file');
    fs.writeFileSync(file, '');
    expect(faultOf(() => openRunDir(file))).toBe(
      `${file}: expected a run folder with config.yaml, got a file without one`,
    );
  });

  it('rejects other folders inside a run', () => {
    const run = createRunDir(root, 'spread', 'unused');
    fs.writeFileSync(run.config, '');
    const other = path.join(run.path, 'notes');
    fs.mkdirSync(other);
    expect(faultOf(() => openRunDir(other))).toBe(
      `${other}: expected a run folder with config.yaml, got a folder without one`,
    );
  });
});
