// Compiles the WebAssembly kernels, once for every target of asconfig.json. Not a loop of a shell: Windows has another one.
//
//   node scripts/kernels.js
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cwd = fileURLToPath(new URL('..', import.meta.url));
// As a program: importing it would bring AssemblyScript's global types into the whole project.
const COMPILER = fileURLToPath(new URL('../bin/asc.js', import.meta.resolve('assemblyscript/asc')));
const { targets } = JSON.parse(readFileSync(new URL('../asconfig.json', import.meta.url), 'utf8'));

for (const target of Object.keys(targets))
  execFileSync(
    process.execPath,
    [COMPILER, 'src/engine/wasm/assembly/index.ts', '--config', 'asconfig.json', '--target', target],
    { cwd, stdio: 'inherit' },
  );
