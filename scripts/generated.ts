/**
 * Generates files from the key table (src/config/keys/): interface Config, with comments for editors, and
 * docs/configuration.md. test/config/generated.test.ts checks them; `npm run generate` writes them.
 */
import { format, resolveConfig } from 'prettier';
import type { JsonSchema } from '../src/config/key-types.ts';
import { keyOf, KEY_NAMES, SECTIONS, type KeyName } from '../src/config/keys.ts';
import { olderNames } from '../src/config/schema.ts';
import { wrap, yamlOf } from '../src/config/show.ts';
import { RETIRED } from '../src/config/retired.ts';
import { ALIASES, MACHINERY } from '../src/config/xuance.ts';

/** src/config/config.ts */
export async function configInterface(): Promise<string> {
  const members = SECTIONS.map(({ title, names }) =>
    [`// ---- ${title} ----`, ...names.map(member)].join('\n'),
  );
  return formatted(
    'config.ts',
    `/** The resolved configuration. Generated from the table in keys/ by \`npm run generate\`; do not edit. */

/** Every key, resolved and deeply frozen; the names are those of the YAML file. */
export interface Config {
${members.join('\n\n')}
}
`,
  );
}

/** Width of comment text in columns. */
const WIDTH = 110;

function member(name: KeyName): string {
  const { doc, schema } = keyOf(name);
  const older = olderNames(name).map((other) => `XuanCe's older name: ${other}.`);
  const lines = wrap([doc, `Default: ${defaultOf(name)}.`, ...unitOf(name), ...older].join(' '), WIDTH);
  const comment =
    lines.length === 1 ? `/** ${lines[0]!} */` : `/**\n${lines.map((line) => ` * ${line}\n`).join('')} */`;
  return `${comment}\nreadonly ${name}: ${typeOf(schema)};`;
}

function defaultOf(name: KeyName): string {
  const { default: value, defaultText } = keyOf(name);
  return defaultText ?? `\`${yamlOf(value)}\``;
}

function unitOf(name: KeyName): string[] {
  const { unit } = keyOf(name);
  return unit === undefined ? [] : [`Unit: ${unit}.`];
}

/** TypeScript type of a schema fragment. */
function typeOf(schema: JsonSchema): string {
  if ('enum' in schema) return (schema['enum'] as string[]).map((word) => `'${word}'`).join(' | ');
  if ('anyOf' in schema) return (schema['anyOf'] as JsonSchema[]).map(typeOf).join(' | ');
  switch (schema['type']) {
    case 'integer':
      return 'number';
    case 'array':
      return `readonly (${typeOf(schema['items'] as JsonSchema)})[]`;
    case 'object': {
      const values = schema['additionalProperties'] as JsonSchema | undefined;
      return `Readonly<Record<string, ${values ? typeOf(values) : 'unknown'}>>`;
    }
    default:
      return String(schema['type']);
  }
}

/** docs/configuration.md */
export async function configurationPage(): Promise<string> {
  const machinery = [...MACHINERY];
  const ignored = machinery.flatMap(([name, { only }]) => (only ? [] : [`\`${name}\``]));
  const conditional = machinery.flatMap(([name, { only }]) => (only ? [[`\`${name}\``, only.expected]] : []));
  const retired = [...RETIRED].map(([name, { only }]) => [
    `\`${name}\``,
    only === undefined ? 'any value' : `\`${JSON.stringify(only).replaceAll('"', '')}\``,
  ]);
  const sections = SECTIONS.map(({ title, names }) => `## ${title}\n\n${keyTable(names)}`);
  return formatted(
    'configuration.md',
    `<!-- Generated from the table in src/config/keys/ by \`npm run generate\`; do not edit. -->

# Configuration

All ${KEY_NAMES.length} keys, with defaults. Values come from these defaults, then from the files in order, then from \`--set\`, then from
flags such as \`--seed\`. \`npx maddpg config explain KEY\` prints one of them, \`npx maddpg config show FILE\` a whole file with all
keys resolved, \`npx maddpg config schema\` a JSON Schema for editors.

${sections.join('\n\n')}

## XuanCe's files

XuanCe's own YAML files load unchanged, also over its \`basic.yaml\` (\`--config basic.yaml --config mpe.yaml\`): in all files but the
last, a key without a value counts as not given.

**Older names**: ${[...ALIASES].map(([older, key]) => `\`${older}\` (${key})`).join(', ')}.

**Machinery.** These keys are accepted, listed in one warning and not used:

${ignored.join(', ')}

So are these, if ignoring their value does not change the result:

${table(['Key', 'Expected'], conditional)}

**Implied keys.** Some of XuanCe's keys mean more than they say. Values from the command line win over what follows, and a warning
says where that differs from the file.

${table(['Given', 'Implies'], IMPLIED)}

## Removed keys

Files of older versions may still have these keys, with a value that changes nothing:

${table(['Key', 'Accepted'], retired)}
`,
  );
}

/** Documents implied.ts. */
const IMPLIED: readonly (readonly [string, string])[] = [
  [
    '`runner: RunnerCompetition`, `Pettingzoo_Runner` or `RunnerPettingzoo`',
    '`use_parameter_sharing: teams` instead of true, and `critic_scope: team`: XuanCe trains each team by itself',
  ],
  [
    '`runner: Pettingzoo_Runner` (before 1.2)',
    '`start_training: 0`, constant noise `sigma`, `training_frequency: 1` with `train_per_step: false`, `actor_update_delay: 3` for MATD3, and a learning rate that decays over running_steps updates',
  ],
  ['`runner: MARL`, `RunnerCompetition` or `RunnerPettingzoo`', '`train_per_step: true`'],
  ['`lr_a` or `lr_c` (before 1.2)', '`update_order: actor_first` for MADDPG'],
  [
    '`dl_toolbox: mindspore`',
    '`update_order: actor_first`; unless given, `lr_schedule: exponential`, `negative_slope: 0.2` and `activation_action: tanh`',
  ],
];

function keyTable(names: readonly KeyName[]): string {
  const rows = names.map((name) => {
    const { expected, unit, doc } = keyOf(name);
    const takes = unit === undefined ? expected : `${expected} (${unit})`;
    const older = olderNames(name).map((other) => ` XuanCe's older name: \`${other}\`.`);
    return [`\`${name}\``, defaultOf(name), takes, doc + older.join('')];
  });
  return table(['Key', 'Default', 'Takes', 'Meaning'], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  // Not aligned: every line would be as long as the longest.
  return ['<!-- prettier-ignore -->', line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

async function formatted(file: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(import.meta.filename)), filepath: file });
}
