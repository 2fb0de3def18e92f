import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEYS, KEY_NAMES } from '../../src/config/keys.ts';
import type { KeyName } from '../../src/config/keys.ts';
import { loadConfig, type LoadOptions } from '../../src/config/load.ts';
import { yamlOf } from '../../src/config/show.ts';
import { valueOf } from './arbitrary.ts';
import { faultsOf } from './faults.ts';

describe('a fault', () => {
  it.each([
    ['seed: -1', '1:7: seed: expected an integer from 0 to 4294967295, got -1'],
    ['seed: 1.5', '1:7: seed: expected an integer from 0 to 4294967295, got 1.5'],
    ['seed: "1"', '1:7: seed: expected an integer from 0 to 4294967295, got "1"'],
    ['seed:', '1:1: seed: expected an integer from 0 to 4294967295, got nothing'],
    ['batch_size: 0', '1:13: batch_size: expected an integer from 1 to 10000000, got 0'],
    [
      'running_steps: 1e400',
      '1:16: running_steps: expected an integer >= 1 and at most 9007199254740991, got Infinity',
    ],
    ['gamma: 1.01', '1:8: gamma: expected a number from 0 to 1, got 1.01'],
    ['gamma: .nan', '1:8: gamma: expected a number from 0 to 1, got NaN'],
    ['dropout: 1', '1:10: dropout: expected a number >= 0 and < 1, got 1'],
    ['tau: 0', '1:6: tau: expected a number > 0 and <= 1, got 0'],
    ['python_timeout: 1e10', '1:17: python_timeout: expected a number > 0 and <= 86400, got 10000000000'],
    ['use_grad_clip: yes', '1:16: use_grad_clip: expected true or false, got "yes"'],
    ['lr_schedule: cosine', '1:14: lr_schedule: expected one of linear, constant, exponential, got "cosine"'],
    [
      'agent: maddpg',
      '1:8: agent: expected one of MADDPG, MATD3, IDDPG, ISAC, MASAC, or a mapping of teams to them, got "maddpg"; did you mean MADDPG?',
    ],
    ['env_id: 3', '1:9: env_id: expected a string, got 3'],
    [
      'n_epochs: 9007199254740993',
      '1:11: n_epochs: expected an integer >= 1 and at most 9007199254740991, got 9007199254740992',
    ],
    ['name: a/b', '1:7: name: expected a folder name of at most 200 characters or null, got "a/b"'],
    ['name: ..', '1:7: name: expected a folder name of at most 200 characters or null, got ".."'],
    ['env_options: [N, 3]', '1:14: env_options: expected a mapping, got ["N",3]'],
    ['threads: many', '1:10: threads: expected auto or an integer from 1 to 8, got "many"'],
    ['threads: 0', '1:10: threads: expected auto or an integer from 1 to 8, got 0'],
    [
      'actor_hidden_size: 64',
      '1:20: actor_hidden_size: expected a list of at most 100 integers from 1 to 1000000, got 64',
    ],
    [
      'use_parameter_sharing: some',
      '1:24: use_parameter_sharing: expected true, false, teams or a list of lists of agent names, got "some"',
    ],
  ])('in %j is reported with place, key, expected and given value', (text, fault) => {
    expect(faultsOf({ text, file: 'x.yaml' })).toStrictEqual([`x.yaml:${fault}`]);
  });

  it('inside a list is located at the element', () => {
    const text = 'actor_hidden_size: [64,\n  64, big]\nuse_parameter_sharing:\n  - [a]\n  - [b, 3]\n';
    expect(faultsOf({ text })).toStrictEqual([
      '<text>:2:7: actor_hidden_size: expected a list of at most 100 integers from 1 to 1000000, got [64,64,"big"]',
      '<text>:5:9: use_parameter_sharing: expected true, false, teams or a list of lists of agent names, got [["a"],["b",3]]',
    ]);
  });

  it('is listed with all others, by line, then command line', () => {
    const text = 'tau: 2\nbacth_size: 64\nseed: 1\nstart_training: 9\nrunning_steps: 8\ngamma: x\nseed: 2\n';
    const sets = ['sigma=-1', 'nosie=1', 'use_grad_clip', 'seed=[1'];
    expect(faultsOf({ text, file: 'x.yaml', sets, flags: { seed: -5 } })).toStrictEqual([
      'x.yaml:1:6: tau: expected a number > 0 and <= 1, got 2',
      'x.yaml:2:1: bacth_size: expected a known key, got "bacth_size"; did you mean batch_size?',
      'x.yaml:4:17: start_training: expected at most running_steps (8), got 9; lower start_training or raise running_steps',
      'x.yaml:5:16: running_steps: expected at least 400, the least common multiple of parallels (16) and training_frequency (25), got 8; no update would ever happen; set training_frequency to 16 or running_steps to 400 or more',
      'x.yaml:6:8: gamma: expected a number from 0 to 1, got "x"',
      'x.yaml:7:1: seed: expected the key once, got it again (first at x.yaml:3:1)',
      '--set sigma=-1: sigma: expected a number >= 0, got -1',
      '--set nosie=1: nosie: expected a known key, got "nosie"',
      '--set use_grad_clip: expected key=value, got "use_grad_clip"',
      '--set seed=[1: seed: expected a YAML value, got "[1"',
      '--seed: seed: expected an integer from 0 to 4294967295, got -5',
    ]);
  });

  it('truncates long values', () => {
    expect(faultsOf({ text: `seed: ${'9'.repeat(10)}${'x'.repeat(100)}` })).toStrictEqual([
      `<text>:1:7: seed: expected an integer from 0 to 4294967295, got "9999999999${'x'.repeat(46)}...`,
    ]);
  });

  it('is raised for names inherited by every JavaScript object', () => {
    expect(faultsOf({ text: '__proto__: 1\nconstructor: 2\n' })).toStrictEqual([
      '<text>:1:1: __proto__: expected a known key, got "__proto__"',
      '<text>:2:1: constructor: expected a known key, got "constructor"',
    ]);
  });
});

