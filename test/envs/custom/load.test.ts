import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { started } from '../started.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { loadMaker, openCustom } from '../../../src/envs/custom/load.ts';
import { openEnvironments } from '../../../src/envs/open.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-custom-'));
const before = process.cwd();
process.chdir(folder);
afterAll(() => {
  process.chdir(before);
  fs.rmSync(folder, { recursive: true });
});

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  return file;
}

/** A module with a one-agent environment that observes the option `sees`, for which the module sets a default. */
const MODULE = `export default (options) => {
  options.sees ??= 7;
  const agents = ['a'];
  return {
    name: 'tiny', possibleAgents: agents, agents,
    observationSpace: () => ({ kind: 'box', shape: [1], low: -9, high: 9 }),
    actionSpace: () => ({ kind: 'box', shape: [1], low: 0, high: 1 }),
    reset: () => ({ observations: { a: Float32Array.of(options.sees) }, infos: { a: {} } }),
    step: () => { throw new Error('not needed'); },
    close: () => { globalThis.closed = (globalThis.closed ?? 0) + 1; },
  };
};
`;

async function fault(id: string): Promise<string> {
  try {
    await loadMaker(id);
  } catch (error) {
    expect(error).toMatchObject({ exitCode: 2 });
    return (error as Error).message;
  }
  return 'none';
}

