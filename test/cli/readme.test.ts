// README.md: length, transcript and program. help.test.ts runs its other commands.
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import {
  INTERRUPTIBLE,
  newestWeights,
  readmeBlocks,
  ROOT,
  runCli,
  startCli,
  temporaryFolder,
  TINY,
} from './run-cli.ts';

const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');

/** Commands of the transcript with their output; `...` marks omitted lines. */
function transcript(): { command: string; lines: string[] }[] {
  const [block, ...others] = readmeBlocks('console');
  expect(others).toEqual([]);
  const [nothing, ...entries] = `\n${block!}`.split('\n$ ');
  expect(nothing).toBe('');
  return entries.map((entry) => {
    const [command, ...lines] = entry.split('\n');
    return { command: command!, lines: lines.filter((line) => !['', '...', '^C'].includes(line)) };
  });
}

/** A line with numbers and column widths normalised. */
function shape(line: string): string {
  return line
    .replace(/-?\d[\d,]*(\.\d+)?/g, '#')
    .replace('# min # s', '# s')
    .replace(/\b[kM]B\b/, 'MB')
    .replace(/\bthreads?\b/, 'threads')
    .replace(/ +/g, ' ');
}

/** Output of a transcript command, with a tiny configuration instead of mpe.yaml. */
async function printed(cwd: string, command: string, interrupt: boolean): Promise<string> {
  const args = command
    .replace(/^npx maddpg /, '')
    .replace('--config mpe.yaml', [...TINY, ...INTERRUPTIBLE].join(' '));
  const running = startCli(cwd, args.split(' '));
  if (interrupt) {
    await running.says('step 100:');
    running.interrupt();
  }
  const { code, stdout, stderr } = await running.ended;
  expect(code, command).toBe(interrupt ? 130 : 0);
  return stderr + stdout;
}

describe('README.md', () => {
  it('has at most 150 lines and names the test command', () => {
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
    expect(readme).toMatch(/^\*\*Test\*\*: `npm test`\./m);
  });

  it('shows actual output, and a resumed run with the same weights', async () => {
    const cwd = temporaryFolder();
    const entries = transcript();
    expect(entries.map(({ command }) => command)).toEqual([
      'npx maddpg train --config mpe.yaml --name spread',
      'npx maddpg eval --checkpoint runs/spread --episodes 500',
      'npx maddpg train --config mpe.yaml --name again',
      'npx maddpg train --resume runs/again',
      'sha256sum runs/*/checkpoints/step-000135000/weights.safetensors',
    ]);
    const sums = entries.pop()!.lines.map((line) => line.split('  '));
    expect(sums.map(([, file]) => file!.split('/')[1])).toEqual(['again', 'spread']);
    expect(sums[0]![0]).toBe(sums[1]![0]);

    for (const { command, lines } of entries) {
      const output = (await printed(cwd, command, command.endsWith('again') && command.includes('--config')))
        .split('\n')
        .map(shape);
      for (const line of lines) expect(output, command).toContain(shape(line));
    }
    const [again, spread] = ['again', 'spread'].map((name) => newestWeights(path.join(cwd, 'runs', name)));
    expect(again!.equals(spread!)).toBe(true);
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

    const { stdout } = await promisify(execFile)(process.execPath, ['example.js'], { cwd: folder });
    expect(stdout.match(/agent_2: -\d+/g)).toHaveLength(25); // one reward per step
    const { code } = await runCli(folder, [
      'eval',
      '--checkpoint',
      'runs/maddpg-simple_spread_v3-seed1',
      '--episodes=1',
    ]);
    expect(code).toBe(0);
  });
});
