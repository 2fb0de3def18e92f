// The README's table of keys and its program are held to the code; its commands are run by help.test.ts.
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { keyOf, SECTIONS } from '../../src/config/keys.ts';
import { yamlOf } from '../../src/config/show.ts';
import { readmeBlocks, ROOT, temporaryFolder } from './run-cli.ts';

const README = path.join(ROOT, 'README.md');
const readme = fs.readFileSync(README, 'utf8');

const START = /<!-- keys: .* -->\n/.exec(readme)![0];
const END = '<!-- /keys -->';

/** The table of keys, as the README holds it between its two comments. */
function keyTable(): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const rows = SECTIONS.flatMap(({ title, names }) => [
    `| **${title}** | | | |`,
    ...names.map((name) => {
      const { default: value, defaultText, expected, unit, doc } = keyOf(name);
      const takes = unit === undefined ? expected : `${expected} (${unit})`;
      const cells = [`\`${name}\``, defaultText ?? `\`${yamlOf(value)}\``, takes, doc];
      return `| ${cells.map(cell).join(' | ')} |`;
    }),
  ]);
  return [
    '',
    '<!-- prettier-ignore -->',
    '| Key | Default | Takes | Meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    '',
  ].join('\n');
}

describe('README.md', () => {
  it('has the table of keys that src/config/keys.ts makes; UPDATE_README=1 writes it', () => {
    const from = readme.indexOf(START) + START.length;
    const to = readme.indexOf(END);
    if (process.env['UPDATE_README'])
      fs.writeFileSync(README, readme.slice(0, from) + keyTable() + readme.slice(to));
    else expect(readme.slice(from, to)).toBe(keyTable());
  });

  it('has a program that type-checks and runs', async () => {
    const [program, ...others] = readmeBlocks('ts');
    expect(others).toEqual([]);
    const folder = temporaryFolder();
    fs.mkdirSync(path.join(folder, 'node_modules'));
    fs.symlinkSync(ROOT, path.join(folder, 'node_modules', 'maddpg'), 'dir');
    fs.writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
    const source = path.join(folder, 'example.ts');
    fs.writeFileSync(source, program!);
    const compiled = ts.createProgram([source], {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      strict: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: true,
      types: ['node'],
      typeRoots: [path.join(ROOT, 'node_modules', '@types')],
    });
    const messages = ts
      .getPreEmitDiagnostics(compiled)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    expect(messages).toEqual([]);
    compiled.emit();

    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['example.js'], { cwd: folder });
    expect(stdout).toMatch(/^return -\d+\.\d\d\n$/);
    expect(stderr).toMatch(/^2000 of 2000$/m);
    expect(fs.existsSync(path.join(folder, 'runs', 'library', 'checkpoints', 'latest'))).toBe(true);
  });
});
