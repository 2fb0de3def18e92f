/** The zip of a run, as a page offers it for download, where the command line takes a run. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { packRun } from '../../src/run/archive.ts';
import { changed } from '../run/hostile-zip.ts';
import { runCli, startCli, temporaryFolder, TINY } from './run-cli.ts';

const cwd = temporaryFolder();
let zip: Uint8Array;

beforeAll(async () => {
  expect((await runCli(cwd, ['train', ...TINY, '--name', 'spread', '--quiet'])).code).toBe(0);
  const run = path.join(cwd, 'runs/spread');
  const files = fs
    .readdirSync(run, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file): [string, Uint8Array] => [
      path.relative(run, file).split(path.sep).join('/'),
      new Uint8Array(fs.readFileSync(file)),
    ]);
  zip = packRun({ name: 'from-page', files: new Map(files) });
  fs.writeFileSync(path.join(cwd, 'run.zip'), zip);
});

describe.concurrent('the zip of a run', () => {
  it('is evaluated as its folder is, and leaves nothing behind', async () => {
    const tmp = fs.mkdtempSync(path.join(cwd, 'tmp-'));
    const result = async (at: string): Promise<unknown> => {
      const args = ['eval', '--json', '--episodes=3', `--checkpoint=${at}`];
      const { code, stdout, stderr } = await startCli(cwd, args, { TMPDIR: tmp }).ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return JSON.parse(stdout);
    };
    expect(await result('run.zip')).toEqual({
      ...((await result('runs/spread')) as object),
      checkpoint: 'run.zip/from-page/checkpoints/step-000000200',
    });
    expect(fs.readdirSync(tmp)).toEqual([]);
  });

  it('is replayed, with the page beside it', async () => {
    const folder = fs.mkdtempSync(path.join(cwd, 'replay-'));
    fs.writeFileSync(path.join(folder, 'run.zip'), zip);
    const { code, stdout } = await runCli(cwd, ['replay', path.join(folder, 'run.zip'), '--episodes=1']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${path.join(folder, 'replay.html')}\n` });
    expect(fs.readdirSync(folder).sort()).toEqual(['replay.html', 'run.zip']);
  });

  it('is resumed in a folder beside it, once', async () => {
    const folder = fs.mkdtempSync(path.join(cwd, 'resume-'));
    fs.writeFileSync(path.join(folder, 'run.zip'), zip);
    const at = path.join(path.basename(folder), 'run.zip');
    const resume = ['train', '--resume', at, '--set=running_steps=300', '--quiet', '--json'];
    const { code, stdout, stderr } = await runCli(cwd, resume);
    expect({ code, stderr: stderr.includes('expected') }).toEqual({ code: 0, stderr: false });
    const run = path.join(path.basename(folder), 'from-page');
    expect(JSON.parse(stdout)).toMatchObject({ run, steps: 300 });
    expect(await runCli(cwd, resume)).toMatchObject({
      code: 2,
      stdout: '',
      stderr:
        `${at}: expected no ${run} yet, as the run is unpacked there, got one; ` +
        `resume that with --resume ${run}, or move it away\n`,
    });
  });

  it('of a stranger is refused in one line, before anything is written', async () => {
    const folder = fs.mkdtempSync(path.join(cwd, 'hostile-'));
    const link = changed(zip, 'from-page/config.yaml', 38, 32, 0xa1ff0000);
    fs.writeFileSync(path.join(folder, 'run.zip'), link);
    const at = path.join(path.basename(folder), 'run.zip');
    const stderr = `${at}: expected files and folders only, got a link or device, "from-page/config.yaml"\n`;
    for (const args of [
      ['train', '--resume', at],
      ['eval', '--checkpoint', at],
      ['replay', at],
    ])
      expect(await runCli(cwd, args)).toMatchObject({ code: 2, stdout: '', stderr });
    expect(fs.readdirSync(folder)).toEqual(['run.zip']);
  });

  it('that is missing is named', async () => {
    expect(await runCli(cwd, ['eval', '--checkpoint=none.zip'])).toMatchObject({
      code: 2,
      stderr: 'none.zip: expected a run or checkpoint folder, got no such folder\n',
    });
  });
});
