/**
 * Configurations in Node: reads the files and resolves paths against their folders. Everything else is resolve.ts, which
 * also runs in a browser.
 */
import { dirname, isAbsolute, parse, relative, resolve, sep } from 'node:path';
import type { Config } from './keys.ts';
import { resolveConfig } from './resolve.ts';
import type { LoadedConfig, ResolveOptions } from './resolve.ts';
import { readConfigText } from './source.ts';

export { located } from './located.ts';
export type { LoadedConfig } from './resolve.ts';

export interface LoadOptions extends Omit<ResolveOptions, 'sources' | 'toPath'> {
  /** The file to read, or several, of which later ones win; with `text`, the name that messages show. */
  readonly file?: string | readonly string[];
  /** YAML text instead of a file. */
  readonly text?: string;
}

/**
 * Loads a configuration; without a file and a text it is the defaults.
 * @throws ConfigError with all faults, sorted by file, then by the command line
 */
export function loadConfig({ file, text, ...options }: LoadOptions): LoadedConfig {
  const files = file === undefined ? [] : [file].flat();
  const sources =
    text === undefined
      ? files.map((name) => ({ name, text: readConfigText(name) }))
      : [{ name: files[0] ?? '<text>', text }];
  return resolveConfig({ ...options, sources, toPath: absolute });
}

/** A relative path in a file starts at the file's folder, elsewhere at the current one; a bare name stays. */
function absolute(path: string, source: string | undefined): string {
  if (!/^\.{1,2}[/\\]/.test(path)) return path;
  return resolve(source === undefined ? '.' : dirname(source), path);
}

/**
 * The config as a file in `folder` should hold it: paths relative to that folder, so that a project and its runs can be
 * moved together. A path that shares nothing but the root with the folder stays absolute.
 */
export function portable(config: Config, folder: string): Config {
  const written = (path: string): string => {
    if (!isAbsolute(path) || !haveCommonFolder(path, resolve(folder))) return path;
    const steps = relative(resolve(folder), path).split(sep).join('/');
    return steps.startsWith('../') ? steps : `./${steps}`;
  };
  const { env_name, env_id, python, init_from, opponents } = config;
  return {
    ...config,
    env_id: env_name === 'custom' ? written(env_id) : env_id,
    python: env_name === 'pettingzoo' ? written(python) : python,
    init_from: init_from === null ? null : written(init_from),
    opponents: opponents.map(written),
  };
}

function haveCommonFolder(a: string, b: string): boolean {
  const first = (path: string): string | undefined => path.slice(parse(path).root.length).split(sep)[0];
  return parse(a).root === parse(b).root && first(a) === first(b);
}
