/** What the program exits with. The numbers are stable: scripts may rely on them. */
export const EXIT = {
  ok: 0,
  /** What was asked for did not happen: a scenario failed, a message reached nobody. */
  failed: 1,
  /** A scenario file, or a host's, has mistakes. */
  invalidScenario: 2,
  /** The command line makes no sense, or selects nothing. */
  usage: 3,
  /** The world did not let us: a port in use, a server that does not answer, an old Node.js. */
  environment: 4,
  /** A defect of udpchat. */
  internal: 5,
  /** `test --fail-on-flaky`: a scenario passed only when it was run again. 6 is reserved. */
  flaky: 7,
  /** `send`: the recipient is away, and the server keeps the message. */
  saved: 8,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
