/** Ctrl+C and `kill`, as something that can be awaited. */
export interface Interruption extends Disposable {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal;
  /** Resolves at the first signal. */
  readonly happened: Promise<void>;
}

/**
 * Catches the first of these signals so that the program can end in order. The second one ends it at once, for
 * whoever does not want to wait.
 */
export function catchInterruption(signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM"]): Interruption {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  const release = () => {
    for (const signal of signals) process.off(signal, interrupt);
  };
  const interrupt = () => {
    release();
    controller.abort();
    resolve();
  };
  for (const signal of signals) process.on(signal, interrupt);
  return { signal: controller.signal, happened: promise, [Symbol.dispose]: release };
}
