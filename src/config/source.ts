/**
 * Configuration files in Node: their text, and the packaged ones. A missing file, a folder, binary or overlong content is
 * one clear line. document.ts parses the text.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { isAbsolute, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { editDistance } from '../core/nearest.ts';
import { kindOf } from '../core/regular-file.ts';
import { LONGEST_TEXT } from './document.ts';
import { ConfigError } from './errors.ts';

/** Resolves to the same folder from src/config and from dist/config. */
const PACKAGED = fileURLToPath(new URL('../../configs/', import.meta.url));

/** The text of a file. @throws ConfigError, one line, if it is not text of sensible length */
export function readConfigText(file: string): string {
  const expected = `${file}: expected a YAML file, got`;
  let bytes: Buffer;
  try {
    const stat = statSync(file);
    if (stat.isDirectory()) throw new ConfigError(`${expected} a directory; name a file in it`);
    if (!stat.isFile()) throw new ConfigError(`${expected} something that is not a regular file`);
    if (stat.size > LONGEST_TEXT) {
      throw new ConfigError(`${expected} ${stat.size} bytes, which is more than ${LONGEST_TEXT}`);
    }
    bytes = readFileSync(file);
  } catch (error) {
    throw error instanceof ConfigError ? error : new ConfigError(`${expected} ${reason(error)}`);
  }
  return decoded(bytes, expected);
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'no file of that name';
  if (code === 'EACCES' || code === 'EPERM') return 'a file that may not be read; change its permissions';
  return message;
}

function decoded(bytes: Buffer, expected: string): string {
  const zero = bytes.indexOf(0);
  if (zero >= 0) throw new ConfigError(`${expected} a binary file (byte ${zero} is zero)`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ConfigError(`${expected} a file that is not UTF-8 text`);
  }
}

/** Where packaged sweep files are. */
const SWEEPS = 'sweeps/';

/** The packaged configurations, relative to configs/, with forward slashes, sorted. */
export function packagedConfigs(): string[] {
  return packagedFiles().filter((name) => !name.startsWith(SWEEPS));
}

/** The packaged sweep files, likewise. */
export function packagedSweeps(): string[] {
  return packagedFiles().filter((name) => name.startsWith(SWEEPS));
}

function packagedFiles(): string[] {
  return readdirSync(PACKAGED, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.replaceAll(sep, '/'))
    .sort();
}

/**
 * The file that `--config name` means: an existing file, else the packaged one of that name, with or without `.yaml`
 * (`mpe`, `xuance/maddpg/simple_spread_v3`).
 * @param cwd base of relative paths
 * @param packaged the names that count
 * @throws ConfigError with the nearest packaged names
 */
export function resolveConfigPath(name: string, cwd: string, packaged = packagedConfigs()): string {
  const path = isAbsolute(name) || cwd === process.cwd() ? name : join(cwd, name);
  const found = kindOf(path);
  if (found !== undefined && found !== 'folder') return path;

  const wanted = packaged.find((file) => file === name || file === `${name}.yaml`);
  if (wanted !== undefined) return join(PACKAGED, wanted);
  if (found !== undefined) return path;

  const near = byDistance(name, packaged).slice(0, 3).join(', ');
  const what = packaged.every((file) => file.startsWith(SWEEPS)) ? 'sweep' : 'configuration';
  throw new ConfigError(
    `${name}: expected a file or the name of a packaged ${what}, got neither; the nearest packaged ones are ${near}`,
  );
}

/** Nearest first, by the whole name or its last part. */
function byDistance(name: string, files: readonly string[]): string[] {
  const bare = (file: string): string => file.replace(/\.ya?ml$/, '');
  const last = (file: string): string => bare(file).split('/').at(-1)!;
  // No packaged name is longer, and a distance takes time in proportion to both lengths.
  const whole = bare(name).slice(0, 100);
  const distance = (file: string): number =>
    Math.min(editDistance(whole, bare(file)), editDistance(last(whole), last(file)));
  return files.toSorted((a, b) => distance(a) - distance(b));
}
