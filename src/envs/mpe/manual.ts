/**
 * The manual's page of a scenario: the head comment of its file, read from the program's own folder, so that
 * page and code cannot part. The blank line after the comment makes the compiler keep it.
 */
import { readFileSync } from 'node:fs';

/** The page of a scenario, without the comment's stars; lines end in '\n'. */
export function manualOf(id: string): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const source = readFileSync(new URL(`./scenarios/${id}.${extension}`, import.meta.url), 'utf8');
  const page = /^\/\*\*\n((?: \*.*\n)+?) \*\/\n/.exec(source)?.[1];
  if (page === undefined) throw new Error(`${id}.${extension}: expected a head comment`);
  return page.replace(/^ \* ?/gm, '');
}
