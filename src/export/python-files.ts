/** The Python modules that exports hold, as they stand in src/export/. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Also found from dist/export/. */
export function pythonFile(name: 'numpy_policy.py' | 'torch_policy.py'): string {
  return readFileSync(fileURLToPath(new URL(`../../src/export/${name}`, import.meta.url)), 'utf8');
}
