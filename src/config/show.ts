/**
 * A Config as commented YAML: every key, resolved, below its documentation. Loading the text gives the same Config; run
 * directories keep it as config.yaml.
 */
import { stringify } from 'yaml';
import { YAML_OPTIONS } from './document.ts';
import { KEY_NAMES, SECTIONS } from './keys.ts';
import type { Config, KeyName } from './keys.ts';
import { describe } from './schema.ts';

/** Columns of a comment line. */
const WIDTH = 110;

/** All keys, or those of `only`, as YAML, in the table's order. */
export function showConfig(config: Config, only: readonly KeyName[] = KEY_NAMES): string {
  const parts = SECTIONS.flatMap(({ title, names }) => {
    const keys = names
      .filter((name) => only.includes(name))
      .map((name) => `${commented(describe(name))}${name}: ${yamlOf(config[name])}\n`);
    return keys.length > 0 ? [`# ---- ${title} ----\n\n${keys.join('\n')}`] : [];
  });
  return parts.join('\n');
}

/** A value as one line of YAML, quoted if a bare word would be read as something else. */
export function yamlOf(value: unknown): string {
  const text = stringify(value, {
    ...YAML_OPTIONS,
    collectionStyle: 'flow',
    flowCollectionPadding: false,
    blockQuote: false,
    lineWidth: 0,
  });
  return text.replace(/\n$/, ''); // trimEnd() would also drop a no-break space of the value
}

function commented(sentence: string): string {
  return wrap(sentence, WIDTH - 2)
    .map((line) => `# ${line}\n`)
    .join('');
}

/** Breaks text at spaces into lines of at most `width` characters; a longer word gets a line of its own. */
export function wrap(sentence: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of sentence.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
