import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/errors.ts';
import { packagedSweeps, resolveConfigPath } from '../../src/config/source.ts';
import { UserError } from '../../src/core/user-error.ts';
import { faultsOf } from './faults.ts';

let folder: string;
const path = (name: string): string => join(folder, name);
const packaged = (name: string): string => fileURLToPath(new URL(`../../configs/${name}`, import.meta.url));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maddpg-config-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('a file that is not text', () => {
  it.each<[string, string | Buffer, string]>([
    ['empty.yaml', '', 'expected lines of the form "key: value", got an empty file'],
    [
      'program',
      Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]),
      'expected a YAML file, got a binary file (byte 4 is zero)',
    ],
    [
      'latin1.yaml',
      Buffer.from('name: caf\xe9', 'latin1'),
      'expected a YAML file, got a file that is not UTF-8 text',
    ],
    ['huge.yaml', '#'.repeat(131073), 'expected a YAML file, got 131073 bytes, which is more than 131072'],
  ])('%s gets one line', async (name, content, fault) => {
    await writeFile(path(name), content);
    expect(faultsOf({ file: path(name) })).toStrictEqual([`${path(name)}: ${fault}`]);
  });

  it('but missing, or a folder, gets one line', () => {
    const file = path('no.yaml');
    expect(faultsOf({ file })).toStrictEqual([`${file}: expected a YAML file, got no file of that name`]);
    expect(faultsOf({ file: folder })).toStrictEqual([
      `${folder}: expected a YAML file, got a directory; name a file in it`,
    ]);
  });

  it('is a user error with exit code 2', () => {
    const error = new ConfigError(['a', 'b']);
    expect(error).toBeInstanceOf(UserError);
    expect([error.exitCode, error.name, error.message]).toStrictEqual([2, 'ConfigError', 'a\nb']);
  });
});

describe('packaged configurations', () => {
  it.each([
    ['mpe.yaml', 'mpe.yaml'],
    ['mpe', 'mpe.yaml'],
    ['xuance/maddpg/simple_spread_v3', 'xuance/maddpg/simple_spread_v3.yaml'],
  ])('are found in any folder: %s', (name, file) => {
    expect(resolveConfigPath(name, folder)).toBe(packaged(file));
  });

  it('yield to a file of the same name, but not to a folder', async () => {
    await writeFile(path('smoke.yaml'), 'seed: 1');
    await mkdir(path('mpe'));
    expect(resolveConfigPath('smoke.yaml', folder)).toBe(path('smoke.yaml'));
    expect(resolveConfigPath('smoke', folder)).toBe(packaged('smoke.yaml'));
    expect(resolveConfigPath('mpe', folder)).toBe(packaged('mpe.yaml'));
  });

  it('are suggested, nearest first, if a name is neither a file nor packaged', () => {
    expect(() => resolveConfigPath('simple_spred_v3', folder)).toThrow(
      'simple_spred_v3: expected a file or the name of a packaged configuration, got neither; the nearest packaged ones are ' +
        'xuance/documented/simple_spread_v3.yaml, xuance/maddpg/simple_spread_v3.yaml, xuance/matd3/simple_spread_v3.yaml',
    );
    expect(() => resolveConfigPath('../configs/mpe', folder)).toThrow(ConfigError);
  });

  it('are told apart: configurations, sweeps, and a file in place of a folder', async () => {
    await writeFile(path('file'), '');
    expect(() => resolveConfigPath('file/mpe.yaml', folder)).toThrow(
      'file/mpe.yaml: expected a file or the name of a packaged configuration, got neither',
    );
    expect(() => resolveConfigPath('smok.yaml', folder, packagedSweeps())).toThrow(
      'smok.yaml: expected a file or the name of a packaged sweep, got neither; the nearest packaged ones are sweeps/smoke.yaml',
    );
  });

  it('leave a path in the working folder as typed', () => {
    expect(resolveConfigPath('configs/mpe.yaml', process.cwd())).toBe('configs/mpe.yaml');
  });
});
