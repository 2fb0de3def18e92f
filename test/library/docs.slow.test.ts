/** The programs in docs/library.md run on the built package, as plain JavaScript, and print the documented output. */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ROOT, temporaryFolder } from '../cli/run-cli.ts';

const page = fs.readFileSync(path.join(ROOT, 'docs', 'library.md'), 'utf8');

/** Programs with their heading and output. */
const all = [...page.matchAll(/^```js\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms)].map((match) => ({
  heading: page
    .slice(0, match.index)
    .match(/^#+ .*$/gm)!
    .at(-1)!
    .replace(/^#+ /, ''),
  program: match[1]!,
  output: match[2],
}));

/** Of pages: run in Chromium by test/example-page.slow.test.ts. */
const PAGE = 'In a browser';
const programs = all.filter(({ heading }) => heading !== PAGE);

describe('docs/library.md', () => {
  it('shows the worker of the example page as it is', () => {
    const worker = fs.readFileSync(path.join(ROOT, 'examples/page/worker.js'), 'utf8');
    const [comment, ...lines] = worker.split('\n');
    expect(comment).toMatch(/^\/\/ /);
    expect(all.find(({ heading }) => heading === PAGE)!.program).toBe(lines.join('\n'));
  });

  it('contains programs for training and for the learner', () => {
    expect(programs.map(({ heading }) => heading)).toEqual(
      expect.arrayContaining([
        'Training',
        'Resuming, evaluating, acting',
        'Your own environment',
        'Your own algorithm',
        'From an environment',
        'The documented constructor',
        'Your own training loop',
        'Saving and loading',
      ]),
    );
  });

  it.each(programs)('$heading', async ({ program, output }) => {
    const folder = temporaryFolder();
    fs.mkdirSync(path.join(folder, 'node_modules'));
    fs.symlinkSync(ROOT, path.join(folder, 'node_modules', 'maddpg'), 'dir');
    fs.writeFileSync(path.join(folder, 'program.mjs'), program);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['program.mjs'], { cwd: folder });
    expect(stdout).toBe(output);
    expect(stderr).toBe('');
  });
});
