/** Page: a recording in one HTML file that makes no network requests. Other pages can embed its parts. */
import { readFileSync } from 'node:fs';
import { UserError } from '../core/user-error.ts';
import type { CameraName } from './camera.ts';
import type { Recording } from './recording.ts';
import { PLAYER_STYLE } from './style.ts';

/** Bytes that a page may have. */
const LARGEST = 3_000_000;

/** Bundled by `npm run build`. */
const SCRIPT = new URL('../../dist/player/page/bundle.js', import.meta.url);

export interface PageOptions {
  readonly camera?: CameraName;
}

interface ElementOptions extends PageOptions {
  /** It is the page's purpose: plays at once, and hears the keys that nobody else has. */
  readonly main?: boolean;
}

/**
 * What a page with players needs: `style` and `script` (a module) once, and an `element` for each recording. For an element
 * added when the page has loaded, call `maddpgPlayer.mount(element)`.
 */
export interface PlayerParts {
  readonly style: string;
  readonly script: string;
  readonly element: (recording: Recording, options?: ElementOptions) => string;
}

export function playerParts(): PlayerParts {
  return { style: PLAYER_STYLE, script: readFileSync(SCRIPT, 'utf8'), element: elementOf };
}

/** The page of a recording. @throws UserError if it is too large */
export function pageOf(recording: Recording, options: PageOptions = {}): string {
  const { style, script, element } = playerParts();
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(recording.env)} · maddpg replay</title>
<style>
body { margin: 0; background: light-dark(#fff, #161921); }
main { max-width: 1280px; margin: 0 auto; padding: 16px; }
${style}
</style>
<main>
${element(recording, { ...options, main: true })}
</main>
<script type="module">${script}</script>
</html>
`;
  const bytes = Buffer.byteLength(page);
  if (bytes > LARGEST)
    throw new UserError(
      `replay: expected a page of at most ${LARGEST / 1e6} MB, got ${(bytes / 1e6).toFixed(1)} MB; lower --episodes`,
    );
  return page;
}

function elementOf(recording: Recording, { camera = 'fixed', main = false }: ElementOptions = {}): string {
  // No text of a recording can end the script element.
  const json = JSON.stringify(recording).replaceAll('<', '\\u003c');
  const settings = `data-camera="${camera}"${main ? ' data-main' : ''}`;
  return `<div class="maddpg-player" ${settings}><script type="application/json">${json}</script></div>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
