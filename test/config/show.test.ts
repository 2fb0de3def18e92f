import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { KEY_NAMES } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { showConfig } from '../../src/config/show.ts';
import { configs } from './arbitrary.ts';

describe('showConfig', () => {
  it('round-trips any values', () => {
    fc.assert(
      fc.property(configs, (values) => {
        const { config } = loadConfig({ flags: values });
        expect(config).toStrictEqual(values);
        const again = loadConfig({ text: showConfig(config) });
        expect(again.config).toStrictEqual(config);
        expect(showConfig(again.config)).toBe(showConfig(config));
      }),
      { numRuns: 40 },
    );
  });

  it.each(['(\u00a0', 'x\u2003', 'a '])('keeps the trailing space of %j', (env_id) => {
    const { config } = loadConfig({ flags: { env_id } });
    expect(loadConfig({ text: showConfig(config) }).config.env_id).toBe(env_id);
  });

  it('lists every key once, resolved, in table order', () => {
    const { config } = loadConfig({});
    const shown = parse(showConfig(config)) as Record<string, unknown>;
    expect(Object.keys(shown)).toStrictEqual(KEY_NAMES);
    expect(shown).toStrictEqual(config);
  });

  it('documents each key above it', () => {
    const lines = showConfig(loadConfig({ text: 'seed: 7' }).config).split('\n');
    const at = lines.indexOf('seed: 7');
    expect(lines[at - 1]).toBe('# Seed of initial weights, exploration and replay sampling.');
    expect(lines.find((line) => line.length > 110)).toBeUndefined();
  });

  it('writes lists on one line and quotes ambiguous words', () => {
    const { config } = loadConfig({ sets: ["name='None'", 'env_options={a: "1_0", b: [x, null]}'] });
    const shown = showConfig(config);
    expect(shown).toContain('\nactor_hidden_size: [64, 64]\n');
    expect(shown).toContain('\nname: "None"\n');
    expect(shown).toContain('\nenv_options: {a: "1_0", b: [x, null]}\n');
  });
});
