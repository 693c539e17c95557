/**
 * What a bot may have under way at once. Its sandbox holds to these bounds by itself and tells the author which one it is; the host holds
 * its process to the same ones, for a process beyond them is no longer a sandbox.
 */

/** Timers that wait, each of which costs the host one, too. */
export const TIMERS_MAX = 1_000;

/** Timers beside these that the sandbox's own runtime has, for the time that handlers may take. */
export const OWN_TIMERS_MAX = 16;

/** Messages that wait for their receipts. */
export const SENDS_MAX = 1_000;

/** Requests over HTTP. */
export const REQUESTS_MAX = 16;

/** What a handler or timer is called, and a place in the author's files; no path is longer on Linux (`PATH_MAX`). */
export const LABEL_CHARS_MAX = 4_096;
