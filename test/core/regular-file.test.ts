/** Only regular files are read, and nothing waits. */
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kindOf, readRegularFile, reasonOf, visitRegularFile } from '../../src/core/regular-file.ts';
import { unprivileged } from '../unprivileged.ts';

let dir: string;
let file: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-file-'));
  file = path.join(dir, 'file');
});
afterEach(() => {
  fs.rmSync(dir, { recursive: true });
});

function reasonFor(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    return reasonOf(error);
  }
  throw new Error('expected an error');
}
const read = (name = file): string | undefined => reasonFor(() => readRegularFile(name, 100));

describe('a regular file', () => {
  it('is read whole, or in pieces', () => {
    fs.writeFileSync(file, '0123456789');
    expect(Buffer.from(readRegularFile(file, 10)).toString()).toBe('0123456789');
    const pieces: string[] = [];
    visitRegularFile(file, 10, 4, (piece) => pieces.push(Buffer.from(piece).toString()));
    expect(pieces).toEqual(['0123', '4567', '89']);
    fs.writeFileSync(file, '');
    expect(readRegularFile(file, 0)).toEqual(new Uint8Array(0));
  });

  it('is refused above the size', () => {
    fs.writeFileSync(file, '0123456789');
    expect(reasonFor(() => readRegularFile(file, 9))).toBe('10 bytes, which is more than 9');
  });
});

describe('anything else is refused at once:', () => {
  it('nothing, folders, links and names', () => {
    expect(read()).toBe('no such file');
    expect(read(dir)).toBe('a folder');
    fs.symlinkSync('file', file);
    expect(read()).toBe('a symbolic link that leads back to itself');
    expect(reasonFor(() => kindOf(file))).toBe('a symbolic link that leads back to itself');
    expect(read(path.join(dir, 'x'.repeat(300)))).toBe('a name that is too long');
    expect(read(path.join(dir, 'a\0b'))).toBe('a name with a zero byte');
  });

  it('devices and sockets', async () => {
    expect(read('/dev/zero')).toBe('something that is not a regular file');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(file, resolve));
    expect(read()).toBe('something that is not a regular file');
    expect(kindOf(file)).toBe('other');
    server.close();
  });

  it('files that may not be read', () => {
    fs.writeFileSync(file, 'x', { mode: 0 });
    fs.chmodSync(dir, 0o755);
    expect(unprivileged(read)).toBe('one that may not be read; change its permissions');
  });

  it('but errors that are not of the file system are no reason', () => {
    expect(reasonOf(new Error('a bug'))).toBe(undefined);
    expect(
      reasonOf(Object.assign(new Error('EBUSY: resource busy or locked, open x'), { code: 'EBUSY' })),
    ).toBe('EBUSY: resource busy or locked');
  });
});
