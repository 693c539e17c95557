import type { Clock } from "../../net/network.ts";

export interface Wait<T> {
  /** Looks, at once and after each change; anything but `undefined` ends the wait. */
  readonly probe: () => T | undefined;
  /** Calls its argument at each change; returns what ends that. */
  readonly watch: (changed: () => void) => () => void;
  readonly clock: Clock;
  readonly withinMs: number;
  /** Default: nothing ends the wait early. */
  readonly signal?: AbortSignal;
}

/**
 * Waits for something to be seen. Resolves to it, or to `undefined` when the time is up.
 *
 * @throws the signal's reason when it aborts, and what `probe` throws.
 */
export function waitFor<T>({ probe, watch, clock, withinMs, signal }: Wait<T>): Promise<T | undefined> {
  signal?.throwIfAborted();
  const atOnce = probe();
  if (atOnce !== undefined) return Promise.resolve(atOnce);

  const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
  const timer = clock.schedule(withinMs, () => resolve(undefined));
  // Looking may take what it finds, so it ends with the first find, whatever else changes in the same turn.
  let found: T | undefined;
  const unwatch = watch(() => {
    try {
      found ??= probe();
    } catch (error) {
      // It is not the fault of who told of the change.
      reject(error);
    }
    if (found !== undefined) resolve(found);
  });
  const abort = () => reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  return promise.finally(() => {
    timer.cancel();
    unwatch();
    signal?.removeEventListener("abort", abort);
  });
}

/** Lets time pass on a clock. @throws the signal's reason when it aborts. */
export async function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await waitFor<never>({ probe: () => undefined, watch: () => () => {}, clock, withinMs: ms, signal });
}

/** Settles like the promise, or rejects with the signal's reason; the work behind the promise goes on all the same. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // Nobody may be left to hear of it.
  promise.catch(() => {});
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Resolves to whether the promise was settled in time; it never rejects. */
export function settlesWithin(clock: Clock, ms: number, promise: Promise<unknown>): Promise<boolean> {
  const { promise: answer, resolve } = Promise.withResolvers<boolean>();
  const timer = clock.schedule(ms, () => resolve(false));
  promise.then(
    () => resolve(true),
    () => resolve(true),
  );
  return answer.finally(() => timer.cancel());
}

/** Resolves to true as soon as the network was quiet for `quietMs`, to false when `maxMs` are over. */
export async function untilQuiet(
  network: {
    readonly clock: Clock;
    readonly busy: () => boolean;
    readonly lastDatagramMs: number | undefined;
  },
  {
    quietMs,
    maxMs,
    signal,
  }: { readonly quietMs: number; readonly maxMs: number; readonly signal: AbortSignal },
): Promise<boolean> {
  const { clock } = network;
  const beganMs = clock.nowMs();
  let busyUntilMs = beganMs;
  for (;;) {
    const nowMs = clock.nowMs();
    if (network.busy()) busyUntilMs = nowMs;
    const lastMs = Math.max(busyUntilMs, network.lastDatagramMs ?? beganMs);
    const quietForMs = nowMs - lastMs;
    if (quietForMs >= quietMs) return true;
    const leftMs = beganMs + maxMs - nowMs;
    if (leftMs <= 0) return false;
    const nextMs = Math.min(Math.max(1, quietMs - quietForMs), leftMs);
    await sleep(clock, nextMs, signal);
  }
}
