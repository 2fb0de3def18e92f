/**
 * Temporary folders, removed when the process exits. A thread may be ended, by Ctrl-C or a full heap, before it removes its own,
 * so the main thread chooses a parent for those of all threads and removes it at exit.
 */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

const PARENT = 'maddpg: parent of temporary folders';

/** For the main thread, before it starts others. */
export function removeTemporaryFoldersAtExit(): void {
  const parent = path.join(os.tmpdir(), `maddpg-${randomUUID()}`);
  setEnvironmentData(PARENT, parent);
  process.once('exit', () => {
    fs.rmSync(parent, { recursive: true, force: true });
  });
}

/** A new folder, which the caller removes as soon as it can. */
export function temporaryFolder(): string {
  const parent = getEnvironmentData(PARENT);
  if (typeof parent !== 'string') return fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'maddpg-'));
  if (!fs.existsSync(parent)) fs.mkdirSync(parent, { mode: 0o700 });
  return fs.mkdtempSync(path.join(fs.realpathSync(parent), 'run-'));
}
