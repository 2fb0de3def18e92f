// The README's program works; help.test.ts runs its commands.
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { readmeBlocks, ROOT, temporaryFolder } from './run-cli.ts';

describe('README.md', () => {
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
