/** Names of runs, which are names of folders. */
import { algorithmNames } from '../config/derived.ts';
import type { Config } from '../config/keys.ts';

/** Default run name, from algorithm, environment and seed. */
export function defaultRunName({ agent, env_id, seed }: Pick<Config, 'agent' | 'env_id' | 'seed'>): string {
  const environment = env_id.replace(/^.*[/\\](?=.)/, '').replace(/\.[cm]?[jt]s$/, '');
  return `${algorithmNames({ agent }).join('-').toLowerCase()}-${environment}-seed${seed}`;
}

/** Why a run cannot have this name; undefined if it can. */
export function nameFault(name: string): string | undefined {
  const plain = name !== '' && name !== '.' && name !== '..' && name.trim() === name;
  // eslint-disable-next-line no-control-regex -- the pattern rejects control characters
  if (plain && !/[/\\\u0000-\u001f\u007f]/.test(name) && name.length <= 200) return undefined;
  return `expected a folder name of at most 200 characters without / or \\, got ${JSON.stringify(name)}`;
}
