// All configuration code but two Node-only files runs in browsers.
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../src/', import.meta.url));
const NODE_SIDE = ['config/load.ts', 'config/source.ts'];

/** Code without comments. */
const codeOf = (file: string): string =>
  readFileSync(join(ROOT, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');

const importsOf = (file: string): string[] =>
  [...codeOf(file).matchAll(/\bfrom '([^']+)'|\bimport\('([^']+)'\)/g)].map(([, a, b]) => (a ?? b)!);

/** A file and its transitive imports from src/. */
function closure(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const name of importsOf(file))
    if (name.startsWith('.')) closure(relative(ROOT, resolve(ROOT, file, '..', name)), seen);
  return seen;
}

describe('src/config', () => {
  const files = readdirSync(join(ROOT, 'config'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('config', name));
  const pure = files.filter((file) => !NODE_SIDE.includes(file));
  const reached = [...new Set(pure.flatMap((file) => [...closure(file)]))];

  it('has two Node-only files', () => {
    expect(files.filter((file) => importsOf(file).some((name) => name.startsWith('node:')))).toEqual(
      NODE_SIDE,
    );
  });

  it.each(reached)('does not need Node: %s', (file) => {
    expect(importsOf(file).filter((name) => !/^(\.|yaml$|ajv$)/.test(name))).toEqual([]);
    expect(codeOf(file)).not.toMatch(/\b(process|Buffer|require)\b[.(]/);
    expect(NODE_SIDE).not.toContain(file);
  });
});
