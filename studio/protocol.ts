/** What page and worker tell each other. */
import type { Config, MetricRecord } from '../src/browser.ts';

/** Parameters of the networks that act, by name. */
export type Weights = ReadonlyMap<string, Float32Array>;

/** Builds of the kernels by arithmetic. */
export interface Builds {
  readonly fused: Uint8Array;
  readonly emulated: Uint8Array;
  readonly plain: Uint8Array;
}

/** Those for one thread, and for several where the page is cross-origin isolated. */
export interface Kernels extends Builds {
  readonly threaded: Builds;
}

/** From the page. */
export type Order =
  /** Trains this configuration, from its start or from a run as zip. */
  | {
      readonly kind: 'train';
      readonly config: Config;
      readonly kernels: Kernels;
      readonly run?: Uint8Array | undefined;
      readonly paused: boolean;
      readonly pace: number;
    }
  | { readonly kind: 'pause' }
  | { readonly kind: 'go' }
  /** One vector step, while paused. */
  | { readonly kind: 'step' }
  /** At most so many steps a second; Infinity: no limit. */
  | { readonly kind: 'pace'; readonly stepsPerSecond: number }
  /** Asks for the run as it is now. */
  | { readonly kind: 'zip'; readonly ticket: number };

/** From the worker. */
export type Report =
  | {
      readonly kind: 'began';
      readonly engine: string;
      readonly threads: number;
      readonly notice: string | null;
    }
  | {
      readonly kind: 'weights';
      readonly step: number;
      readonly weights: Weights;
    }
  | { readonly kind: 'record'; readonly record: MetricRecord }
  | { readonly kind: 'warning'; readonly line: string }
  | { readonly kind: 'ended'; readonly reason: string }
  /** A run that acts, but does not go on. `because`: a line for people. */
  | { readonly kind: 'shown'; readonly because: string }
  /** `faults`: lines for people. */
  | { readonly kind: 'failed'; readonly faults: readonly string[] }
  | { readonly kind: 'zip'; readonly ticket: number; readonly bytes: Uint8Array };