describe('text that is not a flat mapping', () => {
  it.each([
    ['', '<text>: expected lines of the form "key: value", got an empty file'],
    ['# nothing\n', '<text>: expected lines of the form "key: value", got an empty file'],
    ['---\n', '<text>: expected lines of the form "key: value", got an empty file'],
    ['- seed\n', '<text>:1:1: expected lines of the form "key: value", got a list'],
    ['\nseed=1\n', '<text>:2:1: expected lines of the form "key: value", got text without keys'],
    ['seed: 1\n---\nseed: 2\n', '<text>:2:1: expected one YAML document, got a second one'],
    ['\tseed: 1', '<text>:1:1: expected valid YAML, got: Tabs are not allowed as indentation'],
    [
      'tau: 1\nseed: !!binary aGVs',
      '<text>:2:7: expected valid YAML, got: Unresolved tag: tag:yaml.org,2002:binary',
    ],
    ['? [seed]\n: 1\n', '<text>:1:3: expected a name before the colon, got a list or a mapping'],
    [
      'env_options: {a: {? [b] : 1}}\n',
      '<text>:1:21: expected a name before the colon, got a list or a mapping',
    ],
    [
      'env_options: {N: 1, N: 2}\n',
      '<text>:1:21: N: expected the key once, got it again (first at <text>:1:15)',
    ],
    [
      'gamma: 1\nseed: *s\n',
      '<text>:2:1: seed: expected a value, got an alias (*) without its anchor (&) before it',
    ],
    ['env_options: &o {a: *o}\n', '<text>:1:1: env_options: expected a value, got one that contains itself'],
  ])('such as %j gets one line', (text, fault) => {
    expect(faultsOf({ text })).toStrictEqual([fault]);
  });

  it('with multiplying aliases gets one line, at once', () => {
    const nineOf = (name: string): string => `[${Array<string>(9).fill(`*${name}`).join(', ')}]`;
    const lines = ['a: &a lol'];
    for (const [before, name] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh'].map((two) => two.split(''))) {
      lines.push(`${name!}: &${name!} ${nineOf(before!)}`);
    }
    expect(faultsOf({ text: lines.join('\n') }).slice(3)).toStrictEqual(
      ['4:1: d', '5:1: e', '6:1: f', '7:1: g', '8:1: h'].map(
        (key) => `<text>:${key}: expected a value, got aliases that copy more than 1000 values`,
      ),
    );
  });

  it('nested too deeply gets one line', () => {
    for (const depth of [101, 500, 5000, 9000]) {
      const [fault, ...more] = faultsOf({ text: `env_options: ${'['.repeat(depth)}${']'.repeat(depth)}` });
      expect(fault).toMatch(/^<text>(:1:\d+)?: expected a flat list of keys, got values nested too deeply$/);
      expect(more).toStrictEqual([]);
    }
  });
});

