/** Names of runs, which are names of folders. */
import { algorithmNames } from '../config/derived.ts';
import type { Config } from '../config/keys.ts';

/** Default run name, from algorithm, environment and seed. */
export function defaultRunName({ agent, env_id, seed }: Pick<Config, 'agent' | 'env_id' | 'seed'>): string {
  const environment = env_id.replace(/^.*[/\\](?=.)/, '').replace(/\.[cm]?[jt]s$/, '');
  return `${algorithmNames({ agent }).join('-').toLowerCase()}-${environment}-seed${seed}`;
}

/** What Windows takes for a device, a stream or a pattern, or changes. */
const NOT_ON_WINDOWS = /[<>:"|?*]|\.$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** Why a run cannot have this name; undefined if it can. */
export function nameFault(name: string, windows = false): string | undefined {
  if (windows && NOT_ON_WINDOWS.test(name))
    return `expected a folder name that Windows takes (no device, no < > : " | ? *, no dot at its end), got ${JSON.stringify(name)}`;
  const plain = name !== '' && name !== '.' && name !== '..' && name.trim() === name;
  // eslint-disable-next-line no-control-regex -- the pattern rejects control characters
  if (plain && !/[/\\\u0000-\u001f\u007f]/.test(name) && name.length <= 200) return undefined;
  return `expected a folder name of at most 200 characters without / or \\, got ${JSON.stringify(name)}`;
}
