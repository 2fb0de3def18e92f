/** The Python modules that exports hold, as they stand in the package. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** policy.py is that of the Python package, which plays runs and exports alike. */
const FILES = {
  numpy: 'python/maddpg_policy/policy.py',
  torch: 'src/export/torch_policy.py',
} as const;

/** Also found from dist/export/. */
export function pythonFile(format: keyof typeof FILES): string {
  return readFileSync(fileURLToPath(new URL(`../../${FILES[format]}`, import.meta.url)), 'utf8');
}
