import type { Random } from "./network.ts";

/** 48 random bits, as a number: under them somebody counts his messages, and no start of a program draws the same twice. */
export function randomEpoch(random: Random): number {
  return random.bytes(6).reduce((number, byte) => number * 256 + byte, 0);
}
