/** Entry of the page. */
import { render } from 'preact';
import { UserError } from '../src/browser.ts';
import { App } from './app.tsx';
import { filesBelow } from './dropped.ts';
import { Studio } from './studio.ts';

/** Milliseconds between two copies of the run in the browser's storage. */
const KEEP_MS = 30_000;

const root = document.getElementById('studio');
if (!root) throw new Error('page: expected an element studio, got none');
const studio = new Studio();
// For those who open the browser's console, and for tests.
Object.assign(globalThis, { maddpgStudio: studio });
render(<App studio={studio} />, root);

setInterval(() => void studio.remember(), KEEP_MS);
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') void studio.remember();
});
document.addEventListener('dragover', (event) => {
  event.preventDefault();
});
document.addEventListener('drop', (event) => {
  event.preventDefault();
  const [item] = event.dataTransfer?.items ?? [];
  const entry = item?.webkitGetAsEntry();
  const [file] = event.dataTransfer?.files ?? [];
  if (entry?.isDirectory) void studio.loadFolder(filesBelow(entry as FileSystemDirectoryEntry));
  else if (file) void studio.load(file.arrayBuffer());
});
window.addEventListener('hashchange', () => {
  studio.visit(location.hash);
});

/** `maddpg studio RUN` puts the run's address here. */
const served = document.querySelector<HTMLMetaElement>('meta[name="run"]')?.content;
if (served === undefined) await studio.recall();
else await studio.load(fetched(served));

/** The run at an address of the server. @throws UserError with what it says instead */
async function fetched(address: string): Promise<ArrayBuffer> {
  try {
    const response = await fetch(address);
    if (!response.ok) throw new UserError((await response.text()).trim());
    return await response.arrayBuffer();
  } catch (error) {
    // fetch throws TypeError if the server does not answer or breaks off.
    if (!(error instanceof TypeError)) throw error;
    throw new UserError(`${address}: expected an answer, got none; start maddpg studio again`, {
      cause: error,
    });
  }
}
