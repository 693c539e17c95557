import pino from "pino";

/** Lines that could not be written wait up to here; those after it are lost. */
const WAITING_CHARS_MAX = 1_048_576;

/**
 * Where logs go: stderr, at once, so that the last line before a crash is there. A disk that takes no more of them is no
 * reason to end: they wait, and are written with the first line that finds room.
 */
export function logDestination(): ReturnType<typeof pino.destination> {
  const destination = pino.destination({ dest: 2, sync: true, maxLength: WAITING_CHARS_MAX });
  destination.on("error", () => {});
  return destination;
}
