/** The part of gifenc that gif.ts uses; the package has no types. */
declare module 'gifenc' {
  interface FrameOptions {
    readonly palette?: readonly (readonly [number, number, number])[];
    /** Milliseconds. */
    readonly delay: number;
    readonly transparent?: boolean;
    readonly transparentIndex?: number;
    /** 1: leave the frame in place. */
    readonly dispose: number;
  }
  interface Encoder {
    writeFrame(index: Uint8Array, width: number, height: number, options: FrameOptions): void;
    finish(): void;
    bytes(): Uint8Array;
  }
  /** As bundlers for pages see it; Node sees a CommonJS module, which is the default. */
  export const GIFEncoder: (() => Encoder) | undefined;
  const gifenc: { readonly GIFEncoder: () => Encoder };
  export default gifenc;
}
