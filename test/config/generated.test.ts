// The files that scripts/generated.ts makes are current; `npm run generate` writes them.
import { fileURLToPath } from 'node:url';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { configInterface, configurationPage } from '../../scripts/generated.ts';
import type { Key } from '../../src/config/key-types.ts';
import { KEYS, type Config } from '../../src/config/keys.ts';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

describe('generated from the table of keys', () => {
  it('src/config/config.ts', async () => {
    await expect(await configInterface()).toMatchFileSnapshot(at('src/config/config.ts'));
  });

  it('docs/configuration.md', async () => {
    await expect(await configurationPage()).toMatchFileSnapshot(at('docs/configuration.md'));
  });

  it('the type of every key is that of its entry, in both directions (checked by `npm run types`)', () => {
    type Table = typeof KEYS;
    type Inferred = { readonly [K in keyof Table]: Table[K] extends Key<infer T> ? T : never };
    expectTypeOf<Config>().toEqualTypeOf<Inferred>();
    expect(Object.keys(KEYS).length).toBeGreaterThan(70);
  });
});
