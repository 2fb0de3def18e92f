/** Folders that are dropped or chosen, as the zip that the page takes: a run directory, or one checkpoint of it. */
import { packRun, UserError } from '../src/browser.ts';

/** A file and its path, which starts with the name of the folder. */
export interface Located {
  readonly path: string;
  readonly file: Blob;
}

/** The folder of a checkpoint has this beside its weights. */
const MANIFEST = 'manifest.json';

/** The files of a folder as the zip of a run. A checkpoint becomes a run of its own, without metrics. */
export async function packedFolder(located: readonly Located[]): Promise<Uint8Array> {
  const visible = located.filter(({ path }) => !/(^|\/)\./.test(path));
  const name = visible[0]?.path.split('/')[0];
  if (name === undefined) throw new UserError('the folder: expected a run or a checkpoint, got no files');
  const files = new Map<string, Uint8Array>();
  for (const { path, file } of visible)
    files.set(path.slice(name.length + 1), new Uint8Array(await file.arrayBuffer()));
  if (!files.has(MANIFEST)) return packRun({ name, files });
  const checkpoint = [...files].map(([path, bytes]) => [`checkpoints/${name}/${path}`, bytes] as const);
  const latest = new TextEncoder().encode(`${name}\n`);
  const config = files.get('config.yaml');
  const run = new Map<string, Uint8Array>([...checkpoint, ['checkpoints/latest', latest]]);
  if (config) run.set('config.yaml', config);
  return packRun({ name: 'checkpoint', files: run });
}
