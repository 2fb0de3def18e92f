/** Tests must not run against an old build: what counts as one. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginBuild, endBuild, staleness } from '../scripts/dist.js';

const KERNEL = 'src/engine/wasm/assembly/index.ts';

describe('a build', () => {
  let root: string;
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const built = (): void => {
    beginBuild(root);
    write('dist/index.js', 'built');
    endBuild(root);
  };
  const refusal = (got: string): string =>
    `dist/: expected a build of the current sources, got ${got}; npm run build`;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'maddpg-dist-'));
    for (const path of ['src/index.ts', 'src/core/math.ts', 'src/envs/pettingzoo/server.py', KERNEL])
      write(path, path);
    for (const path of ['asconfig.json', 'tsconfig.json', 'tsconfig.build.json']) write(path, '{}');
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it('is current after a build, even if a checkout touched its sources', () => {
    built();
    utimesSync(join(root, KERNEL), new Date(), new Date(Date.now() + 1e6));
    expect(staleness(root)).toBeUndefined();
  });

  it.each([
    ...[KERNEL, 'src/core/math.ts', 'asconfig.json', 'tsconfig.json', 'tsconfig.build.json'],
    ...['configs/mpe/simple.yaml', 'configs/xuance/documented/simple.yaml'],
    ...['scripts/kernels.js', 'scripts/studio.js'],
  ])('is stale when %s changes, and current when restored', (path) => {
    write(path, 'before');
    built();
    write(path, 'after');
    expect(staleness(root)).toBe(refusal(`one from before ${path} changed`));
    write(path, 'before');
    expect(staleness(root)).toBeUndefined();
  });

  it('is stale when sources are added or deleted, and counts the rest', () => {
    built();
    write('src/new.ts', '');
    expect(staleness(root)).toBe(refusal('one from before src/new.ts was added'));
    rmSync(join(root, 'src/new.ts'));
    rmSync(join(root, 'src/core/math.ts'));
    expect(staleness(root)).toBe(refusal('one from before src/core/math.ts was deleted'));
    write('src/index.ts', 'changed too');
    write('src/new.ts', '');
    expect(staleness(root)).toBe(refusal('one from before src/index.ts changed (and 2 more)'));
  });

  it.each(['src/envs/pettingzoo/server.py', 'configs/sweeps/tune.yaml', 'scripts/gallery.js'])(
    'does not depend on %s',
    (path) => {
      built();
      write(path, 'changed');
      expect(staleness(root)).toBeUndefined();
    },
  );

  it('is stale if missing or incomplete', () => {
    expect(staleness(root)).toBe(refusal('none'));
    built();
    beginBuild(root);
    expect(staleness(root)).toBe(refusal('an incomplete one'));
  });

  it('is stale if sources change during the build', () => {
    beginBuild(root);
    write('src/index.ts', 'changed');
    endBuild(root);
    expect(staleness(root)).toBe(refusal('one from before src/index.ts changed'));
  });

  it('starts with an empty dist/', () => {
    write('dist/core/gone.js', 'of a source that was deleted');
    built();
    expect(existsSync(join(root, 'dist/core/gone.js'))).toBe(false);
    expect(existsSync(join(root, 'dist/index.js'))).toBe(true);
  });
});
