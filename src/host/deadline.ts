import type { World } from "../net/network.ts";

/** Waits for something, but no longer than so many milliseconds. */
export async function within({ clock }: World, ms: number, work: Promise<void>): Promise<void> {
  const deadline = Promise.withResolvers<void>();
  const timer = clock.schedule(ms, deadline.resolve);
  await Promise.race([work, deadline.promise]);
  timer.cancel();
}
