/** Reads the golden files in test/golden/data, or in GOLDEN_DIR if set. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export function readGolden<T>(file: string): Record<string, T> {
  const folder = process.env['GOLDEN_DIR'] ?? join(import.meta.dirname, 'data');
  return JSON.parse(gunzipSync(readFileSync(join(folder, file))).toString('utf8')) as Record<string, T>;
}
