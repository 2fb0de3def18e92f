/** Opens a file with the program that the desktop has for it. */
import { spawn } from 'node:child_process';
import { UserError } from '../core/user-error.ts';

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  // Not `cmd /c start`, for which & and % in a name mean something.
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Resolves when the program has started. Throws UserError if there is none. */
export async function openFile(file: string): Promise<void> {
  const [program, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  const child = spawn(program!, [...args, file], { stdio: 'ignore', detached: true });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => {
      const expected = `--open: expected a program that opens files (${program!}), got none; open ${file} by hand`;
      reject(new UserError(expected, { exitCode: 1, cause: error }));
    });
  });
  child.unref();
}
