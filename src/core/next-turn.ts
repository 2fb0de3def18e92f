/** The host's, where it has one. */
declare const setImmediate: ((act: () => void) => unknown) | undefined;

/** Resolves after pending timers, signals and messages have been handled: by setImmediate where the host has it. */
export const nextTurn: () => Promise<void> =
  typeof setImmediate === 'function'
    ? () =>
        new Promise((resolve) => {
          setImmediate(resolve);
        })
    : byMessage();

/** Browsers make nested timers wait for 4 ms, but not messages. */
function byMessage(): () => Promise<void> {
  const waiting: (() => void)[] = [];
  const { port1, port2 } = new MessageChannel();
  // Assigned, as the types of Node do not know it.
  Object.assign(port1, {
    onmessage: () => {
      waiting.shift()!();
    },
  });
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      port2.postMessage(null);
    });
}
