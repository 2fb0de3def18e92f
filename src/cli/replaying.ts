/** The work of `maddpg replay`, in its thread (worker.ts): records, writes, and returns the paths, a line each. */
import * as path from 'node:path';
import { UserError } from '../core/user-error.ts';
import { loadPolicy, type LoadedPolicy } from '../run/load-policy.ts';
import { unpackedFor } from '../run/unpack.ts';
import { requireEnding, writeRecording } from '../player/files.ts';
import { recordPolicy } from '../player/record.ts';
import { subjectOf } from './evaluation.ts';
import type { ReplayOptions } from './replay.ts';

type Options = ReplayOptions & { readonly target?: string };

export function replaying({ target, against, ...options }: Options): Promise<string> {
  return unpackedFor(target, (run) =>
    unpackedFor(against, (other) =>
      replay({
        ...options,
        ...(run !== undefined && { target: run }),
        ...(other !== undefined && { against: other }),
        // Beside the zip, not in the folder that is removed.
        ...(run !== target && { page: path.join(path.dirname(target!), 'replay.html') }),
      }),
    ),
  );
}

/** `page`: where it goes without --out. */
async function replay(options: Options & { readonly page?: string }): Promise<string> {
  const { target, env, policy, against, episodes, seed, camera, out, open, best = false } = options;
  if ((target === undefined) === (env === undefined))
    throw new UserError(`replay: expected a run or --env, got ${env === undefined ? 'neither' : 'both'}`);
  if (env !== undefined && best && against === undefined)
    throw new UserError('--best: expected a run, got --env, which has no checkpoints; leave it out');
  const films = (['gif', 'mp4', 'png'] as const).flatMap((name) => {
    const file = options[name];
    if (file === undefined) return [];
    requireEnding(`--${name}`, file, [`.${name}`]);
    return { option: `--${name}`, file };
  });
  if (out !== undefined) requireEnding('--out', out, ['.html']);
  const subject = await subjectOf({
    ...{ policy, best, trust: options.trust ?? false, engine: 'wasm', named: 'a run' },
    ...(target !== undefined && { checkpoint: target }),
    ...(env !== undefined && { env }),
    ...(options.set !== undefined && { set: options.set }),
  });
  const cast = {
    ...{ config: subject.config, policy, trained: subject.trained },
    against: against === undefined ? undefined : await loadPolicy(against, { best }),
  };
  const recording = await recordPolicy(cast, { episodes, seeds: seed });
  const hasPage = out !== undefined || open === true || films.length === 0;
  const files = [
    ...films,
    ...(hasPage ? [{ option: '--out', file: out ?? options.page ?? pageFile(subject.trained) }] : []),
  ];
  for (const { option, file } of files) await writeRecording(recording, option, file, camera);
  return files.map(({ file }) => `${file}\n`).join('');
}

/** `replay.html` in the run directory; here for a checkpoint without one, whose own folder is complete as it is. */
function pageFile(trained: LoadedPolicy | undefined): string {
  const parent = trained && path.dirname(trained.checkpoint);
  const inRun = parent !== undefined && path.basename(parent) === 'checkpoints';
  return inRun ? path.join(path.dirname(parent), 'replay.html') : 'replay.html';
}
