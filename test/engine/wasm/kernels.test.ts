import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
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
  // Sets the flag without which Node 20 has no relaxed SIMD.
  beforeAll(() => nodeHost.kernels('fused'));
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  const shared = { fused: bytes('kernels') };
  const single = bytes('kernels-single');

  it.each([
    ['in a worker of an isolated page', { crossOriginIsolated: true }, 2, true],
    ['with one thread', { crossOriginIsolated: true }, 1, false],
    ['in a page that is not isolated', { crossOriginIsolated: false }, 2, false],
    ['outside a worker, where nothing may wait', { crossOriginIsolated: true, document: {} }, 2, false],
  ])('shares memory or not: %s', (_, globals, threads, shares) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    const host = browserHost({ fused: single, threaded: shared }, threads);
    expect(host.shared).toBe(shares);
    if (shares) expect(() => browserHost(single, threads)).toThrow('threads: expected 1 without the kernels');
  });

  it('tells builds for one thread from those for several', async () => {
    await expect(WasmEngine.create(browserHost(shared), 1)).rejects.toThrow(
      'kernels: expected those for one thread (kernels-single.wasm and the like), got those for several (kernels.wasm ' +
        'and the like, as `threaded`)',
    );
    vi.stubGlobal('crossOriginIsolated', true);
    await expect(WasmEngine.create(browserHost({ threaded: { fused: single } }, 2), 2)).rejects.toThrow(
      'kernels: expected those for several (kernels.wasm and the like, as `threaded`), got those for one thread',
    );
  });

  it('names the file of a build for one thread that is missing', async () => {
    await expect(WasmEngine.create(browserHost({}), 1, { arithmetic: 'plain' })).rejects.toThrow(
      'engine wasm: expected the kernels for arithmetic plain (kernels-plain-single.wasm), got none; pass them',
    );
  });

  it('has one thread where memory is not shared, whatever is asked for', async () => {
    expect((await WasmEngine.create(browserHost(single, 4), 4)).threads).toBe(1);
  });

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