describe('ordinary YAML', () => {
  it('may have anchors, Windows line ends, a byte order mark and comments', () => {
    const text = '\ufeffactor_hidden_size: &h [32] # both\r\ncritic_hidden_size: *h\r\nseed: 3\r\n';
    const { config } = loadConfig({ text });
    expect(config.actor_hidden_size).toStrictEqual([32]);
    expect(config.critic_hidden_size).toStrictEqual([32]);
    expect(config.seed).toBe(3);
  });
});

describe('loadConfig', () => {
  it('prefers flags to --set, --set to the file and the file to the defaults', () => {
    const free: KeyName[] = KEY_NAMES.filter((name) =>
      [
        'seed',
        'gamma',
        'name',
        'use_grad_clip',
        'lr_schedule',
        'actor_hidden_size',
        'threads',
        'tau',
      ].includes(name),
    );
    const layer = fc.record(Object.fromEntries(free.map((name) => [name, valueOf(name)])), {
      requiredKeys: [],
    });
    fc.assert(
      fc.property(layer, layer, layer, (inFile, inSets, inFlags) => {
        const lines = Object.entries(inFile).map(([name, value]) => `${name}: ${yamlOf(value)}\n`);
        const { config } = loadConfig({
          text: lines.join('') + 'env_seed: 1\n',
          sets: Object.entries(inSets).map(([name, value]) => `${name}=${yamlOf(value)}`),
          flags: inFlags,
        });
        const wanted = { ...inFile, ...inSets, ...inFlags };
        for (const name of free) {
          expect(config[name]).toStrictEqual(name in wanted ? wanted[name] : KEYS[name].default);
        }
      }),
    );
  });

  it('lets --seed set env_seed too, over the file and the defaults but not over --set', () => {
    const seedsOf = (sets: readonly string[], flags: { seed?: number } = {}): unknown => {
      const loaded = loadConfig({ text: 'seed: 5\nenv_seed: 6\n', file: 'x.yaml', sets, flags });
      const { seed, env_seed } = loaded.config;
      return [seed, env_seed, loaded.where('seed'), loaded.where('env_seed')];
    };
    expect(seedsOf([], { seed: 3 })).toStrictEqual([3, 3, '--seed', '--seed']);
    expect(seedsOf(['env_seed=7'], { seed: 3 })).toStrictEqual([3, 7, '--seed', '--set env_seed=7']);
    expect(seedsOf(['seed=4'], { seed: 3 })).toStrictEqual([3, 3, '--seed', '--seed']);
    expect(loadConfig({ flags: { seed: 3 } }).config.env_seed).toBe(3);
  });

  it('keeps the keys seed and env_seed separate in files, --set and programs', () => {
    const envSeedOf = (options: LoadOptions): number => loadConfig(options).config.env_seed;
    expect(envSeedOf({ text: 'seed: 5\n' })).toBe(1);
    expect(envSeedOf({ text: 'seed: 5\nenv_seed: 6\n', sets: ['seed=4'] })).toBe(6);
    expect(envSeedOf({ keys: { seed: 5 } })).toBe(1);
  });

  it('takes the last --set of a key', () => {
    expect(loadConfig({ sets: ['seed=1', 'seed=2'] }).config.seed).toBe(2);
  });

  it('reads the value of --set as YAML', () => {
    const sets = [
      'actor_hidden_size=[8, 4]',
      'use_grad_clip=True',
      'name=None',
      'lr_a=1e-3',
      'env_options={N: 4}',
    ];
    expect(loadConfig({ sets }).config).toMatchObject({
      actor_hidden_size: [8, 4],
      use_grad_clip: true,
      name: null,
      learning_rate_actor: 0.001,
      env_options: { N: 4 },
    });
  });

  it('changes one option with a dotted --set and keeps the others', () => {
    const text = 'env_options: {N: 3, local_ratio: 0.5}\n';
    const { config } = loadConfig({ text, sets: ['env_options.N=5', 'env_options.deep.er=x'] });
    expect(config.env_options).toStrictEqual({ N: 5, local_ratio: 0.5, deep: { er: 'x' } });
  });

  it.each([
    [
      'gamma.x=1',
      'gamma.x: expected a key that holds a mapping, got gamma, which takes a number from 0 to 1',
    ],
    ['env_option.N=1', 'env_option: expected a known key, got "env_option"; did you mean env_options?'],
    ['=1', 'expected key=value, got "=1"'],
    ['env_options.=1', 'expected key=value, got "env_options.=1"'],
    ['env_options=*a', 'env_options: expected a YAML value, got "*a"'],
  ])('locates the fault in --set %s', (set, fault) => {
    expect(faultsOf({ sets: [set] })).toStrictEqual([`--set ${set}: ${fault}`]);
  });

  it('resolves the noise to sigma only if neither start_noise nor end_noise is given', () => {
    const noise = (text: string, sets: string[] = []): number[] => {
      const { start_noise, end_noise } = loadConfig({ text, sets }).config;
      return [start_noise, end_noise];
    };
    expect(noise('sigma: 0.2')).toStrictEqual([0.2, 0.2]);
    expect(noise('sigma: 0.2\nstart_noise: 0.7')).toStrictEqual([0.7, 0.01]);
    expect(noise('sigma: 0.2\nend_noise: 0.3')).toStrictEqual([1, 0.3]);
    expect(noise('sigma: 0.2', ['end_noise=0.3'])).toStrictEqual([1, 0.3]);
  });

  it('freezes the Config deeply, but not what it was given', () => {
    const env_options = { nested: { list: [1] } };
    const { config } = loadConfig({ flags: { env_options } });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.actor_hidden_size)).toBe(true);
    expect(Object.isFrozen((config.env_options as typeof env_options).nested.list)).toBe(true);
    expect(Object.isFrozen(env_options)).toBe(false);
    expect(Object.isFrozen(KEYS.actor_hidden_size.default)).toBe(false);
  });

  it('tracks where each value was given', () => {
    const text = 'seed: 1\nenv_options:\n  N: 3\n  deep: {a: [4, 5]}\nactor_hidden_size: [64]\n';
    const loaded = loadConfig({
      text,
      file: 'x.yaml',
      sets: ['tau=0.5', 'env_options.M=2'],
      flags: { model_dir: 'out' },
    });
    const places = {
      seed: 'x.yaml:1:7',
      env_options: 'x.yaml:3:3',
      'env_options.N': 'x.yaml:3:6',
      'env_options.deep.a.1': 'x.yaml:4:17',
      'env_options.unknown': 'x.yaml:3:3',
      'env_options.M': '--set env_options.M=2',
      actor_hidden_size: 'x.yaml:5:20',
      tau: '--set tau=0.5',
      model_dir: '--model-dir',
      gamma: 'default',
      'no such key': 'default',
    };
    for (const [path, place] of Object.entries(places))
      expect([path, loaded.where(path)]).toStrictEqual([path, place]);
    expect(loaded.source).toBe('x.yaml');
    expect(loadConfig({}).source).toBeNull();
  });

  it('does not warn about an ordinary file', () => {
    expect(loadConfig({ text: 'seed: 1' }).warnings).toStrictEqual([]);
  });
});

describe('the config.yaml of a run', () => {
  it('that lacks `arithmetic` had the plain one, unless it is changed', () => {
    const arithmetic = (options: LoadOptions): string =>
      loadConfig({ file: 'config.yaml', text: 'seed: 2', ...options }).config.arithmetic;
    expect(arithmetic({ recorded: true })).toBe('plain');
    expect(arithmetic({ recorded: true, sets: ['arithmetic=fused'] })).toBe('fused');
    expect(arithmetic({ recorded: true, text: 'arithmetic: fused' })).toBe('fused');
    expect(arithmetic({})).toBe('fused');
  });
});
