import { describe, expect, it } from 'vitest';
import { oneLine } from '../../src/core/one-line.ts';
import { UserError } from '../../src/core/user-error.ts';

describe('oneLine', () => {
  it.each([
    ['plain text, "quotes", \\ and ünï©ôdé 😀', 'plain text, "quotes", \\ and ünï©ôdé 😀'],
    ['\u001b[31mred\u001b[0m', String.raw`\u001b[31mred\u001b[0m`],
    ['a\r\nb\tc', String.raw`a\r\nb\tc`],
    ['\u0000\u007f\u0085\u009b', String.raw`\u0000\u007f\u0085\u009b`],
    ['\u2028\u2029', String.raw`\u2028\u2029`],
    ['\u202etxt.\u2066', String.raw`\u202etxt.\u2066`],
    ['half \ud83d of a pair', String.raw`half \ud83d of a pair`],
  ])('escapes what would act on a terminal: %j', (text, line) => {
    expect(oneLine(text)).toBe(line);
  });

  it('cuts the middle of a text of more than 700 characters, but no pair of surrogates', () => {
    expect(oneLine('x'.repeat(700))).toBe('x'.repeat(700));
    expect(oneLine(`${'a'.repeat(500)}${'b'.repeat(500)}`)).toBe(`${'a'.repeat(400)} ... ${'b'.repeat(290)}`);
    expect(oneLine(`x${'😀'.repeat(400)}y`)).toBe(`x${'😀'.repeat(199)} ... ${'😀'.repeat(144)}y`);
  });
});

describe('UserError', () => {
  it('has one printable line per fault, whatever a fault quotes', () => {
    const error = new UserError(['a: expected b, got \u001b[2J\n', 'c'.repeat(10_000)]);
    expect(error.faults).toStrictEqual([
      String.raw`a: expected b, got \u001b[2J\n`,
      `${'c'.repeat(400)} ... ${'c'.repeat(290)}`,
    ]);
    expect(error.message).toBe(error.faults.join('\n'));
  });
});
