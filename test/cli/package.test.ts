// Contents of the npm package: working links, commands that work when pasted, types for older compilers.
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { examplesRun, filesBelow, ROOT, temporaryFolder } from './run-cli.ts';

const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
  cwd: ROOT,
  maxBuffer: 2 ** 24,
});
interface Packed {
  readonly name: string;
  /** Bytes of the archive, and of its files. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: { readonly path: string }[];
}
const [packed] = JSON.parse(stdout) as [Packed];
const files = new Set(packed.files.map((file) => file.path));
const pages = [...files].filter((file) => file.endsWith('.md')).sort();

function read(file: string): string {
  return fs.readFileSync(path.join(ROOT, file), 'utf8');
}

/** A page without code. */
function prose(page: string): string {
  return read(page)
    .replace(/^```.*?^```/gms, '')
    .replace(/`[^`\n]*`/g, '`code`');
}

/** GitHub's anchors for a page's headings. */
function anchors(page: string): string[] {
  const headings = read(page)
    .replace(/^```.*?^```/gms, '')
    .matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Only in the repository: they are larger than the program, or of results that it does not need. */
const PICTURES = /^docs\/(gallery\.md$|media\/|results\.md$|results\/)/;

/** Broken relative links of a page, one line each. */
function deadLinks(page: string): string[] {
  const targets = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .flatMap((target) => {
      const [file, anchor] = target.split('#') as [string, string | undefined];
      const to = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
      if (PICTURES.test(to) && fs.existsSync(path.join(ROOT, to))) return [];
      if (!files.has(to)) return [`${page}: ${target}: no such file in the package`];
      const found = anchor === undefined || anchors(to).includes(anchor);
      return found ? [] : [`${page}: ${target}: no such heading`];
    });
}

describe('the npm package', () => {
  const manifest = JSON.parse(read('package.json')) as {
    readonly engines: unknown;
    readonly publishConfig: unknown;
    readonly types: string;
    readonly bin: Readonly<Record<string, string>>;
    readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  };

  it('is what a registry gets: name, Node, provenance, and the files that it names', () => {
    expect(packed.name).toBe('maddpg');
    expect(manifest.engines).toEqual({ node: '>=20.11' });
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
    expect(Object.keys(manifest.exports).slice(0, 2)).toEqual(['.', './browser']);
    const named = [manifest.types, ...Object.values(manifest.bin)];
    const exported = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    );
    expect(exported).toEqual(expect.arrayContaining(['./dist/browser.d.ts', './dist/browser.js']));
    for (const file of [...named, ...exported]) expect(files, file).toContain(path.posix.normalize(file));
  });

  it('has at most 1.4 MB, unpacked 4.5 MB, and nothing of the repository alone', () => {
    expect(packed.size).toBeLessThan(1.4e6);
    expect(packed.unpackedSize).toBeLessThan(4.5e6);
    const outside = [...files].filter((file) => !/^(bin|configs|dist|docs|examples)\//.test(file)).sort();
    expect(outside).toEqual([
      ...['ARCHITECTURE.md', 'CHANGELOG.md', 'CITATION.cff', 'CONTRIBUTING.md', 'LICENSE', 'README.md'],
      ...['SECURITY.md', 'package.json', 'python/README.md', 'python/maddpg_policy/__init__.py'],
      ...['actors', 'checkpoint', 'parallel', 'policy'].map((name) => `python/maddpg_policy/${name}.py`),
      ...['python/pyproject.toml', 'scripts/install-tensorflow.sh'],
      ...['src/envs/pettingzoo/server.py', 'src/export/torch_policy.py'],
    ]);
    expect([...files].filter((file) => /(^|\/)\.|__pycache__|\.tsbuildinfo$/.test(file))).toEqual([]);
  });

  it('contains the pages linked from README.md', () => {
    expect(pages).toEqual(
      expect.arrayContaining([
        'ARCHITECTURE.md',
        'CHANGELOG.md',
        'CONTRIBUTING.md',
        'README.md',
        'docs/algorithms.md',
        'docs/custom-environments.md',
        'docs/engines.md',
        'docs/environments.md',
        'docs/training.md',
      ]),
    );
  });

  it.each(pages)('%s links only to existing files and headings', (page) => {
    expect(deadLinks(page)).toEqual([]);
  });

  it('has a program that asks for a build where there is none', async () => {
    const copy = temporaryFolder();
    fs.mkdirSync(path.join(copy, 'bin'));
    for (const file of ['bin/maddpg.js', 'package.json'])
      fs.copyFileSync(path.join(ROOT, file), path.join(copy, file));
    const run = promisify(execFile)(process.execPath, [path.join(copy, 'bin', 'maddpg.js'), 'runs']);
    await expect(run).rejects.toMatchObject({
      ...{ code: 1, stdout: '' },
      stderr: 'maddpg: expected a build in dist/, got none; run npm run build\n',
    });
  });

  // One process per command, in sequence: may exceed the default minute on a busy machine.
  it('documents commands that work when pasted', { timeout: 180_000 }, async () => {
    const lines = pages
      .filter((page) => page.startsWith('docs/'))
      .flatMap((page) => [...read(page).matchAll(/^```sh\n(.*?)^```/gms)])
      .flatMap((match) => match[1]!.trimEnd().split('\n'));
    const commands = lines
      .map((line) => line.split(' #')[0]!)
      .filter((line) => line.startsWith('npx maddpg '));
    expect(commands.length).toBeGreaterThan(12);
    for (const { example, stdout: output } of await examplesRun(commands))
      if (!example.includes(' > ')) expect(output, example).not.toBe('');
  });

  it('declares no generic typed arrays, which need TypeScript 5.7', () => {
    const dist = path.join(ROOT, 'dist');
    const declarations = filesBelow(dist).filter((file) => file.endsWith('.d.ts'));
    expect(declarations).toContain('index.d.ts');
    const generic = declarations.filter((file) =>
      /\b(Big)?(Int|Uint|Float)\d+(Clamped)?Array</.test(fs.readFileSync(path.join(dist, file), 'utf8')),
    );
    expect(generic).toEqual([]);
  });
});
