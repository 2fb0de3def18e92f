import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { VERSION } from '../src/version.ts';

const read = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

it('the version is that of package.json', () => {
  expect(VERSION).toBe((JSON.parse(read('package.json')) as { version: string }).version);
});

it('the Python package and CITATION.cff have it too', () => {
  expect(/^version = "(.*)"$/m.exec(read('python/pyproject.toml'))![1]).toBe(VERSION);
  expect((parse(read('CITATION.cff')) as { version: string }).version).toBe(VERSION);
});
