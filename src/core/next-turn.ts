/** Resolves after pending timers, signals and messages have been handled: setImmediate where the host has it. */
export const nextTurn: () => Promise<void> =
  typeof setImmediate === 'function'
    ? () =>
        new Promise((resolve) => {
          setImmediate(resolve);
        })
    : () =>
        new Promise((resolve) => {
          setTimeout(resolve);
        });