describe('env_id of a custom environment', () => {
  it.each([
    'data:text/javascript,globalThis.ran=1',
    ' data:text/javascript,globalThis.ran=1',
    'da\tta:text/javascript,globalThis.ran=1',
    'DATA:text/javascript,globalThis.ran=1',
    'file:///env.mjs',
    'http://localhost/env.mjs',
    'node:repl',
    'blob:x',
  ])('is no URL: %j', async (id) => {
    expect(await fault(id)).toBe(
      String.raw`env_id: expected a path such as ./my-env.mjs, or an installed package, got a URL, ` +
        `${JSON.stringify(id)}; save the module as a file`,
    );
    expect('ran' in globalThis).toBe(false);
    const keys = { env_name: 'custom', env_id: id, env_options: {}, continuous_action: true } as const;
    const opening = openEnvironments({ ...keys, python: 'python3', python_timeout: 1 });
    await expect(opening).rejects.toThrow('got a URL');
  });

  it('as a path is relative to the config file that gives it, else to the current folder', () => {
    const idOf = (...args: Parameters<typeof loadConfig>): string => loadConfig(...args).config.env_id;
    const file = write('below/run.yaml', 'env_name: custom\nenv_id: ./my-env.mjs\n');
    expect(idOf({ file })).toBe(path.join(folder, 'below/my-env.mjs'));
    expect(idOf({ file: 'below/run.yaml' })).toBe(path.join(fs.realpathSync(folder), 'below/my-env.mjs'));
    expect(idOf({ file, sets: ['env_id=../other.mjs'] })).toBe(path.resolve('../other.mjs'));
    expect(idOf({ flags: { env_name: 'custom', env_id: './my-env.mjs' } })).toBe(path.resolve('my-env.mjs'));
    expect(idOf({ file, sets: ['env_id=some-package/env'] })).toBe('some-package/env');
    expect(idOf({ file, sets: ['env_name=mpe'] })).toBe('./my-env.mjs');
  });

  it('opens environments that each get a copy of the options and are closed together', async () => {
    const environments = await openCustom(write('tiny.mjs', MODULE), Object.freeze({}));
    expect([...started(environments, 3).obs]).toEqual([7, 7, 7]);
    environments.close();
    expect((globalThis as { closed?: number }).closed).toBe(3);
    const other = await openCustom(path.join(folder, 'tiny.mjs'), { sees: -2 });
    expect([...started(other, 1).obs]).toEqual([-2]);
  });

  it.each<[string, unknown, string, string]>([
    ['main', { main: 'lib/env.mjs' }, 'lib/env.mjs', 'my-env'],
    ['exports', { exports: './env.mjs' }, 'env.mjs', 'my-env'],
    [
      'exports with an import condition only',
      { exports: { '.': { types: './env.d.ts', import: './env.mjs' } } },
      'env.mjs',
      'my-env',
    ],
    ['main without an extension', { main: 'lib/env' }, 'lib/env.js', 'my-env'],
    ['an exported subpath', { exports: { './line': './line.mjs' } }, 'line.mjs', 'my-env/line'],
    ['a subpath pattern', { exports: { './*': './src/*.mjs' } }, 'src/line.mjs', 'my-env/line'],
    ['a file in the package', { main: 'gone.js' }, 'line.mjs', 'my-env/line.mjs'],
    ['a scoped package name', { type: 'module' }, 'index.js', '@me/my-env'],
    ['a CommonJS module', { main: 'env.cjs' }, 'env.cjs', 'my-env'],
  ])('finds a package by %s', async (_, json, file, id) => {
    const name = id.replace(/\/line.*/, '');
    write(`node_modules/${name}/package.json`, JSON.stringify(json));
    const isCommonJs = file.endsWith('.cjs') || file === 'lib/env.js';
    const text = isCommonJs ? MODULE.replace('export default', 'exports.default =') : MODULE;
    write(`node_modules/${name}/${file}`, text);
    try {
      expect((await loadMaker(id))({}).name).toBe('tiny');
    } finally {
      fs.rmSync(path.join(folder, 'node_modules'), { recursive: true });
    }
  });

  it('that cannot be loaded is one line that says what to do', async () => {
    expect(await fault(path.resolve('missing.mjs'))).toBe(
      'env_id: expected the file of an environment, got ./missing.mjs, which does not exist',
    );
    expect(await fault('tiny.mjs')).toBe(
      'env_id: expected a path such as ./my-env.mjs, or an installed package, got tiny.mjs; did you mean ./tiny.mjs?',
    );
    expect(await fault('some-env')).toBe(
      'env_id: expected a path such as ./my-env.mjs, or an installed package, got some-env; install it: npm install some-env',
    );
    write('node_modules/closed/package.json', '{ "exports": { "./other": "./other.mjs" } }');
    expect(await fault('closed')).toBe('env_id: expected an export of the package closed, got closed');
    expect(await fault('closed/line')).toBe(
      'env_id: expected an export of the package closed, got closed/line',
    );
    write('node_modules/broken/package.json', '{ "main": index.js }');
    expect(await fault('broken')).toMatch(
      // Node's message: 20 names the invalid package.json, 22 the index.js that it falls back on.
      /^env_id: expected a package that can be loaded, got broken: [^\n]*\/node_modules\/broken\/(package\.json|index\.js)[^\n]*$/,
    );
    write('node_modules/empty/package.json', '{ "main": "gone.js" }');
    expect(await fault('empty')).toMatch(
      /^env_id: expected a package that can be loaded, got empty: Cannot find package '\S+\/node_modules\/empty\/gone\.js'$/,
    );
    expect(await fault('empty/line.mjs')).toBe(
      'env_id: expected the file of an environment, got empty/line.mjs, which does not exist',
    );
    expect(await fault('@me')).toBe(
      'env_id: expected a package that can be loaded, got @me: Invalid module "@me" is not a valid package name',
    );
    expect(await fault(write('class.mjs', 'export default class Env {}'))).toBe(
      'env_id: expected a module with a default export (options) => environment, got ./class.mjs, whose default export is a class; export a function: (options) => new TheClass(options)',
    );
    expect(await fault(write('null.mjs', 'export default null;'))).toBe(
      'env_id: expected a module with a default export (options) => environment, got ./null.mjs, whose default export is not a function',
    );
    expect(await fault(write('nothing.mjs', 'export const x = 1;'))).toBe(
      'env_id: expected a module with a default export (options) => environment, got ./nothing.mjs, whose default export is missing',
    );
    expect(await fault(write('number.mjs', 'export default 3;'))).toBe(
      'env_id: expected a module with a default export (options) => environment, got ./number.mjs, whose default export is not a function',
    );
    expect(await fault(write('broken.mjs', 'throw new RangeError("no world");'))).toMatch(
      /^env_id: expected a module that can be loaded, got \.\/broken\.mjs: RangeError: no world/,
    );
  });
});
