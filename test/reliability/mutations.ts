/** Random changes to a YAML text, from a seed. */

const NUMBERS = [
  ...[
    '0',
    '-1',
    '1',
    '2',
    '-0',
    '0.5',
    '1e308',
    '-1e400',
    '.nan',
    '.inf',
    '-.inf',
    '0x10',
    '0o7',
    '1_000',
    '1e-320',
  ],
  ...['9007199254740993', '4294967296', '1000000', '999999999999999999999', '00', '1.', '+1', '0b1', '~'],
];
const VALUES = [
  ...[
    '',
    'null',
    'None',
    '[]',
    '{}',
    '[1, [2]]',
    '{a: {b: 1}}',
    'yes',
    '"\\u001b[31m"',
    "'it''s'",
    '|\n  a\n  b',
    '>-\n x',
  ],
  ...[
    '&a 1',
    '*a',
    '*sizes',
    '!!str 1',
    '!x y',
    '? a',
    '"\\x9b\\r\\n"',
    '2020-01-01',
    '@x',
    '`x',
    '%x',
    '-',
    ':',
    '[',
    '}',
  ],
  ...[
    '__proto__',
    '{__proto__: {polluted: 1}}',
    '{constructor: {prototype: {polluted: 1}}}',
    'data:text/javascript,1',
  ],
  ...[
    'MADDPG',
    'mpe',
    'custom',
    'pettingzoo',
    'simple_tag_v3',
    'false',
    'true',
    'teams',
    'symmetries',
    'gpu',
    'tensorflow',
  ],
];
const KEYS = [
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '"\\u001b[2J"',
    'runner',
    'use_rnn',
    'huber_delta',
    '<<',
  ],
  ...[
    '"a\\nb"',
    'ключ',
    '"\\u202e"',
    '[a]',
    '?',
    '1',
    'null',
    'batch_sise',
    'env_options',
    'env_name',
    'env_id',
    'seed',
  ],
];
const CHARACTERS =
  '\0\u0001\u0007\b\t\n\r\u001b\u007f\u0085\u009b\u2028\u202e\ufeff\ud83d😀é#:-[]{}&*!|>\'"%@`,? ';

export class Mutations {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** The same change several times, or several changes, to `text`; `other` is a text to take lines from. */
  apply(text: string, other: string): string {
    let changed = text;
    for (let n = this.one([1, 1, 1, 2, 4]); n > 0; n--) changed = this.#change(changed, other);
    return changed;
  }

  chance(share: number): boolean {
    return this.#next() < share;
  }

  /** An integer from 0 to n - 1. */
  below(n: number): number {
    return Math.floor(this.#next() * n);
  }

  one<T>(items: ArrayLike<T>): T {
    return items[this.below(items.length)]!;
  }

  #change(text: string, other: string): string {
    const lines = text.split('\n');
    const at = this.below(lines.length);
    const line = lines[at]!;
    const put = (...instead: readonly string[]): string => lines.toSpliced(at, 1, ...instead).join('\n');
    const place = this.below(text.length + 1);
    switch (this.below(16)) {
      case 0: // a character replaced, inserted or taken out
        return (
          text.slice(0, place) + this.one(['', this.one(CHARACTERS)]) + text.slice(place + this.below(2))
        );
      case 1: // a bit of a byte
        return this.#flipped(text);
      case 2: // a line twice, or not at all
        return this.chance(0.5) ? put(line, line) : put();
      case 3: // a line of another text
        return put(line, this.one(other.split('\n')));
      case 4: // a number
        return this.#replaced(text, /-?\d[\d_.e]*/g, NUMBERS);
      case 5: // a value
        return put(line.replace(/:.*/, () => `: ${this.one(VALUES)}`));
      case 6: // a name
        return put(line.replace(/^\s*\w+/, () => this.one(KEYS)));
      case 7: // a new key
        return put(line, `${this.one(KEYS)}: ${this.one(VALUES)}`);
      case 8: // a misspelled name
        return put(line.slice(0, this.below(8)) + line.slice(1 + this.below(8)));
      case 9: // indentation
        return put(`${' '.repeat(this.below(5))}${line}`);
      case 10: // nesting
        return this.#nested(line, put);
      case 11: // much of something
        return this.#huge(text);
      case 12: // cut off
        return text.slice(0, place);
      case 13: // quotes
        return put(line.replace(/: (.*)/, (_, value: string) => `: ${this.one(['"', "'"])}${value}`));
      case 14: // two texts in one
        return `${text}${this.one(['\n', '---\n', '\n...\n', ''])}${other}`;
      default: // an anchor and its aliases
        return `${text}\nenv_options: &o {a: &a [1, 2], b: *a, c: ${this.one(['*a', '*o', '*none', '[*a, *a]'])}}\n`;
    }
  }

  #flipped(text: string): string {
    const bytes = new TextEncoder().encode(text);
    if (bytes.length > 0) bytes[this.below(bytes.length)]! ^= 1 << this.below(8);
    return new TextDecoder().decode(bytes);
  }

  #replaced(text: string, what: RegExp, by: readonly string[]): string {
    const found = [...text.matchAll(what)];
    if (found.length === 0) return text;
    const match = this.one(found);
    return text.slice(0, match.index) + this.one(by) + text.slice(match.index + match[0].length);
  }

  #nested(line: string, put: (...lines: readonly string[]) => string): string {
    const depth = this.one([1, 3, 60, 99, 100, 101, 300, 5000]);
    const [open, close] = this.one([
      ['[', ']'],
      ['{a: ', '}'],
    ] as const);
    const closed = this.chance(0.8) ? close.repeat(depth) : '';
    const key = this.one([/^\w+/.exec(line)?.[0] ?? 'x', 'env_options: {a', 'env_options']);
    return put(`${key}: ${open.repeat(depth)}${closed}${key.includes('{') ? '}' : ''}`);
  }

  #huge(text: string): string {
    const length = this.one([100, 5000, 60_000, 130_000]);
    const piece = this.one([
      'x',
      '\n',
      '- 1\n',
      'a: 1\n',
      '#',
      ' ',
      ',',
      '"',
      '&a ',
      '*a ',
      '[',
      '{',
      '1,',
      '\\',
      '\u001b',
    ]);
    const made = piece.repeat(Math.ceil(length / piece.length));
    const numbered = Array.from({ length: Math.ceil(length / 12) }, (_, n) => `key_${n}: *a\n`).join('');
    return this.one([
      text + made,
      made + text,
      `${text}\nname: "${made}"\n`,
      `${text}\n${made}: 1\n`,
      `${text}\nactor_hidden_size: [${made}]\n`,
      `${text}\nuse_parameter_sharing: [[${made}]]\n`,
      `x: &a 1\n${numbered}`,
    ]);
  }

  /** Mulberry32. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}
