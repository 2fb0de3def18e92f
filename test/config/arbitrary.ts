/** Random valid configurations, generated from the key table. */
import fc from 'fast-check';
import type { JsonSchema } from '../../src/config/key-types.ts';
import { KEY_NAMES, keyOf } from '../../src/config/keys.ts';
import type { Config, KeyName } from '../../src/config/keys.ts';

/** Values accepted by a schema fragment. */
function fitting(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { type, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema as Record<
    string,
    number | undefined
  >;
  if ('enum' in schema) return fc.constantFrom(...(schema['enum'] as unknown[]));
  if ('anyOf' in schema) return fc.oneof(...(schema['anyOf'] as JsonSchema[]).map(fitting));
  const above = exclusiveMinimum ?? minimum ?? 0;
  switch (type as unknown) {
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'integer':
      return fc.integer({ min: above, max: Math.min(maximum ?? 2 ** 40, 2 ** 40) });
    case 'number':
      return fc
        .double({ min: above, max: exclusiveMaximum ?? maximum ?? 1e6, noNaN: true })
        .filter((x) => !Object.is(x, -0) && x !== exclusiveMinimum && x !== exclusiveMaximum);
    case 'string': {
      const pattern = new RegExp(schema['pattern'] as string, 'u');
      const word = fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom('null', '1e3', 'yes', 'a: b', '# c'),
      );
      return word.filter((text) => pattern.test(text));
    }
    case 'array': {
      const { items, minItems } = schema as { items: JsonSchema; minItems?: number };
      return fc.array(fitting(items), { minLength: minItems ?? 0, maxLength: 4 });
    }
    case 'object':
      return fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3, noNullPrototype: true });
    default:
      throw new Error(`no values for the schema ${JSON.stringify(schema)}`);
  }
}

/** Any valid value of a key. */
export function valueOf(name: KeyName): fc.Arbitrary<unknown> {
  return fitting(keyOf(name).schema);
}

const anyValues = fc.record(
  Object.fromEntries(KEY_NAMES.map((name) => [name, valueOf(name)])),
) as unknown as fc.Arbitrary<Config>;

/** Related keys, chosen to satisfy all rules. */
const tied = fc
  .record({
    parallels: fc.integer({ min: 1, max: 64 }),
    rows: fc.integer({ min: 1, max: 10000 }),
    training_frequency: fc.integer({ min: 1, max: 100 }),
    spare: fc.integer({ min: 0, max: 1000000 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ parallels, rows, training_frequency, spare, share }) => {
    const running_steps = parallels * training_frequency + spare;
    const buffer_size = parallels * rows;
    return {
      parallels,
      training_frequency,
      buffer_size,
      running_steps,
      start_training: Math.floor(share * running_steps),
      batch_size: 1 + Math.floor(share * (buffer_size - 1)),
      n_step: 1 + Math.floor(share * (rows - 1)),
      agent: 'MADDPG' as const,
      engine: 'auto' as const,
      use_parameter_sharing: [['a', 'b'], ['c']],
    };
  });

/** Sequences no longer than episodes, burn-in steps no more than theirs, and no stored states with symmetries. */
function sequencesWithin(config: Config): Partial<Config> {
  const { sequence_length, sequence_start, episode_length, burn_in, augmentation } = config;
  if (sequence_length === null) return { burn_in: 0 };
  const length = Math.min(sequence_length, episode_length);
  return {
    sequence_length: length,
    sequence_start: augmentation === 'none' ? sequence_start : 'zeros',
    burn_in: Math.min(burn_in, length),
  };
}

/** Complete configurations with random keys. */
export const configs: fc.Arbitrary<Config> = fc
  .tuple(anyValues, tied, fc.boolean())
  .map(([values, consistent, lists]) => {
    const { use_parameter_sharing, ...rest } = consistent;
    const anySharing = values.use_parameter_sharing;
    const sharing = lists || typeof anySharing === 'object' ? use_parameter_sharing : anySharing;
    const { use_rnn, augmentation } = values;
    const replay = use_rnn ? 'uniform' : values.replay;
    const plain = augmentation === 'none';
    const infer_policies = values.infer_policies && sharing !== true && plain && !use_rnn;
    const ensemble_size =
      infer_policies || !plain || replay === 'prioritized' || use_rnn ? 1 : values.ensemble_size;
    const update_order = values.dl_toolbox === 'mindspore' ? 'actor_first' : values.update_order;
    return {
      ...values,
      ...rest,
      ...{ augmentation, replay },
      use_global_state: values.use_global_state && values.env_name === 'mpe',
      ...sequencesWithin(values),
      n_step: use_rnn ? 1 : rest.n_step,
      normalize: use_rnn ? 'none' : values.normalize,
      use_parameter_sharing: sharing,
      infer_policies,
      ensemble_size,
      update_order,
      opponents: values.best_team === null ? [] : [...new Set(values.opponents)],
    };
  });
