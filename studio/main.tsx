/** Entry of the page. */
import { render } from 'preact';
import { App } from './app.tsx';
import { Studio } from './studio.ts';

/** Milliseconds between two copies of the run in the browser's storage. */
const KEEP_MS = 30_000;

const root = document.getElementById('studio');
if (!root) throw new Error('page: expected an element studio, got none');
const studio = new Studio();
// For those who open the browser's console, and for tests.
Object.assign(globalThis, { maddpgStudio: studio });
render(<App studio={studio} />, root);

/** `maddpg studio RUN` puts the run's address here. */
const served = document.querySelector<HTMLMetaElement>('meta[name="run"]')?.content;
if (served === undefined) await studio.recall();
else await studio.load(await (await fetch(served)).blob());

setInterval(() => void studio.remember(), KEEP_MS);
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') void studio.remember();
});
document.addEventListener('dragover', (event) => {
  event.preventDefault();
});
document.addEventListener('drop', (event) => {
  event.preventDefault();
  const [file] = event.dataTransfer?.files ?? [];
  if (file) void studio.load(file);
});
window.addEventListener('hashchange', () => {
  studio.visit(location.hash);
});
