/** The address of a queue, whose password no message shows. */
import { describe, expect, it } from 'vitest';
import { queueAddress, withoutPassword } from '../../src/sweep/queue/address.ts';

describe('withoutPassword', () => {
  it.each([
    ['plain', 'open-sesame'],
    ['encoded', 'a%40b', 'a@b'],
    ['with a bare %', '50%off'],
  ])('hides a password that is %s', (_, password, decoded = password) => {
    const address = queueAddress(`redis://someone:${password}@host:1/3`);
    expect(withoutPassword(`no ${address.url}: ${password}, ${decoded}`, address)).toBe(
      'no redis://host:1/3: ***, ***',
    );
  });
});
