/**
 * Loads the module behind the env_id of a custom environment. A path names a file (config/ has made it absolute);
 * anything else is a package, resolved from the current folder.
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

/** Opens the environments of a module. @throws UserError `env_id: ...` */
export async function openCustom(
  id: string,
  options: Readonly<Record<string, unknown>>,
): Promise<EnvironmentFactory> {
  return customEnvironments(labelOf(id), await loadMaker(id), options);
}

/** Name of the environment in messages: a relative path for a file below the current folder. */
function labelOf(id: string): string {
  const path = relative(process.cwd(), id);
  return isAbsolute(id) && !path.startsWith('..') ? `./${path}` : id;
}

/**
 * Throws UserError for a URL: `data:` would be code inside a configuration, `http:` code from elsewhere. Spaces and line
 * ends do not hide one.
 */
export function requireModuleId(id: string): void {
  if (isAbsolute(id) || !URL.canParse(id)) return;
  throw fault(
    'a path such as ./my-env.mjs, or an installed package',
    `a URL, ${JSON.stringify(id.length <= 60 ? id : `${id.slice(0, 57)}...`)}; save the module as a file`,
  );
}

/** Imports the module and returns its default export. @throws UserError `env_id: ...` */
export async function loadMaker(id: string): Promise<MakeEnvironment> {
  requireModuleId(id);
  const url = isAbsolute(id) ? pathToFileURL(id).href : packageEntry(id);
  const label = labelOf(id);
  if (url.startsWith('file:') && !existsSync(new URL(url)))
    throw fault('the file of an environment', `${label}, which does not exist`);
  let module: { default?: unknown };
  try {
    module = (await import(/* @vite-ignore */ url)) as { default?: unknown };
  } catch (error) {
    throw fault('a module that can be loaded', `${label}: ${thrown(error)}${typeScriptHint(error)}`);
  }
  // CommonJS compiled from an ES module has its default export one level down.
  const inner = module.default as { default?: unknown } | undefined | null;
  const make = typeof inner === 'function' ? inner : inner?.default;
  const expected = 'a module with a default export (options) => environment';
  if (typeof make !== 'function')
    throw fault(
      expected,
      `${label}, whose default export is ${inner === undefined ? 'missing' : 'not a function'}`,
    );
  if (/^class\b/.test(Function.prototype.toString.call(make)))
    throw fault(
      expected,
      `${label}, whose default export is a class; export a function: (options) => new TheClass(options)`,
    );
  return make as MakeEnvironment;
}

const WITH_TSX = 'with tsx: npm install tsx, then NODE_OPTIONS=--import=tsx npx maddpg ...';

/** What to do about TypeScript that this Node does not run; '' for any other error. */
function typeScriptHint(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && /"\.[cm]?ts"/.test(message))
    return `; run it with Node 22.18 or later, or ${WITH_TSX}`;
  // Node strips types and nothing else: no enum, no parameter property.
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return `; run it ${WITH_TSX}`;
  return '';
}

function fault(expected: string, got: string): UserError {
  return new UserError(`env_id: expected ${expected}, got ${got}`);
}

/** Prints what Node resolves `import '<argument>'` to. */
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
 * The URL that `import '<name>'` would load from the current folder. Node resolves packages relative to the importing
 * module, and this one is elsewhere; code evaluated by a child Node counts as being in the current folder.
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
      'a path such as ./my-env.mjs, or an installed package',
      `${name}; ${isFile ? `did you mean ./${name}?` : `install it: npm install ${packageName}`}`,
    );
  }
  if (code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw fault(`an export of the package ${packageName}`, name);
  // Node's message without the name of the script above.
  const why = message.split('\n')[0]!.replace(/( imported)? from [^"]*\[eval1\]/, '');
  throw fault('a package that can be loaded', `${name}: ${why}`);
}
