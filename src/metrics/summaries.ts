/**
 * Values of TensorBoard's summaries (tensorflow/core/framework/summary.proto): scalars, histograms, texts and hparams.
 *
 * Value:           1 tag, 2 simple_value float, 5 histo HistogramProto, 8 tensor TensorProto, 9 metadata SummaryMetadata
 * HistogramProto:  1 min, 2 max, 3 num, 4 sum, 5 sum_squares (doubles), 6 bucket_limit, 7 bucket (packed doubles)
 * TensorProto:     1 dtype (7: string), 2 tensor_shape TensorShapeProto, 8 string_val
 * SummaryMetadata: 1 plugin_data PluginData;  PluginData: 1 plugin_name, 2 content
 * HParamsPluginData: 3 session_start_info SessionStartInfo;  SessionStartInfo: 1 hparams map
 * protobuf.Value:  2 number_value double, 3 string_value, 4 bool_value
 */
import { concatenated, double, doubles, float, integer, message, text } from '../core/protobuf.ts';

export function scalar(tag: string, value: number): Uint8Array {
  return message(1, text(1, tag), float(2, value));
}

/** A text that TensorBoard shows as Markdown. */
export function markdown(tag: string, content: string): Uint8Array {
  const tensor = message(8, integer(1, 7), message(2), text(8, content));
  return message(1, text(1, tag), tensor, plugin('text', new Uint8Array(0)));
}

/** What tells runs apart in the HPARAMS tab. */
export function hparams(keys: Readonly<Record<string, unknown>>): Uint8Array {
  const entries = Object.entries(keys).map(([key, value]) =>
    message(1, text(1, key), message(2, hparam(value))),
  );
  const session = message(3, ...entries);
  return message(1, text(1, '_hparams_/session_start_info'), plugin('hparams', session));
}

/** A protobuf.Value; lists, mappings and null as JSON. */
function hparam(value: unknown): Uint8Array {
  switch (typeof value) {
    case 'number':
      return double(2, value);
    case 'boolean':
      return integer(4, Number(value));
    case 'string':
      return text(3, value);
    default:
      return text(3, JSON.stringify(value));
  }
}

function plugin(name: string, content: Uint8Array): Uint8Array {
  return message(9, message(1, text(1, name), message(2, content)));
}

const BUCKETS = 30;

/** Counts in equal parts of the range of finite `values`. */
export function histogram(tag: string, values: Float32Array): Uint8Array {
  let [min, max, sum, squares] = [Infinity, -Infinity, 0, 0];
  for (const x of values) {
    min = Math.min(min, x);
    max = Math.max(max, x);
    sum += x;
    squares += x * x;
  }
  const width = (max - min) / BUCKETS;
  const counts = new Array<number>(width > 0 ? BUCKETS : 1).fill(0);
  for (const x of values) counts[width > 0 ? Math.min(BUCKETS - 1, Math.floor((x - min) / width)) : 0]! += 1;
  const limits = counts.map((_, k) => (k === counts.length - 1 ? max : min + (k + 1) * width));
  const facts = [min, max, values.length, sum, squares].map((value, k) => double(k + 1, value));
  const content = concatenated([...facts, doubles(6, limits), doubles(7, counts)]);
  return message(1, text(1, tag), message(5, content));
}
