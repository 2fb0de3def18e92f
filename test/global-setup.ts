/** Refuses to test an old build: worker threads, kernels and the command line load from dist/. */
import { fileURLToPath } from 'node:url';
import { staleness } from '../scripts/dist.js';

export default function refuseStaleBuild(): void {
  // `npm run generate` writes sources, without which a build may fail.
  if (process.env['npm_lifecycle_event'] === 'generate') return;
  const stale = staleness(fileURLToPath(new URL('..', import.meta.url)));
  if (stale === undefined) return;
  // Not thrown: vitest would bury the line under a stack trace.
  console.error(stale);
  process.exit(1);
}
