/**
 * From the env_id of a custom environment to its module and on to its environments. A path names a file (the
 * configuration has made it absolute), anything else a package, looked for from the current folder.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../../core/user-error.ts';
import type { EnvironmentFactory } from '../environment-factory.ts';
import type { MakeEnvironment } from './custom-environment.ts';
import { customEnvironments } from './factory.ts';
import { thrown } from './thrown.ts';

/** Loads the module. @throws UserError `env_id: ...` */
export async function openCustom(
  id: string,
  options: Readonly<Record<string, unknown>>,
): Promise<EnvironmentFactory> {
  return customEnvironments(labelOf(id), await loadMaker(id), options);
}

/** What messages call the environment: a file below the current folder by its relative path. */
export function labelOf(id: string): string {
  const path = relative(process.cwd(), id);
  return isAbsolute(id) && !path.startsWith('..') ? `./${path}` : id;
}

/** The function that the module exports. @throws UserError `env_id: ...` */
export async function loadMaker(id: string): Promise<MakeEnvironment> {
  const url = isAbsolute(id) ? pathToFileURL(id).href : packageEntry(id);
  const label = labelOf(id);
  if (url.startsWith('file:') && !existsSync(new URL(url)))
    throw fault('the file of an environment', `${label}, which is not there`);
  let module: { default?: unknown };
  try {
    module = (await import(/* @vite-ignore */ url)) as { default?: unknown };
  } catch (error) {
    throw fault('a module that can be loaded', `${label}: ${thrown(error)}`);
  }
  // A CommonJS module that was compiled from an ES module holds its default export one level down.
  const inner = module.default as { default?: unknown } | undefined | null;
  const make = typeof inner === 'function' ? inner : inner?.default;
  const expected = 'a module with a default export (options) => environment';
  if (typeof make !== 'function')
    throw fault(
      expected,
      `${label}, whose default export is ${inner === undefined ? 'missing' : 'no function'}`,
    );
  if (/^class\b/.test(Function.prototype.toString.call(make)))
    throw fault(
      expected,
      `${label}, whose default export is a class; export a function that makes one: (options) => new TheClass(options)`,
    );
  return make as MakeEnvironment;
}

function fault(expected: string, got: string): UserError {
  return new UserError(`env_id: expected ${expected}, got ${got}`);
}

/** A program that prints what Node finds for `import '<argument>'` in the current folder. */
const RESOLVE = `
let answer;
try {
  answer = { url: import.meta.resolve(process.argv[1]) };
} catch ({ code, message }) {
  answer = { code, message };
}
console.log(JSON.stringify(answer));
`;

/**
 * The URL that `import '<name>'` would load in the current folder. Node looks for packages from the module that
 * asks, and this one lies elsewhere; what is evaluated in a new Node lies in the current folder.
 */
function packageEntry(name: string): string {
  const output = execFileSync(
    process.execPath,
    ['--no-warnings', '--input-type=module', '--eval', RESOLVE, '--', name],
    { encoding: 'utf8' },
  );
  const { url, code, message = '' } = JSON.parse(output) as { url?: string; code?: string; message?: string };
  if (url !== undefined) return url;
  const [packageName = name] = /^(@[^/]+\/)?[^/]+/.exec(name) ?? [];
  if (message.startsWith(`Cannot find package '${packageName}'`)) {
    const isFile = /\.[cm]?[jt]s$/.test(name) || existsSync(join(process.cwd(), name));
    throw fault(
      'a path such as ./my-env.mjs, or a package that is installed',
      `${name}; ${isFile ? `did you mean ./${name}?` : `install it: npm install ${packageName}`}`,
    );
  }
  if (code === 'ERR_PACKAGE_PATH_NOT_EXPORTED')
    throw fault(`something that the package ${packageName} exports`, name);
  // Node's words, without the name of the program above.
  const why = message.split('\n')[0]!.replace(/( imported)? from [^"]*\[eval1\]/, '');
  throw fault('a package that can be loaded', `${name}: ${why}`);
}
