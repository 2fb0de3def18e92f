/**
 * Experiment: a preset and what differs from it. It stands in the address after #, so a link is an experiment:
 * `#mpe/simple_tag&agent=MATD3&env_options.num_good=2`.
 */
import { checkInPage, KEY_NAMES, resolveConfig, UserError, yamlOf, type Config } from '../src/browser.ts';
import { PRESETS } from './assets.ts';

export interface Experiment {
  /** A name in PRESETS; '' for the defaults. */
  readonly preset: string;
  /** YAML of each key that differs, options as env_options.N. */
  readonly changes: Readonly<Record<string, string>>;
}

export const FIRST: Experiment = { preset: 'mpe/simple_spread', changes: {} };

/** Name of the editor's text in messages. */
const EDITED = 'settings';

/** Its configuration, and warnings. @throws UserError with faults in the command line's words */
export function resolved({ preset, changes }: Experiment): { config: Config; warnings: readonly string[] } {
  const loaded = resolveConfig({
    sources: sourcesOf(preset),
    sets: Object.entries(changes).map(([key, text]) => `${key}=${text}`),
  });
  const warnings = checkInPage(loaded);
  return { config: loaded.config, warnings };
}

function sourcesOf(preset: string): { name: string; text: string }[] {
  const text = PRESETS[preset];
  return text === undefined ? [] : [{ name: `${preset}.yaml`, text }];
}

/** What `text` sets on top of a preset. @throws UserError with faults by line */
export function fromEditor(preset: string, text: string): Experiment {
  if (text.replaceAll(/^\s*#.*$/gm, '').trim() === '') return { preset, changes: {} };
  const { config, where } = resolveConfig({ sources: [...sourcesOf(preset), { name: EDITED, text }] });
  const changes: Record<string, string> = {};
  for (const key of KEY_NAMES) if (where(key).startsWith(`${EDITED}:`)) changes[key] = yamlOf(config[key]);
  return { preset, changes };
}

/** The changes as YAML lines. */
export function toEditor({ changes }: Experiment): string {
  const options = Object.entries(changes).filter(([key]) => key.startsWith('env_options.'));
  const lines = Object.entries(changes)
    .filter(([key]) => !key.startsWith('env_options.'))
    .map(([key, text]) => `${key}: ${text}\n`);
  if (options.length > 0)
    lines.push(
      'env_options:\n',
      ...options.map(([key, text]) => `  ${key.slice('env_options.'.length)}: ${text}\n`),
    );
  return lines.join('');
}

/** The experiment that a configuration from elsewhere is: its differences from the defaults. */
export function experimentOf(config: Config): Experiment {
  const { config: defaults } = resolveConfig({});
  const texts = KEY_NAMES.map((key) => [key, yamlOf(config[key]), yamlOf(defaults[key])] as const);
  const differs = texts.filter(([, text, usual]) => text !== usual).map(([key, text]) => [key, text]);
  return { preset: '', changes: Object.fromEntries(differs) as Record<string, string> };
}

/** Parts after the preset: `key=value`. */
export function toHash({ preset, changes }: Experiment, lesson: string | null = null): string {
  if (lesson !== null) return `#lesson/${lesson}`;
  const parts = Object.entries(changes).map(
    ([key, text]) => `${encodeURIComponent(key)}=${encodeURIComponent(text)}`,
  );
  return `#${[preset || 'defaults', ...parts].join('&')}`;
}

/** The reverse; FIRST for an address without an experiment. @throws UserError for one that makes no sense */
export function fromHash(hash: string): { experiment: Experiment; lesson: string | null } {
  const [head, ...parts] = hash.replace(/^#/, '').split('&');
  if (!head) return { experiment: FIRST, lesson: null };
  const changes = Object.fromEntries(
    parts.map((part) => {
      const [key = '', ...text] = part.split('=');
      return [decoded(key), decoded(text.join('='))];
    }),
  );
  if (head.startsWith('lesson/')) return { experiment: FIRST, lesson: head.slice('lesson/'.length) };
  if (head !== 'defaults' && !Object.hasOwn(PRESETS, head))
    throw new UserError(`address: expected one of ${Object.keys(PRESETS).join(', ')} after #, got ${head}`);
  return { experiment: { preset: head === 'defaults' ? '' : head, changes }, lesson: null };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw new UserError(`address: expected %25 for a percent sign, got ${text}`, { cause: error });
  }
}
