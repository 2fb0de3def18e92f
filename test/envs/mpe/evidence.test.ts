/** Every scenario in the registry is tested against numbers that its own code did not produce. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { environmentIds } from '../../../src/envs/registry.ts';

const golden = join(import.meta.dirname, '../../golden/data/mpe_golden.json.gz');
const traces = JSON.parse(gunzipSync(readFileSync(golden)).toString()) as Record<string, { env_id: string }>;
const recorded = new Set(Object.values(traces).map(({ env_id }) => env_id));
const files = readdirSync(import.meta.dirname);

/** The ids without recorded episodes and without a test file `<id without version>.test.ts` beside this one. */
const untested = (ids: readonly string[]): string[] =>
  ids.filter((id) => !recorded.has(id) && !files.includes(`${id.replace(/_v\d+$/, '')}.test.ts`));

it('every scenario has recorded episodes or a test file of its own', () => {
  expect(untested(environmentIds())).toEqual([]);
  expect(untested(['simple_spread_v0', 'simple_nothing_v1', ...recorded])).toEqual(['simple_nothing_v1']);
});
