/** What the thread of `maddpg eval` tells, and how it stops. */
import * as path from 'node:path';
import { expect, it } from 'vitest';
import type { EvalOptions } from '../../src/cli/eval.ts';
import { evaluation } from '../../src/cli/evaluation.ts';
import { temporaryFolder } from './run-cli.ts';

const RANDOM: EvalOptions = {
  ...{ env: 'simple_spread_v3', policy: 'random', episodes: 2, seed: 0, engine: 'reference', json: true },
};

it('tells how many episodes there are in all, those of the baseline among them', async () => {
  const totalOf = async (options: Partial<EvalOptions>): Promise<number | undefined> => {
    const totals: number[] = [];
    const tell = ({ total }: { readonly total: number }): void => {
      totals.push(total);
    };
    await evaluation({ ...RANDOM, ...options }, { signal: new AbortController().signal, tell });
    return totals[0];
  };
  expect(await totalOf({})).toBe(2);
  expect(await totalOf({ policy: 'noop' })).toBe(4);
  expect(await totalOf({ record: path.join(temporaryFolder(), 'random.json') })).toBe(4);
});

it('stops where its signal aborts', async () => {
  const signal = AbortSignal.abort(new Error('an environment has failed'));
  const playing = evaluation({ ...RANDOM, episodes: 100_000 }, { signal, tell: () => undefined });
  await expect(playing).rejects.toThrow('an environment has failed');
});
