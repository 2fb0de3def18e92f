/** The work of `maddpg export`: from the options of the command line to what it prints. */
import * as path from 'node:path';
import { algorithmNames } from '../config/derived.ts';
import { didYouMean } from '../core/nearest.ts';
import { humanBytes } from '../core/units.ts';
import { UserError } from '../core/user-error.ts';
import { writeExport } from '../export/export-folder.ts';
import { exportedPolicy } from '../export/exported-policy.ts';
import { FORMATS } from '../export/formats.ts';
import { readPolicy } from '../run/load-policy.ts';
import { layoutOf } from '../train/build.ts';
import { VERSION } from '../version.ts';
import type { ExportOptions } from './export.ts';

/** Writes the export and returns what to print. */
export function exporting(target: string, options: ExportOptions): string {
  const { format, agent: only, best = false, critics = false, json = false } = options;
  const { folder, step, config, spec, weights, sha256 } = readPolicy(target, { best });
  const names = spec.agents.map(({ name }) => name);
  if (only !== undefined && !names.includes(only))
    throw new UserError(
      `--agent: expected an agent of ${folder}, got ${only}; ${didYouMean(only, names) || `choose from ${names.join(', ')}`}`,
    );
  const { env_name, env_id, eval_policy: actor, use_obsnorm, obsnorm_range } = config;
  const policy = exportedPolicy(
    layoutOf(config, spec),
    weights,
    {
      ...{ maddpg: VERSION, agent: algorithmNames(config).join(', '), env_name, env_id, step },
      weights: sha256,
    },
    { actor, range: use_obsnorm ? obsnorm_range : undefined, only, critics },
  );
  const out = options.out ?? defaultFolder(folder, format);
  const files = writeExport(policy, format, out);
  if (json) return `${JSON.stringify({ checkpoint: folder, step, format, folder: out, files })}\n`;
  const width = Math.max(...files.map(({ name }) => name.length));
  const lines = files.map(({ name, bytes }) => `  ${name.padEnd(width)}  ${humanBytes(bytes)}\n`);
  return `${folder}, step ${step}, for ${format} in ${out}\n${lines.join('')}\n${FORMATS[format].usage(policy)}`;
}

/** `export/<format>` in the run directory; here for a checkpoint without one, whose own folder is complete as it is. */
function defaultFolder(checkpoint: string, format: string): string {
  const parent = path.dirname(checkpoint);
  const inRun = path.basename(parent) === 'checkpoints';
  return path.join(inRun ? path.dirname(parent) : '.', 'export', format);
}
