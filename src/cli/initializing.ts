/**
 * The work of `maddpg init`: a configuration of the package, each key below its documentation, and with --custom the
 * environment of examples/.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { KEY_NAMES } from '../config/keys.ts';
import { loadConfig } from '../config/load.ts';
import { showConfig } from '../config/show.ts';
import { resolveConfigPath } from '../config/source.ts';
import { makeFolders } from '../core/make-folders.ts';
import { outputFault } from '../core/output-file.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { UserError } from '../core/user-error.ts';
import type { InitOptions } from './init.ts';

const CONFIG = 'train.yaml';
const ENVIRONMENT = 'environment.mjs';

/** Also found from dist/cli/. */
const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));

/** Writes the files, none of which may exist, and returns what to print. */
export function init(folder: string, { custom = false }: InitOptions): string {
  const files = custom ? customFiles() : { [CONFIG]: packaged() };
  const written = Object.entries(files).map(([name, text]) => [path.join(folder, name), text] as const);
  for (const [file] of written)
    if (fs.existsSync(file))
      throw new UserError(
        `init: expected a new file, got ${file}, which already exists; name another folder`,
      );
  for (const [file, text] of written) write(file, text);
  const next = [
    ...(custom ? [`envs check ${moduleWord(path.join(folder, ENVIRONMENT))}`] : []),
    `train --config ${shellQuote(path.join(folder, CONFIG))}`,
  ];
  return (
    written.map(([file]) => `wrote ${file}\n`).join('') +
    `\nnext:\n${next.map((command) => `  npx maddpg ${command}\n`).join('')}`
  );
}

function packaged(): string {
  return configText(resolveConfigPath('mpe.yaml', process.cwd()), [
    'Three agents learn to cover three landmarks without colliding, in half a minute. `npx maddpg envs` lists environments,',
    '`npx maddpg config list` settings for each.',
  ]);
}

function customFiles(): Readonly<Record<string, string>> {
  return {
    [CONFIG]: configText(
      path.join(EXAMPLES, 'meeting.yaml'),
      [`Trains the environment in ${ENVIRONMENT}, in seconds.`],
      `./${ENVIRONMENT}`,
    ),
    [ENVIRONMENT]: fs.readFileSync(path.join(EXAMPLES, 'meeting.mjs'), 'utf8'),
  };
}

/** The keys that a file gives, each below its documentation. */
function configText(file: string, head: readonly string[], env_id?: string): string {
  const { config, givenBy } = loadConfig({ file });
  const given = KEY_NAMES.filter((key) => givenBy(key) === 'file');
  const lines = [...head, 'All other keys: `npx maddpg config explain`.'].map((line) => `# ${line}\n`);
  return `${lines.join('')}\n${showConfig({ ...config, ...(env_id !== undefined && { env_id }) }, given)}`;
}

/** A path that is not taken for a package. */
function moduleWord(file: string): string {
  return shellQuote(path.isAbsolute(file) || file.startsWith('.') ? file : `./${file}`);
}

/** Never replaces a file, even one made since. */
function write(file: string, text: string): void {
  try {
    makeFolders(path.resolve(path.dirname(file)));
    fs.writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    throw outputFault('init', 'a file', file, error);
  }
}
