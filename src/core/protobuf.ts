/**
 * Fields of protocol buffer messages: a key (field number and wire type), then the value. Enough for TensorBoard's events
 * and ONNX models.
 */

const varintType = 0;
const fixed64Type = 1;
const lengthType = 2;
const fixed32Type = 5;

/** Seven bits per byte, lowest first. Uses division because steps may exceed 32 bits. */
function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128);
  out.push(rest);
  return out;
}

function field(number: number, type: number, value: ArrayLike<number>): Uint8Array {
  return concatenated([varint(number * 8 + type), value]);
}

export function integer(number: number, value: number): Uint8Array {
  return field(number, varintType, varint(value));
}

export function double(number: number, value: number): Uint8Array {
  return field(number, fixed64Type, new Uint8Array(Float64Array.of(value).buffer));
}

export function float(number: number, value: number): Uint8Array {
  return field(number, fixed32Type, new Uint8Array(Float32Array.of(value).buffer));
}

export function doubles(number: number, values: readonly number[]): Uint8Array {
  return message(number, new Uint8Array(Float64Array.from(values).buffer));
}

export function text(number: number, content: string): Uint8Array {
  return message(number, new TextEncoder().encode(content));
}

/** A message inside a message. */
export function message(number: number, ...fields: readonly Uint8Array[]): Uint8Array {
  const content = concatenated(fields);
  return field(number, lengthType, concatenated([varint(content.length), content]));
}

export function concatenated(parts: readonly ArrayLike<number>[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
