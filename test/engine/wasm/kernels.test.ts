import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { WasmEngine } from '../../../src/engine/wasm/engine.ts';
import { browserHost } from '../../../src/engine/wasm/host-browser.ts';
import { nodeHost } from '../../../src/engine/wasm/host-node.ts';
import type { WasmHost } from '../../../src/engine/wasm/host.ts';
import { kernelsFor } from '../../../src/engine/wasm/kernels.ts';
import { LinearMemory } from '../../../src/engine/wasm/memory.ts';
import { WITHOUT_FUSING } from '../../contract/engines.ts';

const { memory } = new LinearMemory();

/** Relaxed SIMD that rounds the product, as the standard allows. */
const ROUNDING: WasmHost = {
  ...nodeHost,
  kernels: (build) => nodeHost.kernels(build === 'fused' ? 'plain' : build),
};

const bytes = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../../dist/engine/wasm/${name}.wasm`, import.meta.url)));

describe('the build of the kernels', () => {
  it.each([
    ['plain', nodeHost, 'plain'],
    ['fused', WITHOUT_FUSING, 'emulated'],
    ['fused', ROUNDING, 'emulated'],
    ['fused', { ...nodeHost, kernels: () => nodeHost.kernels('emulated') }, 'fused'],
  ] as const)(
    'for arithmetic %s is the one that the probe finds right, case %#',
    async (arithmetic, host, build) => {
      expect((await kernelsFor(host, arithmetic, memory)).build).toBe(build);
    },
  );

  it('that is missing is named, with what to do', async () => {
    const none: WasmHost = { ...nodeHost, kernels: () => Promise.resolve(undefined) };
    await expect(kernelsFor(none, 'plain', memory)).rejects.toThrow(
      'engine wasm: expected the kernels for arithmetic plain (kernels-plain.wasm), got none; pass them',
    );
    await expect(kernelsFor(none, 'fused', memory)).rejects.toThrow(
      'engine wasm: expected the kernels for arithmetic fused (kernels-emulated.wasm), got none; pass them, or those for ' +
        'arithmetic plain: no fused multiply-add is to be had here',
    );
  });

  it('is noticed if it is emulated, and only then', async () => {
    const notice = async (host: WasmHost, arithmetic: 'fused' | 'plain'): Promise<string | undefined> =>
      (await WasmEngine.create(host, 1, { arithmetic })).notice;
    expect(await notice(WITHOUT_FUSING, 'fused')).toMatch(
      /^engine wasm: .* emulating it takes 15 to 25 times as long; arithmetic: plain is fast everywhere$/,
    );
    expect(await notice(WITHOUT_FUSING, 'plain')).toBeUndefined();
  });
});

describe('the host of a browser', () => {
  it('has the builds that the page gives, of which a single one is fused', async () => {
    const builds = ['fused', 'emulated', 'plain'] as const;
    const has = async (host: WasmHost): Promise<boolean[]> =>
      Promise.all(builds.map(async (build) => (await host.kernels(build)) !== undefined));
    const plain = bytes('kernels-plain');
    expect(await has(browserHost(plain))).toEqual([true, false, false]);
    expect(await has(browserHost({ plain, emulated: bytes('kernels-emulated') }))).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('has no build with instructions that the browser lacks', async () => {
    const unknown = bytes('kernels-plain').fill(0xff, 8);
    expect(await browserHost(unknown).kernels('fused')).toBeUndefined();
  });
});
