/** Closes all environments, even if one close() throws, and rethrows the last error. */
export function closeAll([env, ...others]: readonly { close?(): void }[]): void {
  if (env === undefined) return;
  try {
    env.close?.();
  } finally {
    closeAll(others);
  }
}
