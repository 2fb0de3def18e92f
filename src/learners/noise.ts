/**
 * Noise inputs of an update, declared by its graph. The caller of update() draws them (the session uses a stream saved in
 * checkpoints), so that learners and engines stay deterministic.
 */
import type { FastStream } from '../core/random.ts';
import type { Program } from '../engine/engine.ts';
import type { Draw, Node } from '../engine/graph.ts';

/** Engine memory of one noise input. */
export interface NoiseArray {
  readonly name: string;
  readonly draw: Draw;
  /** [B, slots, rows, width] */
  readonly values: Float32Array;
}

/** Noise inputs of a compiled graph, in node order. */
export function noiseArrays(nodes: readonly Node[], program: Program): NoiseArray[] {
  return nodes.flatMap((node) =>
    node.kind === 'input' && node.draw
      ? [{ name: node.name, draw: node.draw, values: program.input(node.name) }]
      : [],
  );
}

/** Dropout rate by network (Srivastava et al. 2014): online networks only, no targets. */
export function dropoutRates(networks: Iterable<string>, rate: number): Map<string, number> {
  const online = rate === 0 ? [] : [...networks].filter((name) => !name.startsWith('target_'));
  return new Map(online.map((name) => [name, rate]));
}

/** Fills `out` from the distribution of a noise input. */
export function drawNoise(draw: Draw, stream: FastStream, out: Float32Array): void {
  switch (draw.name) {
    case 'normal':
      stream.fillNormal(out, 1);
      return;
    case 'gumbel':
      for (let k = 0; k < out.length; k++) out[k] = stream.gumbel();
      return;
    case 'dropout': {
      const dropped = Math.round(draw.rate * 2 ** 32);
      const kept = 1 / (1 - draw.rate);
      for (let k = 0; k < out.length; k++) out[k] = stream.uint32() < dropped ? 0 : kept;
    }
  }
}

/** Copies drawn noise into the engine's array, unless it was drawn in place. Throws RangeError on a length mismatch. */
export function fillNoise({ name, values }: NoiseArray, drawn: Float32Array | undefined): void {
  if (drawn === values) return;
  if (drawn?.length !== values.length)
    throw new RangeError(
      `update: expected ${values.length} numbers of noise ${name}, got ${drawn?.length ?? 'none'}`,
    );
  values.set(drawn);
}
