/**
 * Preload (NODE_OPTIONS=--import) of a program that is to be killed at one of its file system calls. Wraps every function
 * of node:fs, synchronous, with callbacks and with promises, in every thread. Threads count their own calls, and only
 * those below one folder: the same program makes the same calls, whatever its modules read while they load.
 *
 * KILL_AT_CALL is JSON: {folder, trace?, kill?: {thread, call, half}}. `trace` names a file that gets a line per call,
 * "THREAD NAME TARGET". `kill` sends SIGKILL before the thread's call number `call` (from 0); `half`: after half of
 * what the call would have written or removed.
 *
 * fsync is counted and skipped: a killed process loses nothing that the kernel has, and the disk need not wait.
 */
import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { threadId } from 'node:worker_threads';

const { folder, trace, kill } = JSON.parse(process.env.KILL_AT_CALL);
const real = { ...fs };
let calls = 0;
/** Whether a synchronous call outside of the folder is in progress: those that it makes itself are outside, too. */
let outside = false;

/** Open files count, for nothing tells where they lie; 0 to 2 are the terminal. */
function counts(target) {
  const descriptor = target?.fd ?? target;
  return typeof descriptor === 'number' ? descriptor > 2 : nameOf(target).startsWith(folder);
}

/** Absolute path of a call's target, '' for none. Of file descriptors Linux alone tells it. */
function nameOf(target) {
  if (target instanceof URL) return fileURLToPath(target);
  if (typeof target === 'number')
    return process.platform === 'linux' ? real.readlinkSync(`/proc/self/fd/${target}`) : '';
  return typeof target === 'string' || Buffer.isBuffer(target) ? resolve(String(target)) : '';
}

/** Called before each call in the folder. */
function onCall(name, target, args) {
  if (trace !== undefined)
    real.appendFileSync(trace, `${threadId} ${name} ${nameOf(target).slice(folder.length + 1)}\n`);
  if (kill?.thread === threadId && kill.call === calls) {
    if (kill.half) isolated(() => doHalf(name.replace(/Sync$/, ''), target, args));
    process.kill(process.pid, 'SIGKILL');
  }
  calls += 1;
}

/** Half of what a call would do, of those that do more than one thing. */
function doHalf(name, target, [data, ...rest]) {
  if (name === 'rm') {
    const [first] = real.statSync(target).isDirectory() ? real.readdirSync(target) : [];
    if (first !== undefined) real.rmSync(join(String(target), first), { recursive: true });
  } else if (name === 'writeFile' || name === 'appendFile') {
    const bytes = bytesOf(data);
    real[`${name}Sync`](target, bytes.subarray(0, bytes.length / 2));
  } else if (name === 'write') {
    // (buffer, offset, length, position), (buffer, {offset, length, position}) or (text, position, encoding)
    const text = typeof data === 'string';
    const [offset, length, position] = text ? [0, undefined, rest[0]] : rest;
    const given = typeof offset === 'object' && offset !== null ? offset : { offset, length, position };
    const bytes = bytesOf(data).subarray(given.offset ?? 0);
    const whole = given.length ?? bytes.length;
    const at = typeof given.position === 'number' ? given.position : null;
    real.writeSync(target, bytes, 0, Math.floor(whole / 2), at);
  } else if (name === 'writev') {
    real.writevSync(target, data.slice(0, data.length / 2), typeof rest[0] === 'number' ? rest[0] : null);
  }
}

function bytesOf(data) {
  return typeof data === 'string'
    ? Buffer.from(data)
    : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** A function of node:fs that counts its calls. */
function counted(name, original) {
  const wrapped = function (target, ...args) {
    if (outside || !counts(target)) return isolated(() => original.call(this, target, ...args));
    onCall(name, target, args);
    return name === 'fsyncSync' ? undefined : original.call(this, target, ...args);
  };
  // Names, promisify.custom, realpath.native and the like.
  return Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(original));
}

function isolated(call) {
  const before = outside;
  outside = true;
  try {
    return call();
  } finally {
    outside = before;
  }
}

const handle = await fs.promises.open(process.execPath);
const FileHandle = Object.getPrototypeOf(handle);
await handle.close();
for (const [name, { value: original }] of Object.entries(Object.getOwnPropertyDescriptors(FileHandle))) {
  if (name === 'constructor' || typeof original !== 'function') continue;
  FileHandle[name] = function (...args) {
    onCall(name, this.fd, args);
    return original.apply(this, args);
  };
}
for (const place of [fs, fs.promises])
  for (const [name, original] of Object.entries(place))
    // Streams and classes make calls, and are none.
    if (typeof original === 'function' && !/^[A-Z_]|Stream$/.test(name))
      place[name] = counted(name, original);
syncBuiltinESMExports();
