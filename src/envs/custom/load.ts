/**
 * From the env_id of a custom environment to its module and on to its environments. A path names a file (the
 * configuration has made it absolute), anything else a package, looked for from the current folder.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../../core/user-error.ts';
import type { EnvironmentFactory } from '../environment-factory.ts';
import { closeAll } from './close-all.ts';
import type { MakeEnvironment } from './custom-environment.ts';
import { thrown } from './thrown.ts';
import { CustomVectorEnv } from './vector.ts';

/** Loads the module. @throws UserError `env_id: ...` */
export async function openCustom(
  id: string,
  options: Readonly<Record<string, unknown>>,
): Promise<EnvironmentFactory> {
  const make = await loadMaker(id);
  const made: CustomVectorEnv[] = [];
  return {
    make: (count) => {
      // Each environment gets options of its own, which it may complete.
      const env = new CustomVectorEnv(labelOf(id), () => make(structuredClone(options)), count);
      made.push(env);
      return env;
    },
    close: () => {
      closeAll(made);
    },
  };
}

/** What messages call the environment: a file below the current folder by its relative path. */
export function labelOf(id: string): string {
  const path = relative(process.cwd(), id);
  return isAbsolute(id) && !path.startsWith('..') ? `./${path}` : id;
}

/** The function that the module exports. @throws UserError `env_id: ...` */
export async function loadMaker(id: string): Promise<MakeEnvironment> {
  const file = isAbsolute(id) ? id : packageEntry(id);
  const label = labelOf(id);
  if (!existsSync(file)) throw fault('the file of an environment', `${label}, which is not there`);
  let module: { default?: unknown };
  try {
    module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { default?: unknown };
  } catch (error) {
    throw fault('a module that can be loaded', `${label}: ${thrown(error)}`);
  }
  // A CommonJS module that was compiled from an ES module holds its default export one level down.
  const inner = module.default as { default?: unknown } | undefined;
  const make = typeof inner === 'function' ? inner : inner?.default;
  if (typeof make !== 'function')
    throw fault(
      'a module with a default export (options) => environment',
      `${label}, whose default export is ${inner === undefined ? 'missing' : 'no function'}`,
    );
  return make as MakeEnvironment;
}

function fault(expected: string, got: string): UserError {
  return new UserError(`env_id: expected ${expected}, got ${got}`);
}

/** The file that `import '<name>'` would load in the current folder. */
function packageEntry(name: string): string {
  const [, folderName = name, below = ''] = /^((?:@[^/]+\/)?[^/]+)(?:\/(.*))?$/.exec(name) ?? [];
  const folder = (createRequire(join(process.cwd(), 'here.js')).resolve.paths(folderName) ?? [])
    .map((modules) => join(modules, folderName))
    .find((candidate) => existsSync(join(candidate, 'package.json')));
  if (folder === undefined) {
    const isFile = /\.[cm]?[jt]s$/.test(name) || existsSync(join(process.cwd(), name));
    throw fault(
      'a path such as ./my-env.mjs, or a package that is installed',
      `${name}; ${isFile ? `did you mean ./${name}?` : `install it: npm install ${folderName}`}`,
    );
  }
  const { exports, main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    exports?: unknown;
    main?: string;
  };
  const entry = exports === undefined ? below || (main ?? 'index.js') : exported(exports, below);
  if (entry === undefined) throw fault(`something that the package ${folderName} exports`, name);
  return join(folder, entry);
}

/** The target of a package's `exports` for '.' (below is '') or './<below>'. */
function exported(exports: unknown, below: string): string | undefined {
  const table = typeof exports === 'object' && exports !== null ? (exports as Record<string, unknown>) : {};
  if (Object.keys(table)[0]?.startsWith('.')) return conditional(table[below === '' ? '.' : `./${below}`]);
  return below === '' ? conditional(exports) : undefined;
}

/** The first target whose condition holds for an import in Node. */
function conditional(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (typeof target !== 'object' || target === null) return undefined;
  for (const [condition, value] of Object.entries(target)) {
    const found = ['node', 'import', 'default'].includes(condition) ? conditional(value) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
