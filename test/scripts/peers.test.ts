/** The pure parts of npm run bench:peers. */
import { describe, expect, it } from 'vitest';
import { between, digits, markdownTable, median, ratio } from '../../scripts/peers/figures.js';

describe('median', () => {
  it('is the middle number, or the mean of the middle two, in any order', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 2])).toBe(3.5);
    expect(median([7])).toBe(7);
  });
});

describe('ratio', () => {
  it('is above 1 where ours is better, of times as of rates', () => {
    expect(ratio({ ours: 2, theirs: 5, better: 'smaller' })).toBe(2.5);
    expect(ratio({ ours: 5, theirs: 2, better: 'larger' })).toBe(2.5);
  });
});

describe('digits', () => {
  it('keeps three significant digits', () => {
    expect([0.01234, 3.456, 70_123, 1_234_567].map(digits)).toEqual([
      '0.0123',
      '3.46',
      '70,100',
      '1,230,000',
    ]);
  });
});

describe('markdownTable', () => {
  it('is laid out as prettier lays it out, figures to the right', () => {
    expect(
      markdownTable(
        ['what', 'ours'],
        [
          ['update', '3 ms'],
          ['x', '1,000 ms'],
        ],
      ),
    ).toBe(
      [
        '| what   |     ours |', //
        '| ------ | -------: |',
        '| update |     3 ms |',
        '| x      | 1,000 ms |',
      ].join('\n'),
    );
  });
});

describe('between', () => {
  const [begin, end] = ['<!-- peers: begin -->\n', '<!-- peers: end -->\n'];

  it('replaces what stands between the markers, and nothing else', () => {
    const text = `before\n${begin}\nold\n\n${end}after $& $1\n`;
    const replaced = `before\n${begin}\nnew $&\n\n${end}after $& $1\n`;
    expect(between(text, 'peers', 'new $&')).toBe(replaced);
    expect(between(replaced, 'peers', 'new $&')).toBe(replaced);
  });

  it('refuses a text without both markers, once and in order', () => {
    for (const text of ['', begin, end, `${end}${begin}`, `${begin}${begin}${end}`])
      expect(() => between(text, 'peers', 'new')).toThrow(
        new Error('expected one line <!-- peers: begin --> and one line <!-- peers: end --> after it'),
      );
  });
});
