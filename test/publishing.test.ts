/** What cannot run here says nothing wrong: Dockerfile, GitHub workflow, CITATION.cff. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packagedConfigs } from '../src/config/source.ts';

const at = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url));
const read = (file: string): string => readFileSync(at(file), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  readonly name: string;
  readonly bin: Record<string, string>;
  readonly scripts: Record<string, string>;
};

describe('the Dockerfile', () => {
  const instructions = read('Dockerfile')
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line))
    .map((line) => [line.split(' ')[0]!, line.slice(line.indexOf(' ') + 1)] as const);
  const all = (name: string): string[] =>
    instructions.filter(([word]) => word === name).map(([, rest]) => rest);

  it('is of Debian with Node 24, in a stage that builds and one that runs', () => {
    expect(all('FROM')).toEqual(['node:24-bookworm-slim AS build', 'node:24-bookworm-slim']);
  });

  it('copies what the build needs, and the archive that npm pack makes', () => {
    expect(all('COPY')).toEqual(['. .', '--from=build /maddpg-*.tgz ./']);
    expect(manifest.name).toBe('maddpg');
    const left = read('.dockerignore').trimEnd().split('\n');
    const needed = [
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'tsconfig.build.json',
      'asconfig.json',
    ];
    for (const file of [...needed, 'src', 'studio', 'scripts', 'configs', 'bin', 'python']) {
      expect(existsSync(at(file)), file).toBe(true);
      expect(left, file).not.toContain(file);
    }
  });

  it('trains with one command', () => {
    expect(all('ENTRYPOINT').map((text): unknown => JSON.parse(text))).toEqual([Object.keys(manifest.bin)]);
    const [command, flag, config] = JSON.parse(all('CMD')[0]!) as string[];
    expect([command, flag]).toEqual(['train', '--config']);
    expect(packagedConfigs()).toContain(config);
  });
});

describe('the GitHub workflow', () => {
  interface Workflow {
    readonly jobs: {
      readonly ci: {
        readonly strategy: { readonly matrix: { readonly os: string[]; readonly node: number[] } };
        readonly steps: { readonly run?: string; readonly shell?: string }[];
      };
    };
  }
  const { ci } = (parse(read('.github/workflows/ci.yml')) as Workflow).jobs;

  it('runs .ci/run in bash, on three systems with every Node that is supported', () => {
    expect(ci.strategy.matrix).toEqual({
      os: ['ubuntu-latest', 'macos-latest', 'windows-latest'],
      node: [20, 22, 24, 26],
    });
    const runs = ci.steps.filter(({ run }) => run !== undefined);
    expect(runs).toEqual([{ run: 'bash .ci/run', shell: 'bash' }]);
    expect(statSync(at('.ci/run')).isFile()).toBe(true);
  });

  it('needs no shell of Unix in the scripts that npm runs', () => {
    // Windows runs them in cmd.exe, which has && and || but no loops, quotes or variables of a shell.
    const foreign = Object.entries(manifest.scripts).filter(([, script]) =>
      /[;$'`]|^\w+=|\|(?!\|)/.test(script.replaceAll('||', '')),
    );
    expect(foreign).toEqual([]);
  });
});

describe('CITATION.cff', () => {
  it('names the package, and the papers of the method and the environments', () => {
    const citation = parse(read('CITATION.cff')) as {
      readonly title: string;
      readonly authors: unknown;
      readonly references: { readonly title: string; readonly url: string; readonly year: number }[];
    };
    expect([citation.title, citation.authors]).toEqual(['maddpg', [{ name: 'The maddpg authors' }]]);
    expect(citation.references.map(({ url, year }) => [url, year])).toEqual([
      ['https://arxiv.org/abs/1706.02275', 2017],
      ['https://arxiv.org/abs/1703.04908', 2017],
    ]);
  });
});
