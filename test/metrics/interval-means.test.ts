import { expect, it } from 'vitest';
import { IntervalMeans } from '../../src/metrics/interval-means.ts';

it('gives the mean of each name since the last time', () => {
  const means = new IntervalMeans();
  means.add('a', 1);
  means.add('b', 10);
  means.add('a', 4);
  expect(means.take()).toEqual({ a: 2.5, b: 10 });
  means.add('a', 7);
  expect(means.take()).toEqual({ a: 7 });
  expect(means.take()).toEqual({});
});

it('keeps a constant exactly', () => {
  const means = new IntervalMeans();
  for (let k = 0; k < 333; k++) means.add('rate', 0.0015);
  expect(means.take()).toEqual({ rate: 0.0015 });
});

it('goes on from a saved state with the same bits', () => {
  const values = Array.from({ length: 50 }, (_, k) => 1 / (k + 3));
  const straight = new IntervalMeans();
  for (const value of values) straight.add('x', value);
  const first = new IntervalMeans();
  for (const value of values.slice(0, 20)) first.add('x', value);
  const second = new IntervalMeans();
  second.add('left over', 1);
  second.restore(JSON.parse(JSON.stringify(first.saved())) as ReturnType<IntervalMeans['saved']>);
  for (const value of values.slice(20)) second.add('x', value);
  expect(second.take()).toEqual(straight.take());
});
