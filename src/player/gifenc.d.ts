/** The part of gifenc 1.0.3 that gif.ts uses; the package has no types. */
declare module 'gifenc' {
  interface FrameOptions {
    readonly palette?: readonly (readonly [number, number, number])[];
    /** Milliseconds. */
    readonly delay: number;
    readonly transparent?: boolean;
    readonly transparentIndex?: number;
    /** 1: leave the frame in place. */
    readonly dispose?: number;
  }
  interface Encoder {
    writeFrame(index: Uint8Array, width: number, height: number, options: FrameOptions): void;
    finish(): void;
    bytes(): Uint8Array;
  }
  export function GIFEncoder(): Encoder;
}
