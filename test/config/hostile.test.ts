/** Texts and arguments that are made to be slow, endless or dangerous to read. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { showConfig } from '../../src/config/show.ts';
import { faultsOf } from './faults.ts';

const LONGEST = 128 * 1024;

/** `begin`, then pieces up to `length` characters, then `end`. */
function filled(piece: (n: number) => string, begin = '', end = '', length = LONGEST): string {
  const pieces = [begin];
  let used = begin.length + end.length;
  for (let n = 0, next = piece(0); used + next.length <= length; next = piece(++n)) {
    pieces.push(next);
    used += next.length;
  }
  return pieces.join('') + end;
}

/** Processor time of the process in milliseconds: other processes do not count. */
function cost(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const TEXTS: Readonly<Record<string, string>> = {
  'aliases of a word': filled((n) => `y${n}: *x\n`, 'x: &x 1\n'),
  'a few thousand aliases of a word': filled((n) => `y${n}: *x\n`, 'x: &x 1\n', '', 24_000),
  'aliases inside a mapping': filled((n) => `  y${n}: *x\n`, 'env_options:\n  a: &x 1\n'),
  'aliases as keys': filled(() => '  ? *x\n  : 1\n', 'env_options:\n  a: &x b\n'),
  anchors: filled((n) => `  y${n}: &a${n} 1\n`, 'env_options:\n'),
  'unknown keys': filled((n) => `unknown_key_${n}: 1\n`),
  'a thousand unknown keys': filled((n) => `unknown_key_${n}: 1\n`, '', '', 18_000),
  'unknown keys of 60 characters': filled((n) => `${'batch_size'.repeat(6)}${n}: 1\n`),
  'unknown keys of 1000 characters': filled((n) => `${'batch_size'.repeat(100)}${n}: 1\n`),
  'one key again and again': filled(() => 'seed: 1\n'),
  'keys without names': filled(() => '?\n'),
  'a deep list': filled(() => '[', 'env_options: '),
  'deep mappings': filled((n) => `${' '.repeat(n)}a:\n`),
  'many deep lists': filled(() => `${'['.repeat(98)}${']'.repeat(98)},`, 'env_options: [', ']'),
  'a long list of sizes': filled(() => '1,', 'actor_hidden_size: [', ']'),
  'a long list of agents': filled((n) => `a${n},`, 'use_parameter_sharing: [[', ']]'),
  'many lists of agents': filled((n) => `[a${n}],`, 'use_parameter_sharing: [', ']'),
  'many options': filled((n) => `o${n}: 1,`, 'env_options: {', '}'),
  'many teams': filled((n) => `t${n}: MADDP,`, 'agent: {', '}'),
  'a long word': filled(() => 'M', 'agent: '),
  'a long number': filled(() => '9', 'seed: '),
  'a long number with underscores': filled(() => '9_', 'seed: ', '9'),
  'a long name of spaces': filled(() => ' ', 'name: "a', '"'),
  comments: filled(() => '#\n', '', 'seed: 1'),
  documents: filled(() => '---\n'),
  directives: filled((n) => `%x${n}\n`),
  tags: filled((n) => `a${n}: !x 1\n`),
  braces: filled(() => '{'),
  quotes: filled(() => '"'),
  'commas in a list': filled(() => ',', 'env_options: [', ']'),
  'question marks': filled(() => '? '),
  dashes: filled(() => '-\n'),
  'a text of many lines': filled(() => '  x\n', 'name: |\n'),
};

describe('a text of 128 kB', () => {
  it.each(Object.entries(TEXTS))(
    'is read or refused within a second of processor time, with at most 51 short lines: %s',
    (_, text) => {
      let faults: readonly string[] = [];
      expect(cost(() => (faults = faultsOf({ text })))).toBeLessThan(1000);
      expect(faults.length).toBeLessThanOrEqual(51);
      for (const fault of faults) expect(fault.length).toBeLessThanOrEqual(700);
    },
  );

  it('is refused if it is longer, as a text and as a file are', () => {
    expect(faultsOf({ text: '#'.repeat(LONGEST + 1), file: 'x.yaml' })).toStrictEqual([
      'x.yaml: expected YAML of at most 131072 characters, got 131073',
    ]);
  });

  it('is refused if it has too many words and signs', () => {
    expect(faultsOf({ text: TEXTS['commas in a list']! })).toStrictEqual([
      '<text>: expected at most 20000 words and signs of YAML, got more',
    ]);
  });
});

describe('values', () => {
  it('are not more than can be read again from config.yaml', () => {
    for (const [text, got] of [
      [
        `env_options: {a: [${'1,'.repeat(3000)}]}`,
        'env_options: expected at most 2000 values in all keys together, got 3002',
      ],
      [`name: ${'x'.repeat(120_000)}`, 'name: expected a folder name'],
      [
        `model_dir: ${'x'.repeat(120_000)}`,
        'model_dir: expected at most 100000 bytes in all keys together, got 120002',
      ],
      [
        `model_dir: ${'é'.repeat(60_000)}`,
        'model_dir: expected at most 100000 bytes in all keys together, got 120002',
      ],
    ] as const) {
      const [fault, ...more] = faultsOf({ text });
      expect(fault).toContain(got);
      expect(more).toStrictEqual([]);
    }
    const text = `env_options: {a: [${'"é",'.repeat(1800)}]}\nmodel_dir: ${'é'.repeat(40_000)}`;
    const { config } = loadConfig({ text });
    expect(loadConfig({ text: showConfig(config) }).config).toStrictEqual(config);
  });
});

describe('many faults', () => {
  it('are the first fifty lines in full and one that counts the others', () => {
    const faults = faultsOf({ text: filled((n) => `batch_size${n}: 1\n`, '', '', 1500), sets: ['tau=x'] });
    expect(faults).toHaveLength(51);
    expect(faults[0]).toBe(
      '<text>:1:1: batch_size0: expected a known key, got "batch_size0"; did you mean batch_size?',
    );
    expect(faults[49]).toBe(
      '<text>:50:1: batch_size49: expected a known key, got "batch_size49"; did you mean batch_size?',
    );
    expect(faults[50]).toBe('... and 45 more');
  });

  it('get suggestions for names up to 64 letters', () => {
    const long = `learning_rate_actor${'_'.repeat(45)}`;
    expect(faultsOf({ text: `${long}: 1` })).toStrictEqual([
      `<text>:1:1: ${long}: expected a known key, got "${long.slice(0, 56)}...`,
    ]);
  });
});

describe('aliases', () => {
  it('copy the nearest anchor before them', () => {
    const text = 'env_options: {a: &x [1], b: *x, c: &x {d: 2}, e: *x}';
    expect(loadConfig({ text }).config.env_options).toStrictEqual({
      a: [1],
      b: [1],
      c: { d: 2 },
      e: { d: 2 },
    });
  });

  it('do not nest values deeper than brackets may', () => {
    const deep = (inside: string): string => '['.repeat(60) + inside + ']'.repeat(60);
    expect(faultsOf({ text: `env_options: {a: &a ${deep('')}, b: ${deep('*a')}}` })).toStrictEqual([
      '<text>:1:1: env_options: expected a value, got one nested too deeply',
    ]);
  });
});

describe('--set', () => {
  const huge = 'x'.repeat(100_000);

  it.each<[string, string]>([
    [`seed=${huge}`, 'seed: expected an integer from 0 to 4294967295, got "xxx'],
    [`${huge}=1`, 'xxx'],
    [`env_options.${'a.'.repeat(20_000)}b=1`, 'expected key=value, got "env_options.a.a.'],
    [`env_options=${'['.repeat(50_000)}`, 'env_options: expected a YAML value, got "[[['],
    [
      `env_options={a: ${'['.repeat(100)}${']'.repeat(100)}}`,
      'env_options: expected a YAML value, got "{a: [[[',
    ],
  ])('of hostile length gets one line at once: %.40s', (set, message) => {
    let faults: readonly string[] = [];
    expect(cost(() => (faults = faultsOf({ sets: [set] })))).toBeLessThan(1000);
    expect(faults).toHaveLength(1);
    expect(faults[0]!.startsWith(`--set ${set.slice(0, 97)}...: ${message}`)).toBe(true);
    expect(faults[0]!.length).toBeLessThanOrEqual(700);
  });

  it('is taken a thousand times', () => {
    const sets = Array.from({ length: 1000 }, (_, n) => `env_options.a${n}=${n}`);
    expect(Object.keys(loadConfig({ sets }).config.env_options)).toHaveLength(1000);
    expect(faultsOf({ sets: [...sets, 'seed=1'] })).toStrictEqual([
      '--set: expected at most 1000 of them, got 1001; write them to a file',
    ]);
  });

  it('leads at most as deep as a file may nest, so that config.yaml can be read again', () => {
    const deep = `env_options.${'a.'.repeat(98)}b`;
    expect(faultsOf({ sets: [`${deep}=1`] })).toStrictEqual([]);
    expect(faultsOf({ sets: [`${deep}=[]`] })).toStrictEqual([]);
    expect(faultsOf({ sets: [`${deep}=[[]]`] })).toHaveLength(1);
  });
});

describe('keys of a program', () => {
  it('that contain themselves are refused', () => {
    const itself: Record<string, unknown> = {};
    itself['a'] = itself;
    expect(faultsOf({ keys: { env_options: itself } })).toStrictEqual([
      'config: env_options: expected numbers, strings, booleans, lists and mappings, got values nested too deeply',
    ]);
  });

  it('may be objects without a prototype', () => {
    const bare = Object.assign(Object.create(null) as object, { N: 2 });
    expect(loadConfig({ keys: { env_options: bare } }).config.env_options).toStrictEqual({ N: 2 });
  });
});

describe('control characters', () => {
  it.each([
    ['"\\e[31mred": 1', String.raw`<text>:1:1: \u001b[31mred: expected a known key, got "\u001b[31mred"`],
    ['"a\\nb": 1', String.raw`<text>:1:1: a\nb: expected a known key, got "a\nb"`],
    ['agent: "\\r\\x9b"', String.raw`got "\r\u009b"`],
  ])('of a text are escaped: %j', (text, part) => {
    const faults = faultsOf({ text });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(part);
    expect(faults[0]).not.toMatch(/\p{Cc}/u);
  });

  it('of arguments and file names are escaped', () => {
    expect(faultsOf({ sets: ['a\u001b[2J=1\n2'] })).toStrictEqual([
      String.raw`--set a\u001b[2J=1\n2: a\u001b[2J: expected a known key, got "a\u001b[2J"`,
    ]);
    expect(faultsOf({ file: '/nowhere/\u0007' })).toStrictEqual([
      String.raw`/nowhere/\u0007: expected a YAML file, got no file of that name`,
    ]);
  });
});
