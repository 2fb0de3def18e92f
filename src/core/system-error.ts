/**
 * What the system's error codes mean, for messages. Where that depends on the operation, callers have wording of their own:
 * regular-file.ts for reading, output-file.ts for writing.
 */

import { shortened } from './described.ts';

interface Cause {
  /** Stands after "got". */
  readonly got: string;
  /** What the user can do. */
  readonly advice: string;
}

const SPACE = 'free some space';
const PERMISSION: Cause = { got: 'no permission', advice: 'change the permissions' };
const NO_FOLDER: Cause = { got: 'a file in place of a folder', advice: 'remove it' };

/** By Node's code. */
export const CAUSES: Readonly<Partial<Record<string, Cause>>> = {
  EACCES: PERMISSION,
  EDQUOT: { got: 'an exceeded disk quota', advice: SPACE },
  EEXIST: NO_FOLDER,
  EFBIG: { got: 'a file size limit (ulimit -f)', advice: 'raise the limit' },
  EIO: { got: 'an error of the device', advice: 'check the disk' },
  EISDIR: { got: 'a folder in place of a file', advice: 'remove it' },
  ELOOP: { got: 'a symbolic link that leads back to itself', advice: 'remove it' },
  EMFILE: { got: 'too many open files (ulimit -n)', advice: 'raise the limit' },
  ENAMETOOLONG: { got: 'a name that is too long', advice: 'shorten it' },
  ENFILE: { got: 'too many open files on this machine', advice: 'close some' },
  ENOENT: { got: 'no such file or folder', advice: 'put it back' },
  ENOSPC: { got: 'no space left on the device', advice: SPACE },
  ENOTDIR: NO_FOLDER,
  ENOTEMPTY: { got: 'a folder that something else writes to', advice: 'stop the other program' },
  EPERM: PERMISSION,
  EROFS: { got: 'a read-only file system', advice: 'make it writable' },
  ERR_INVALID_ARG_VALUE: { got: 'a name with a zero byte', advice: 'choose another' },
};

/**
 * Why the system refused, as messages show it after "got"; undefined for any other error. `own`: the caller's wording. Other codes
 * keep Node's: `EBUSY: resource busy or locked`.
 */
export function systemReason(
  error: unknown,
  own: Readonly<Partial<Record<string, string>>> = {},
): string | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string') return undefined;
  const words = own[code] ?? CAUSES[code]?.got;
  // Codes that begin with ERR_ are Node's own: of wrong arguments and the like, but for those of files.
  if (words !== undefined || !/^(?:E(?!RR_)|ERR_FS_)/.test(code)) return words;
  // Node's message is `CODE: description, call 'path'`.
  return message.split(', ')[0];
}

/** The fault of a path that cannot exist, which any command may meet first; undefined for any other error. */
export function pathFault(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = '', path } = error as NodeJS.ErrnoException;
  if (path === undefined || !['ELOOP', 'ENAMETOOLONG'].includes(code)) return undefined;
  const { got, advice } = CAUSES[code]!;
  return `${shortened(path)}: expected a file or folder, got ${got}; ${advice}`;
}
