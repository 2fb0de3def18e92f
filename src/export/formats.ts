/** The formats of `maddpg export`, by name. */
import { c } from './c.ts';
import type { ExportedPolicy } from './exported-policy.ts';
import { numpy } from './numpy.ts';
import { onnx } from './onnx.ts';
import { tfjs } from './tfjs.ts';
import { torch } from './torch.ts';
import { xuance } from './xuance.ts';

export interface ExportedFile {
  /** Relative to the folder, with slashes. */
  readonly name: string;
  readonly content: Uint8Array | string;
}

export interface ExportFormat {
  files(policy: ExportedPolicy): ExportedFile[];
  /** Of usage(), for Markdown. */
  readonly language: 'python' | 'js' | 'c';
  /** Ten lines that act for the first agent, in the folder of the export. */
  usage(policy: ExportedPolicy): string;
}

export const FORMATS = { onnx, tfjs, torch, numpy, c, xuance } satisfies Record<string, ExportFormat>;

export type FormatName = keyof typeof FORMATS;
