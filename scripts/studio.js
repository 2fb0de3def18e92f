// Writes dist/studio.html: the page, its worker, the kernels and the packaged configurations in one file.
//
//   node scripts/studio.js
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = new URL('..', import.meta.url);
/** Bytes that the page may have. */
const LARGEST = 1_500_000;

const read = (/** @type {string} */ path) => readFileSync(new URL(path, ROOT), 'utf8');

async function bundled(/** @type {string} */ entry) {
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(ROOT),
    entryPoints: [entry],
    bundle: true,
    minify: true,
    charset: 'utf8',
    format: entry.endsWith('worker.ts') ? 'iife' : 'esm',
    target: 'es2023',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'warning',
    write: false,
  });
  return outputFiles[0].text;
}

/** Text that cannot end the script element around it. */
const inScript = (/** @type {string} */ text) =>
  text.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
const json = (/** @type {unknown} */ value) => JSON.stringify(value).replaceAll('<', '\\u003c');

const presets = Object.fromEntries(
  readdirSync(new URL('configs', ROOT), { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /^(mpe|xuance)\/.*\.yaml$/.test(path))
    .sort()
    .map((path) => [path.replace(/\.yaml$/, ''), read(`configs/${path}`)]),
);
/** Builds of the kernels by name, for one thread or several. */
const kernels = (/** @type {string} */ ending) =>
  Object.fromEntries(
    ['fused', 'emulated', 'plain'].map((name) => {
      const file = `kernels${name === 'fused' ? '' : `-${name}`}${ending}.wasm`;
      return [name, readFileSync(new URL(`dist/engine/wasm/${file}`, ROOT)).toString('base64')];
    }),
  );
const {
  outputFiles: [style],
} = await build({
  entryPoints: [fileURLToPath(new URL('studio/style.css', ROOT))],
  minify: true,
  charset: 'utf8',
  write: false,
});
/** @type {Record<string, string>} */
const parts = {
  STYLE: style.text,
  PRESETS: json(presets),
  KERNELS: json({ single: kernels('-single'), threaded: kernels('') }),
  WORKER: inScript(await bundled('studio/worker.ts')),
  SCRIPT: inScript(await bundled('studio/main.tsx')),
};
const page = read('studio/index.html').replaceAll(/\/\*([A-Z]+)\*\//g, (_, name) => parts[name] ?? '');
const bytes = new TextEncoder().encode(page).length;
if (bytes > LARGEST) throw new Error(`studio.html: expected at most ${LARGEST} bytes, got ${bytes}`);
writeFileSync(new URL('dist/studio.html', ROOT), page);
