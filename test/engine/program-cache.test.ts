import { expect, it } from 'vitest';
import type { Program } from '../../src/engine/engine.ts';
import { ProgramCache } from '../../src/engine/program-cache.ts';

it('keeps the most recently used programs, and disposes of the oldest before it compiles one more', () => {
  const events: string[] = [];
  const cache = new ProgramCache(2);
  const use = (key: string): Program =>
    cache.get(key, () => {
      events.push(`compile ${key}`);
      return { dispose: () => events.push(`dispose of ${key}`) } as unknown as Program;
    });
  const [a] = [use('a'), use('b')];
  expect(use('a')).toBe(a); // now b is the older one
  use('c');
  expect(use('a')).toBe(a);
  expect(use('a')).toBe(a);
  use('b');
  use('c');
  expect(events).toEqual([
    ...['compile a', 'compile b', 'dispose of b', 'compile c', 'dispose of c', 'compile b'],
    ...['dispose of a', 'compile c'],
  ]);
});
