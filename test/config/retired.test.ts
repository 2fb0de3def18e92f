import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { explain } from '../../src/config/explain.ts';
import { loadConfig } from '../../src/config/load.ts';
import { RETIRED } from '../../src/config/retired.ts';
import { jsonSchema } from '../../src/config/schema.ts';
import { faultsOf } from './faults.ts';

/** smoke.yaml with every key, as the last version with these keys wrote it. */
const RECORDED = fileURLToPath(new URL('fixtures/retired/smoke.yaml', import.meta.url));
const PACKAGED = fileURLToPath(new URL('../../configs/smoke.yaml', import.meta.url));

describe('retired keys', () => {
  it('are all in a file of the last version that had them, which loads silently as its source does now', () => {
    const recorded = parse(readFileSync(RECORDED, 'utf8')) as Record<string, unknown>;
    expect([...RETIRED.keys()].filter((name) => !(name in recorded))).toStrictEqual([]);
    const { config, warnings } = loadConfig({ file: RECORDED });
    expect(warnings).toStrictEqual([]);
    expect(config).toStrictEqual(loadConfig({ file: PACKAGED }).config);
  });

  it('are faults if ignoring their value would change the result', () => {
    const text = [
      'noise_process: ornstein_uhlenbeck',
      'noise_theta: 0.5',
      'epsilon_uniform: 0.1',
      'critic_loss: huber',
      'huber_delta: 2',
      'weight_decay: 0.5',
      'reward_scale: 2',
      'use_rewnorm: True',
      'rewnorm_range: 4',
      'initialize: xavier_uniform',
      'recurrent_shortcut: true',
    ].join('\n');
    const why = 'the option was removed, and ignoring it would change the result';
    expect(faultsOf({ text, file: 'x.yaml' })).toStrictEqual([
      `x.yaml:1:16: noise_process: expected "gaussian", got "ornstein_uhlenbeck"; ${why}`,
      `x.yaml:3:18: epsilon_uniform: expected 0, got 0.1; ${why}`,
      `x.yaml:4:14: critic_loss: expected "mse", got "huber"; ${why}`,
      `x.yaml:6:15: weight_decay: expected 0, got 0.5; ${why}`,
      `x.yaml:7:15: reward_scale: expected 1, got 2; ${why}`,
      `x.yaml:8:14: use_rewnorm: expected false, got true; ${why}`,
      `x.yaml:10:13: initialize: expected "orthogonal", got "xavier_uniform"; ${why}`,
      `x.yaml:11:21: recurrent_shortcut: expected false, got true; ${why}`,
    ]);
    expect(faultsOf({ sets: ['weight_decay=0.5'] })).toStrictEqual([
      `--set weight_decay=0.5: weight_decay: expected 0, got 0.5; ${why}`,
    ]);
  });

  it('count with their last value', () => {
    expect(faultsOf({ text: 'weight_decay: 0.5', sets: ['weight_decay=0'] })).toStrictEqual([]);
    expect(faultsOf({ text: 'weight_decay: 0', sets: ['weight_decay=1'] })).toHaveLength(1);
  });

  it("may be empty, as XuanCe's files leave initialize", () => {
    const text = [...RETIRED.keys()].map((name) => `${name}:\n`).join('');
    expect(loadConfig({ text }).warnings).toStrictEqual([]);
  });

  it('are explained as removed', () => {
    expect(explain('noise_process')).toBe('noise_process was removed. Only gaussian is still accepted.\n');
    expect(explain('noise_theta')).toBe('noise_theta was removed. Any value is accepted and ignored.\n');
  });

  it('are deprecated in the JSON Schema, which refuses what loading refuses', () => {
    const schema = jsonSchema();
    const properties = schema['properties'] as Record<string, Record<string, unknown>>;
    expect([...RETIRED.keys()].map((name) => properties[name]?.['deprecated'])).toStrictEqual(
      Array(RETIRED.size).fill(true),
    );
    const validate = new Ajv().compile(schema);
    expect(validate({ initialize: 'orthogonal', use_rewnorm: false, huber_delta: 3 })).toBe(true);
    expect(validate({ initialize: null })).toBe(true);
    expect(validate({ initialize: 'normal' })).toBe(false);
  });

  it('do not include the activation gelu, a value that is no longer one of the choices', () => {
    expect(faultsOf({ text: 'activation: gelu' })[0]).toMatch(
      '<text>:1:13: activation: expected one of leaky_relu, relu, tanh, elu, sigmoid, got "gelu"',
    );
  });
});
