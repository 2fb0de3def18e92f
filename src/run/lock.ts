/**
 * run.lock: names the one process that writes to a run directory. A holder that died leaves it behind, and the next run
 * takes it over. On a shared file system nobody can ask another host whether a process lives, so holders touch the file
 * every BEAT_MS and one that has not for STALE_MS counts as dead.
 *
 * The file appears whole or not at all: it is written under another name and linked.
 */
import { createHash, randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import * as path from 'node:path';
import { kindOf } from '../core/regular-file.ts';
import { UserError } from '../core/user-error.ts';
import { RunDirError } from './run-dir.ts';

export const LOCK_NAME = 'run.lock';

/** A live process has the run. */
export class RunInUseError extends RunDirError {}

/** Milliseconds between the holder's heartbeats. */
export const BEAT_MS = 10_000;

/** Age in milliseconds from which the heartbeat of another host's process no longer counts. */
const STALE_MS = 60_000;

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Start of the process in clock ticks since boot, with the boot's id; tells a reused pid. Linux only. */
  readonly started: string | null;
  /** PID namespace (containers share a host name, not pids). Linux only. */
  readonly namespace: string | null;
  /** Differs for each acquisition. */
  readonly token: string;
}

/** What the lock file says about a holder. */
type LockState = 'held' | 'taken over' | 'gone';

export class RunLock {
  readonly path: string;
  readonly token: string;

  /** `path`: the lock file; `token`: of the acquisition. */
  constructor(path: string, token: string) {
    this.path = path;
    this.token = token;
  }

  /** Whether this lock is still held. `gone`: the run directory was moved or deleted. */
  state(): LockState {
    const found = read(this.path);
    if (found === undefined) return 'gone';
    return found.holder?.token === this.token ? 'held' : 'taken over';
  }

  /** Throws UserError unless the lock is still held. */
  require(): void {
    const run = path.dirname(this.path);
    switch (this.state()) {
      case 'held':
        return;
      case 'gone':
        throw new UserError(
          `${run}: expected the folder of the run, got none: it was moved or deleted while training; if it was moved, resume it there`,
          { exitCode: 1 },
        );
      case 'taken over':
        throw new UserError(
          `${run}: expected to be the only writer, got another one, which took the run over`,
          {
            exitCode: 1,
          },
        );
    }
  }

