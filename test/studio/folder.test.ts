/** Folders for the studio: a run directory and a checkpoint of it open as their zips do. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryRun } from '../../src/run/memory-run.ts';
import { packedFolder, type Located } from '../../studio/folder.ts';
import { runCli, temporaryFolder } from '../cli/run-cli.ts';

/** What a browser hands over of a folder. */
function filesOf(folder: string): Located[] {
  const parent = path.dirname(folder);
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => ({
      path: path.relative(parent, file).split(path.sep).join('/'),
      file: new Blob([fs.readFileSync(file)]),
    }));
}

describe('a folder', () => {
  const cwd = temporaryFolder();
  beforeAll(async () => {
    const args = ['train', '--config', 'smoke.yaml', '--set', 'running_steps=600', '--name', 'r'];
    expect(await runCli(cwd, args)).toMatchObject({ code: 0 });
    fs.writeFileSync(path.join(cwd, 'runs/r/.hidden'), 'x');
  });

  it('of a run opens with its configuration, records and newest checkpoint', async () => {
    const { name, config, snapshot, records } = MemoryRun.open(
      await packedFolder(filesOf(path.join(cwd, 'runs/r'))),
    );
    expect({ name, steps: config.running_steps, step: snapshot.state.step }).toEqual({
      name: 'r',
      steps: 600,
      step: 600,
    });
    expect(snapshot.resumable).toBe(true);
    expect(records.at(-1)!.step).toBe(600);
  });

  it('of a checkpoint opens as a run without records', async () => {
    const checkpoint = path.join(cwd, 'runs/r/checkpoints/step-000000600');
    const { snapshot, records } = MemoryRun.open(await packedFolder(filesOf(checkpoint)));
    expect(snapshot.state.step).toBe(600);
    expect(snapshot.resumable).toBe(true);
    expect(records).toEqual([]);
  });

  it('without files is refused', async () => {
    await expect(packedFolder([])).rejects.toThrow(
      'the folder: expected a run or a checkpoint, got no files',
    );
  });

  it('of anything else is refused in words that say what it lacks', async () => {
    const zip = await packedFolder([{ path: 'photos/a.txt', file: new Blob(['a']) }]);
    expect(() => MemoryRun.open(zip)).toThrow(
      'the zip/photos/config.yaml: expected the configuration of a run, got no such file',
    );
  });
});
