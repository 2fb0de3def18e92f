// Compiles the WebAssembly kernels, once for every target of asconfig.json. Not a loop of a shell: Windows has another one.
//
//   node scripts/kernels.js
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const ROOT = new URL('..', import.meta.url);
process.chdir(fileURLToPath(ROOT));
const { targets } = JSON.parse(readFileSync('asconfig.json', 'utf8'));

for (const target of Object.keys(targets)) {
  const { error, stderr } = await main([
    'src/engine/wasm/assembly/index.ts',
    ...['--config', 'asconfig.json', '--target', target],
  ]);
  if (error === null) continue;
  console.error(String(stderr));
  process.exit(1);
}
