/** Closes every one of them, also those after one whose close() throws; the last error is thrown. */
export function closeAll([env, ...others]: readonly { close?(): void }[]): void {
  if (env === undefined) return;
  try {
    env.close?.();
  } finally {
    closeAll(others);
  }
}
