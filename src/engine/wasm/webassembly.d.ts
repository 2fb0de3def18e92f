/** The part of the WebAssembly API that the engine uses; Node's types leave it to the browser's, which do not belong here. */
declare namespace WebAssembly {
  /** Compiled code; opaque, and may be sent to a worker. */
  interface Module {
    readonly [Symbol.toStringTag]: string;
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum: number; shared: boolean });
    readonly buffer: SharedArrayBuffer;
    grow(pages: number): number;
  }
  class Instance {
    constructor(module: Module, imports: { env: { memory: Memory; now: () => number } });
    readonly exports: Readonly<Record<string, unknown>>;
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}
