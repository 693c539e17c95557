/**
 * The delay that a clock should keep: what is past is now.
 *
 * @throws {TypeError} when it is not a finite number: such a timer would never or at once be due, depending on the clock.
 */
export function checkedDelayMs(delayMs: number): number {
  if (!Number.isFinite(delayMs)) throw new TypeError(`a delay of ${delayMs} ms`);
  return Math.max(0, delayMs);
}
