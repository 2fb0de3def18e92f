/** The work of `maddpg import`: from the options of the command line to what it prints. */
import { loadConfig } from '../config/load.ts';
import { resolveConfigPath } from '../config/source.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { importRun } from '../import/import-run.ts';
import type { ImportCommandOptions } from './import.ts';

/** Writes the run and returns what to print. */
export async function importing(file: string, options: ImportCommandOptions): Promise<string> {
  const { from, config, set: sets = [], name, modelDir, json = false } = options;
  const loaded = loadConfig({
    file: config.map((one) => resolveConfigPath(one, process.cwd())),
    sets,
    flags: { ...(name !== undefined && { name }), ...(modelDir !== undefined && { model_dir: modelDir }) },
  });
  const command = ['npx', 'maddpg', ...process.argv.slice(2)].map(shellQuote).join(' ');
  const imported = await importRun(loaded, { file, from, command, overrides: sets });
  if (json) return `${JSON.stringify(imported)}\n`;
  for (const note of imported.notes) process.stderr.write(`warning: ${note}\n`);
  const run = shellQuote(imported.run);
  return (
    `${imported.run}: ${file}, after ${imported.updates} updates\n\n` +
    `npx maddpg eval --checkpoint ${run}\nnpx maddpg train --resume ${run}\n`
  );
}
