/** Permissions do not stop root, as whom containers run tests. */

/** Runs `act` as a user whom permissions stop. */
export function unprivileged<T>(act: () => T): T {
  if (process.geteuid?.() !== 0) return act();
  process.seteuid!(65534);
  try {
    return act();
  } finally {
    process.seteuid!(0);
  }
}
