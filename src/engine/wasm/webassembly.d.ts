/**
 * The part of the WebAssembly API that the engine uses: @types/node lacks it, and lib.dom would bring the whole
 * browser.
 */
declare namespace WebAssembly {
  /** Compiled code, opaque; can be posted to a worker. */
  interface Module {
    readonly [Symbol.toStringTag]: string;
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum: number; shared: boolean });
    readonly buffer: SharedArrayBuffer | ArrayBuffer;
    grow(pages: number): number;
  }
  class Instance {
    constructor(module: Module, imports: { env: { memory: Memory; now: () => number } });
    readonly exports: Readonly<Record<string, unknown>>;
  }
  /** Imports do not fit the module. */
  class LinkError extends Error {}
  function compile(bytes: Uint8Array): Promise<Module>;
  function validate(bytes: Uint8Array): boolean;
}
