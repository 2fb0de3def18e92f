import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { explain } from '../../src/config/explain.ts';
import { KEYS, KEY_NAMES, SECTIONS, keyOf } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { faultyPath, jsonSchema } from '../../src/config/schema.ts';
import { packagedConfigs } from '../../src/config/source.ts';
import { RETIRED } from '../../src/config/retired.ts';
import { ALIASES, MACHINERY } from '../../src/config/xuance.ts';

const schema = jsonSchema() as { properties: Record<string, { description: string; examples?: unknown[] }> };

describe.each(KEY_NAMES)('%s', (name) => {
  const key = keyOf(name);

  it('has documentation, shown by schema and explain', () => {
    expect(key.doc).toMatch(/^[A-Z].*\.$/s);
    expect(schema.properties[name]!.description.startsWith(key.doc)).toBe(true);
    const explained = explain(name);
    expect(explained.split('\n')[0]).toBe(name);
    expect(explained.replaceAll(/\s+/g, ' ')).toContain(key.doc);
    expect(explained).toContain(`takes    ${key.expected}\n`);
    expect(explain()).toMatch(new RegExp(`^ {2}${name} `, 'm'));
  });

  it('has a valid default and example', () => {
    expect(faultyPath(name, key.default)).toBeNull();
    for (const example of schema.properties[name]!.examples!) expect(faultyPath(name, example)).toBeNull();
  });
});

describe('the table', () => {
  it('resolves to its defaults, except that noise becomes sigma', () => {
    const defaults = Object.fromEntries(KEY_NAMES.map((name) => [name, keyOf(name).default]));
    expect(loadConfig({}).config).toStrictEqual({ ...defaults, start_noise: 0.1, end_noise: 0.1 });
  });

  it('has each key in one section', () => {
    expect(SECTIONS.flatMap(({ names }) => names)).toStrictEqual(Object.keys(KEYS));
  });

  it("does not collide with XuanCe's older names, machinery and retired keys", () => {
    const names = [...KEY_NAMES, ...ALIASES.keys(), ...MACHINERY.keys(), ...RETIRED.keys()];
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toStrictEqual([]);
  });
});

describe('jsonSchema', () => {
  const validate = new Ajv().compile(jsonSchema());

  it('accepts packaged configurations and rejects unknown keys', () => {
    for (const name of packagedConfigs()) {
      const text = readFileSync(new URL(`../../configs/${name}`, import.meta.url), 'utf8');
      expect([name, validate(parse(text))]).toStrictEqual([name, true]);
    }
    expect(validate({ bacth_size: 3 })).toBe(false);
    expect(validate({ batch_size: 0 })).toBe(false);
  });

  it("includes XuanCe's names with the type of their key", () => {
    expect(validate({ lr_a: 0.1, learner: 'MADDPG_Learner' })).toBe(true);
    expect(validate({ lr_a: 'fast' })).toBe(false);
  });
});

describe('explain', () => {
  it('explains how often updates happen', () => {
    expect(explain('training_frequency')).toBe(
      [
        'training_frequency',
        '  Updates run when the step count is a multiple of this. The count grows by parallels, so they run',
        '  at common multiples of both: with the defaults, 16 and 25, every 400 steps. With use_rnn it has no',
        '  effect: they run whenever parallels more episodes have ended.',
        '',
        '  takes    an integer >= 1',
        '  default  25',
        '  unit     steps',
        '',
      ].join('\n'),
    );
  });

  it('describes defaults that follow other keys', () => {
    expect(explain('start_noise')).toContain('  default  1, or sigma if end_noise is not given either\n');
  });

  it("resolves XuanCe's older names", () => {
    expect(explain('lr_c')).toBe(
      `lr_c is XuanCe's older name of learning_rate_critic.\n\n${explain('learning_rate_critic')}`,
    );
  });

  it("explains values of XuanCe's machinery keys", () => {
    expect(explain('runner')).toBe("runner belongs to XuanCe's machinery and is not used here.\n");
    expect(explain('on_policy')).toBe(
      "on_policy belongs to XuanCe's machinery and is not used here. Expected: false.\n",
    );
  });

  it('suggests the nearest key for an unknown name', () => {
    expect(() => explain('bacth_size')).toThrow(
      'config explain: expected a known key, got "bacth_size"; did you mean batch_size?',
    );
  });
});
