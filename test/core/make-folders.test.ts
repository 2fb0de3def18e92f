import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makeFolders } from '../../src/core/make-folders.ts';

const folder = mkdtempSync(join(tmpdir(), 'maddpg-folders-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('folders are made with their parents, and stay where they are', () => {
  const deep = join(folder, 'a', 'b', 'c');
  for (let k = 0; k < 2; k++) makeFolders(deep);
  expect(statSync(deep).isDirectory()).toBe(true);
  writeFileSync(join(folder, 'file'), '');
  expect(() => {
    makeFolders(join(folder, 'file', 'below'));
  }).toThrow(/ENOTDIR|ENOENT|EEXIST/);
});

// Only Linux has it. Node's own `recursive` never ends there.
it.runIf(existsSync('/proc/self'))('a parent that refuses children is an error', () => {
  expect(() => {
    makeFolders('/proc/maddpg/below');
  }).toThrow(/ENOENT/);
});