  /** Tells other hosts that the holder lives. The file system's clock counts, hence a write. */
  beat(): void {
    if (this.state() !== 'held') return;
    const fd = fs.openSync(this.path, 'r+');
    try {
      fs.writeSync(fd, '{', 0);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  }

  release(): void {
    if (this.state() === 'held') fs.rmSync(this.path, { force: true });
  }
}

export interface LockOptions {
  /** Take the lock even from a live process, which then ends before it writes again. */
  readonly takeOver?: boolean | undefined;
  /** Called with one line if the lock is taken from a live holder, or one on another host that seems dead. */
  readonly onWarning?: ((line: string) => void) | undefined;
}

/** Locks a run directory. Throws RunInUseError naming the holder if a live process has it, RunDirError if it cannot be locked. */
export function lockRun(dir: string, { takeOver = false, onWarning }: LockOptions = {}): RunLock {
  const lock = path.join(dir, LOCK_NAME);
  const holder: Holder = { ...thisProcess(), token: randomUUID() };
  const own = besides(lock, holder.token);
  try {
    fs.writeFileSync(own, `${JSON.stringify(holder)}\n`);
    while (!linked(own, lock)) {
      const found = read(lock);
      if (found === undefined) continue; // released meanwhile
      const life = lifeOf(lock, found);
      if (life !== undefined && !takeOver)
        throw new RunInUseError(
          `${dir}: expected a run that no other process writes, got one in use by ${life}; ` +
            'wait for it to end, or take the run from it with --take-over',
        );
      if (!removed(lock, found)) continue; // somebody else was faster
      if (life !== undefined || !isLocal(found))
        onWarning?.(`${lock}: taken over from ${life ?? `${nameOf(found)}, which seems to have ended`}`);
    }
  } catch (error) {
    if (error instanceof RunDirError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new RunDirError(
      `${dir}: expected a run folder that can be written to, got ${String(code)}; check its permissions and free space`,
      { cause: error },
    );
  } finally {
    fs.rmSync(own, { force: true });
  }
  return new RunLock(lock, holder.token);
}

/** The process that writes to a run directory, in words; undefined if none does. Unlike lockRun() it writes nothing. */
export function writerOf(dir: string): string | undefined {
  const lock = path.join(dir, LOCK_NAME);
  if (kindOf(lock) !== 'file') return undefined;
  const found = read(lock);
  return found && lifeOf(lock, found, (file) => Date.now() - fs.statSync(file).mtimeMs);
}

/** A hidden file in the same folder. */
function besides(lock: string, name: string): string {
  return path.join(path.dirname(lock), `.tmp-${LOCK_NAME}-${name}`);
}

/** Links `from` as `to`; false if `to` exists. */
function linked(from: string, to: string): boolean {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // File systems without hard links, which Windows reports as EISDIR: exclusive, though not in one step.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EISDIR'].includes(String(code))) throw error;
  }
  try {
    fs.copyFileSync(from, to, fs.constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Age in milliseconds from which an unfinished removal counts as one of a process that died in it. */
const REMOVAL_MS = 5000;

/**
 * Removes the lock `found`; false if somebody else did or is about to. Of several that found the same dead holder, only one
 * can link it under the name of its content. So nobody removes the lock that another has made since.
 */
function removed(lock: string, found: Found): boolean {
  const claim = besides(lock, createHash('sha256').update(found.text).digest('hex').slice(0, 16));
  try {
    if (!linked(lock, claim)) {
      if (ageOf(claim, 'ctimeMs') > REMOVAL_MS) fs.rmSync(claim, { force: true });
      return false;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false; // released meanwhile
    throw error;
  }
  const same = read(claim)?.text === found.text;
  if (same) fs.rmSync(lock, { force: true });
  fs.rmSync(claim, { force: true });
  return same;
}

interface Found {
  readonly text: string;
  /** undefined: the file is damaged. */
  readonly holder: Holder | undefined;
}

function read(lock: string): Found | undefined {
  try {
    // Anything else counts as a damaged file; reading a pipe would wait for a writer.
    const text = fs.statSync(lock).isFile() ? fs.readFileSync(lock, 'utf8') : '';
    return { text, holder: parsed(text) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Milliseconds since a change of a file. Compared with a file made now, since another host's clock may differ. */
function ageOf(lock: string, time: 'mtimeMs' | 'ctimeMs'): number {
  const probe = besides(lock, randomUUID());
  try {
    fs.writeFileSync(probe, '');
    const changed = fs.statSync(lock, { throwIfNoEntry: false })?.[time] ?? Infinity;
    return fs.statSync(probe)[time] - changed;
  } finally {
    fs.rmSync(probe, { force: true });
  }
}

function parsed(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Holder;
    return typeof value.pid === 'number' && typeof value.token === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The holder in words if it lives, otherwise undefined. `silence`: milliseconds since the last heartbeat in a file. */
function lifeOf(
  lock: string,
  found: Found,
  silence: (lock: string) => number = (file) => ageOf(file, 'mtimeMs'),
): string | undefined {
  if (isLocal(found)) return isAlive(found.holder!) ? nameOf(found) : undefined;
  const age = silence(lock);
  const seconds = Math.max(0, Math.round(age / 1000));
  return age < STALE_MS ? `${nameOf(found)}, last heard from ${seconds} s ago` : undefined;
}

/** Whether the holder's process id means something here. */
function isLocal({ holder }: Found): boolean {
  const own = thisProcess();
  return holder?.host === own.host && holder.namespace === own.namespace;
}

function nameOf({ holder }: Found): string {
  return holder === undefined ? 'an unknown process' : `process ${holder.pid} on host ${holder.host}`;
}

function thisProcess(): Omit<Holder, 'token'> {
  return {
    pid: process.pid,
    host: hostname(),
    started: startOf(process.pid),
    namespace: linkOf('/proc/self/ns/pid'),
  };
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    // EPERM: it lives and belongs to somebody else.
  }
  return started === null || startOf(pid) === started;
}

/** When a process started; null where there is no /proc, or no such process. A zombie has ended. */
function startOf(pid: number): string | null {
  try {
    // The name in parentheses may hold anything; fields are counted behind it.
    const fields = fs
      .readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return fields[0] === 'Z' ? null : `${boot} ${fields[19]!}`;
  } catch {
    return null;
  }
}

function linkOf(file: string): string | null {
  try {
    return fs.readlinkSync(file);
  } catch {
    return null;
  }
}
