/** Which setting of bench --parallel is the best. */
import { expect, it } from 'vitest';
import { bestOf, type ParallelFigure } from '../../src/bench/parallel.ts';

const figure = (runs: number, as: ParallelFigure['as'], sum: number): ParallelFigure => ({
  ...{ runs, as, env_steps_per_second: sum, env_steps_per_second_per_run: sum / runs },
});

it('the best setting has the most steps per second in all, and of those within 3 % the fewest runs', () => {
  const two = [figure(1, 'processes', 60), figure(2, 'threads', 107)];
  expect(bestOf([...two, figure(4, 'threads', 110)])).toEqual({ runs: 2, as: 'threads' });
  expect(bestOf([...two, figure(4, 'threads', 111)])).toEqual({ runs: 4, as: 'threads' });
});
