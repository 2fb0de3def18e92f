/** Makes a run of other people's networks: a run directory with a checkpoint at step 0, as if training had stopped there. */
import { readRegularFile, reasonOf } from '../core/regular-file.ts';
import { UserError } from '../core/user-error.ts';
import type { LoadedConfig } from '../config/resolve.ts';
import { located } from '../config/located.ts';
import { ReferenceEngine } from '../engine/reference/engine.ts';
import { layoutOf } from '../train/build.ts';
import { restoreMoments } from '../policy/moments.ts';
import { writing } from '../run/file-fault.ts';
import { FileStore } from '../run/file-store.ts';
import { thisOrigin } from '../run/origin.ts';
import { begun } from '../run/provenance.ts';
import { newRun, openChecked, warningsOf } from '../run/train.ts';
import { TrainingSession } from '../train/session.ts';
import type { ImportedNetworks } from './imported-networks.ts';
import { readSafetensorsNetworks } from './safetensors-networks.ts';
import { readXuanceCheckpoint } from './xuance-checkpoint.ts';

/** Largest file that is read: what fits into one array. */
const LARGEST = 2 ** 31 - 1;

export type ImportFormat = 'xuance' | 'safetensors';

export interface ImportOptions {
  readonly file: string;
  readonly from: ImportFormat;
  readonly command: string;
  readonly overrides: readonly string[];
}

export interface ImportedRun {
  readonly run: string;
  readonly checkpoint: string;
  /** Updates that the optimizers have made. */
  readonly updates: number;
  readonly notes: readonly string[];
}

/** Writes the run. Throws UserError, before it writes anything, unless file and configuration fit each other. */
export async function importRun(loaded: LoadedConfig, options: ImportOptions): Promise<ImportedRun> {
  const { config } = loaded;
  requireImportable(loaded, options);
  const bytes = read(options.file);
  const checked = await openChecked(loaded);
  const engine = new ReferenceEngine();
  try {
    const env = checked.factory.make(config.parallels);
    const layout = layoutOf(config, env.spec);
    const { weights, optimizers, notes }: ImportedNetworks =
      options.from === 'xuance'
        ? readXuanceCheckpoint(bytes, options.file, layout, config)
        : readSafetensorsNetworks(bytes, options.file, layout);
    const session = new TrainingSession(config, env, engine);
    session.policy.requireParameters(weights, options.file);
    session.begin({ weights });
    if (optimizers) {
      const { moments, steps } = optimizers;
      restoreMoments(session.policy, moments, options.file);
      session.learner.restore(
        // Critics step in every update, and schedulers with their optimizers.
        { iterations: Math.max(...Object.values(steps)), optimizer_steps: steps, scheduler_steps: steps },
        options.file,
      );
    }
    const { dir, lock } = newRun(loaded);
    try {
      const provenance = begun(thisOrigin(options.command, options.overrides), config);
      const store = writing(
        { run: dir.path, newest: null },
        () => new FileStore(dir, config, engine.name, { lock, provenance }),
      );
      try {
        store.log('info', 'imported', { file: options.file, from: options.from, notes });
        const environments = env.resumable === false ? 'new episodes' : 'saved';
        const state = { ...session.counters(), best: null, environments, wall_s: 0 } as const;
        const { policy } = session;
        const checkpoint = await store.save({ state, files: session.files(), policy }, false);
        await store.settle();
        return {
          run: dir.path,
          checkpoint,
          updates: session.updates,
          notes: [...warningsOf(loaded), ...notes],
        };
      } finally {
        await store.close();
      }
    } finally {
      lock.release();
    }
  } finally {
    engine.dispose();
    checked.close();
  }
}

/** Throws UserError for configurations whose runs hold more than such files do. */
function requireImportable(loaded: LoadedConfig, { from }: ImportOptions): void {
  const { use_obsnorm, ensemble_size, opponents } = loaded.config;
  const faults = [
    ...(use_obsnorm ? ['use_obsnorm: expected false, as the moments are not in the file, got true'] : []),
    ...(from === 'xuance' && ensemble_size > 1
      ? [`ensemble_size: expected 1, as XuanCe has no ensembles, got ${ensemble_size}`]
      : []),
    ...(opponents.length > 0
      ? [
          'opponents: expected none in an imported run, got some; set them in a run that starts from it (init_from)',
        ]
      : []),
  ];
  if (faults.length > 0) throw located(new UserError(faults), loaded);
}

function read(file: string): Uint8Array {
  try {
    return readRegularFile(file, LARGEST);
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    throw new UserError(`${file}: expected a checkpoint to import, got ${reason}`, { cause: error });
  }
}
