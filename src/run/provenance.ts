/**
 * provenance.json of a checkpoint: how the run was started, and every later change of its keys, program or machine, with the
 * step at which it began. Resuming without a change adds nothing, so that it ends with the bytes of an uninterrupted run.
 */
import { COUNT, decodeJson, jsonFormat } from '../checkpoint/json.ts';
import { KEY_NAMES, type Config } from '../config/keys.ts';

/** What started a process that trained. */
export interface Origin {
  /** The command line, quoted for a shell, or `train()` for a program. */
  readonly command: string;
  /** Arguments of --set. */
  readonly overrides: readonly string[];
  readonly maddpg: string;
  readonly node: string;
  readonly platform: string;
  readonly host: string;
}

/** A resume with something else than before. */
export interface Change extends Partial<Origin> {
  readonly step: number;
  /** Changed keys: value before and after. */
  readonly keys: Readonly<Record<string, readonly [before: unknown, after: unknown]>>;
}

export interface Provenance {
  /** null: unknown, in checkpoints of maddpg 0.1.0. */
  readonly origin: (Origin & Pick<Config, 'seed' | 'env_seed'>) | null;
  readonly changes: readonly Change[];
}

export function begun(origin: Origin, { seed, env_seed }: Config): Provenance {
  return { origin: { ...origin, seed, env_seed }, changes: [] };
}

/** Facts whose change is worth a note; the command changes with every resume. */
const WATCHED = ['maddpg', 'node', 'platform', 'host'] as const;

/** The provenance after resuming at `step` with `now` instead of `before`. */
export function resumed(
  earlier: Provenance,
  step: number,
  before: Config,
  now: Config,
  origin: Origin,
): Provenance {
  const last: Partial<Origin> = Object.assign({}, earlier.origin, ...earlier.changes) as Partial<Origin>;
  const moved = WATCHED.filter((fact) => last[fact] !== undefined && last[fact] !== origin[fact]);
  const keys = changedKeys(before, now);
  if (moved.length === 0 && Object.keys(keys).length === 0) return earlier;
  const facts = Object.fromEntries(moved.map((fact) => [fact, origin[fact]]));
  const { command, overrides } = origin;
  return { ...earlier, changes: [...earlier.changes, { step, keys, command, overrides, ...facts }] };
}

/** Keys of a run that differ, besides those that only locate it. */
export function changedKeys(before: Config, now: Config): Change['keys'] {
  return Object.fromEntries(
    KEY_NAMES.filter((key) => key !== 'name' && key !== 'model_dir')
      .map((key) => [key, [before[key], now[key]]] as const)
      .filter(([, [a, b]]) => JSON.stringify(a) !== JSON.stringify(b)),
  );
}

/** One line for each change of keys: `from step 50000: gamma 0.95 -> 0.5`. */
export function keyChanges({ changes }: Provenance): string[] {
  return changes
    .filter(({ keys }) => Object.keys(keys).length > 0)
    .map(({ step, keys }) => {
      const pairs = Object.entries(keys).map(
        ([key, [a, b]]) => `${key} ${JSON.stringify(a)} -> ${JSON.stringify(b)}`,
      );
      return `from step ${step}: ${pairs.join(', ')}`;
    });
}

const text = { type: 'string' } as const;
const facts = {
  command: text,
  overrides: { type: 'array', items: text },
  ...{ maddpg: text, node: text, platform: text, host: text },
} as const;

const format = jsonFormat<Provenance>({
  type: 'object',
  required: ['origin', 'changes'],
  properties: {
    origin: {
      type: 'object',
      nullable: true,
      required: [...Object.keys(facts), 'seed', 'env_seed'],
      properties: { ...facts, seed: COUNT, env_seed: COUNT },
    },
    changes: {
      type: 'array',
      items: {
        type: 'object',
        required: ['step', 'keys'],
        properties: {
          ...facts,
          step: COUNT,
          keys: { type: 'object', additionalProperties: { type: 'array', minItems: 2, maxItems: 2 } },
        },
      },
    },
  },
});

/** Decodes provenance.json; none is unknown. `where` names the file. Throws CheckpointError if it is damaged. */
export function decodeProvenance(bytes: Uint8Array | undefined, where: string): Provenance {
  return bytes === undefined ? { origin: null, changes: [] } : decodeJson(bytes, where, format);
}
