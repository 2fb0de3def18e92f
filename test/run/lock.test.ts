import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/user-error.ts';
import { lockRun } from '../../src/run/lock.ts';

let dir: string;
let lock: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-lock-'));
  lock = path.join(dir, 'run.lock');
});
afterEach(() => {
  fs.rmSync(dir, { recursive: true, force: true });
});

/** No process has this id: it is above the largest that Linux gives. */
const NOBODY = 2 ** 22 + 1;

const holder = (): Record<string, unknown> =>
  JSON.parse(fs.readFileSync(lock, 'utf8')) as Record<string, unknown>;

/** Writes the lock that this process would write, but for `fields`. */
function heldBy(fields: Record<string, unknown>): void {
  const own = lockRun(dir);
  const text = JSON.stringify({ ...holder(), token: 'theirs', ...fields });
  own.release();
  fs.writeFileSync(lock, text);
}

function faultOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return `${error.exitCode} ${error.message}`;
    throw error;
  }
  return 'none';
}

const inUse = (by: string): string =>
  `2 ${dir}: expected a run that no other process writes, got one in use by ${by}; wait for it to end, or take the run ` +
  'from it with --take-over';

describe('a run', () => {
  it('has one writer: the lock names it until it is released', () => {
    const first = lockRun(dir);
    expect(holder()).toMatchObject({ pid: process.pid, host: os.hostname(), token: first.token });
    expect(first.state()).toBe('held');
    expect(faultOf(() => lockRun(dir))).toBe(inUse(`process ${process.pid} on host ${os.hostname()}`));
    first.release();
    expect(fs.readdirSync(dir)).toEqual([]);
    lockRun(dir).release();
  });

  it('is taken over from a process that has ended', () => {
    heldBy({ pid: NOBODY });
    const mine = lockRun(dir, {
      onWarning: (line) => {
        throw new Error(line);
      },
    });
    expect(mine.state()).toBe('held');
    expect(fs.readdirSync(dir)).toEqual(['run.lock']);
  });

  it.skipIf(process.platform !== 'linux')(
    'is taken over if the id of a dead process was given to another',
    () => {
      heldBy({ started: 'another boot 17' });
      expect(lockRun(dir).state()).toBe('held');
    },
  );

  it('is respected on another host while its heartbeat is younger than a minute', () => {
    heldBy({ host: 'elsewhere', pid: NOBODY });
    expect(faultOf(() => lockRun(dir))).toBe(
      inUse(`process ${NOBODY} on host elsewhere, last heard from 0 s ago`),
    );
    const at = (seconds: number): Date => new Date(Date.now() - seconds * 1000);
    fs.utimesSync(lock, at(50), at(50));
    expect(faultOf(() => lockRun(dir))).toMatch(/last heard from 5\d s ago/);
    fs.utimesSync(lock, at(61), at(61));
    const warnings: string[] = [];
    expect(lockRun(dir, { onWarning: (line) => warnings.push(line) }).state()).toBe('held');
    expect(warnings).toEqual([
      `${lock}: taken over from process ${NOBODY} on host elsewhere, which seems to have ended`,
    ]);
  });

  it('is respected in another container of this host, whose process ids say nothing here', () => {
    heldBy({ namespace: 'pid:[1]', pid: NOBODY });
    expect(faultOf(() => lockRun(dir))).toBe(
      inUse(`process ${NOBODY} on host ${os.hostname()}, last heard from 0 s ago`),
    );
  });

  it('is respected with an unreadable lock, until that is a minute old', () => {
    fs.writeFileSync(lock, 'half a li');
    expect(faultOf(() => lockRun(dir))).toBe(inUse('an unknown process, last heard from 0 s ago'));
    fs.utimesSync(lock, 0, 0);
    expect(lockRun(dir).state()).toBe('held');
  });

  it('can be taken from a live process, which notices and leaves the new lock alone', () => {
    const first = lockRun(dir);
    const second = lockRun(dir, { takeOver: true });
    expect([first.state(), second.state()]).toEqual(['taken over', 'held']);
    expect(
      faultOf(() => {
        first.require();
      }),
    ).toBe(`1 ${dir}: expected to be the only writer, got another one, which took the run over`);
    first.release();
    first.beat();
    expect(second.state()).toBe('held');
  });

  it('is lost if its folder is moved or deleted', () => {
    const held = lockRun(dir);
    fs.renameSync(dir, `${dir}-moved`);
    expect(
      faultOf(() => {
        held.require();
      }),
    ).toBe(
      `1 ${dir}: expected the folder of the run, got none: it was moved or deleted while training; if it was moved, ` +
        'resume it there',
    );
    fs.renameSync(`${dir}-moved`, dir);
    held.require();
  });

  it('shows that its writer lives: a heartbeat renews the time of the lock and keeps its content', () => {
    const held = lockRun(dir);
    const before = fs.readFileSync(lock);
    fs.utimesSync(lock, 0, 0);
    held.beat();
    expect(fs.statSync(lock).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
    expect(fs.readFileSync(lock)).toEqual(before);
  });

  it('cannot be locked in a folder that is not there', () => {
    expect(faultOf(() => lockRun(path.join(dir, 'none')))).toBe(
      `2 ${path.join(dir, 'none')}: expected a run folder that can be written to, got ENOENT; check its permissions and free ` +
        'space',
    );
  });
});
