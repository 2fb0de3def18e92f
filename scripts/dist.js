// Detects stale builds: worker threads, kernels and the CLI load from dist/ even in tests.
//
//   node scripts/dist.js begin   empties dist/ and records the hashes of its sources
//   node scripts/dist.js end     marks the build as complete
//   node scripts/dist.js check   exits with 1 and one line on standard error if dist/ is stale
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Build inputs besides those in FOLDERS. */
const SETTINGS = ['asconfig.json', 'tsconfig.build.json', 'tsconfig.json'];
const NOTE = 'dist/.sources.json';
const UNFINISHED = 'dist/.sources.unfinished.json';

/** Which files in a folder are sources: scripts that build, and configurations that the studio's page holds. */
const FOLDERS = {
  configs: /^(mpe|xuance)[/\\].*\.yaml$/,
  scripts: /^(kernels|studio)\.js$/,
  src: /\.(tsx?|css|html)$/,
  studio: /\.(tsx?|css|html)$/,
};

/**
 * SHA-256 of every source by path, except the Python server, which runs from src/.
 * @param {string} root folder of the project
 * @returns {Record<string, string>}
 */
function sourceHashes(root) {
  const sources = Object.entries(FOLDERS)
    .filter(([folder]) => existsSync(join(root, folder)))
    .flatMap(([folder, source]) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => source.test(name))
        .map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
    );
  return Object.fromEntries(
    [...sources.sort(), ...SETTINGS].map((path) => [
      path,
      createHash('sha256')
        .update(readFileSync(join(root, path)))
        .digest('hex'),
    ]),
  );
}

/**
 * Empties dist/. Hashes are taken before the build, so that changes during the build count.
 * @param {string} root
 */
export function beginBuild(root) {
  const hashes = sourceHashes(root);
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  mkdirSync(join(root, 'dist'));
  writeFileSync(join(root, UNFINISHED), JSON.stringify(hashes));
}

/** @param {string} root */
export function endBuild(root) {
  renameSync(join(root, UNFINISHED), join(root, NOTE));
}

/**
 * One line explaining why dist/ is stale; undefined if it is current.
 * @param {string} root
 * @returns {string | undefined}
 */
export function staleness(root) {
  const stale = (/** @type {string} */ got) =>
    `dist/: expected a build of the current sources, got ${got}; npm run build`;
  if (!existsSync(join(root, NOTE)))
    return stale(existsSync(join(root, UNFINISHED)) ? 'an incomplete one' : 'none');
  /** @type {Record<string, string>} */
  const built = JSON.parse(readFileSync(join(root, NOTE), 'utf8'));
  const present = sourceHashes(root);
  const changed = [...new Set([...Object.keys(present), ...Object.keys(built)])].filter(
    (path) => present[path] !== built[path],
  );
  const [first] = changed;
  if (first === undefined) return undefined;
  const how = !(first in present) ? 'was deleted' : !(first in built) ? 'was added' : 'changed';
  const others = changed.length > 1 ? ` (and ${changed.length - 1} more)` : '';
  return stale(`one from before ${first} ${how}${others}`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const [step] = process.argv.slice(2);
  if (step === 'begin') beginBuild(root);
  else if (step === 'end') endBuild(root);
  else if (step === 'check') {
    const stale = staleness(root);
    if (stale !== undefined) {
      console.error(stale);
      process.exitCode = 1;
    }
  } else throw new Error(`dist.js: expected begin, end or check, got ${step}`);
}
