import { CommanderError } from "commander";
import { ClientError } from "../client/api.ts";
import { printable } from "../client/interactive/printable.ts";
import { messageOf } from "../host/error-message.ts";
import { NetworkError } from "../net/network.ts";
import { StoreError } from "../store/store-error.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { printNote } from "./terminal-output.ts";

/** Something the user should know instead of a result: one sentence, what to do about it, and an exit code. */
export class Complaint extends Error {
  override readonly name = "Complaint";
  readonly exitCode: ExitCode;
  /** Lines that say what to do. */
  readonly advice: readonly string[];

  constructor(
    exitCode: ExitCode,
    message: string,
    { advice = [], ...options }: ErrorOptions & { readonly advice?: readonly string[] } = {},
  ) {
    super(message, options);
    this.exitCode = exitCode;
    this.advice = advice;
  }
}

/** Tells the user what went wrong, on stderr. @returns what to exit with. */
export function complain(error: unknown, { debug }: { readonly debug: boolean }): ExitCode {
  // Commander has said what there is to say, and help that was asked for is no error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const complaint = error instanceof Complaint ? error : complaintAbout(error);
  printNote(`error: ${printable(complaint.message)}`);
  for (const line of complaint.advice) printNote(`  ${printable(line)}`);
  if (debug) printNote(stackOf(error));
  else if (complaint.exitCode === EXIT.internal) {
    printNote("  This is a defect of udpchat. For the stack trace, run it again with UDPCHAT_DEBUG=1.");
  }
  return complaint.exitCode;
}

function complaintAbout(error: unknown): Complaint {
  // Its message says what to do.
  if (error instanceof NetworkError) return new Complaint(EXIT.environment, error.message, { cause: error });
  if (error instanceof StoreError) return new Complaint(EXIT.environment, error.message, { cause: error });
  if (error instanceof ClientError) {
    const silent = error.code === "SERVER_NOT_RESPONDING";
    return new Complaint(silent ? EXIT.environment : EXIT.failed, error.message, { cause: error });
  }
  const message = messageOf(error);
  if (isOfTheWorld(error)) return new Complaint(EXIT.environment, message, { cause: error });
  return new Complaint(EXIT.internal, `unexpected: ${message}`, { cause: error });
}

/** What the system refuses to whoever asks: a folder for temporary files that is not there, a disk without room, too many open files. */
function isOfTheWorld(error: unknown): boolean {
  return (
    error instanceof Error && "syscall" in error && "code" in error && WORLD_CODES.has(String(error.code))
  );
}

const WORLD_CODES: ReadonlySet<string> = new Set(
  "ENOENT EACCES EPERM EROFS ENOSPC EDQUOT EMFILE ENFILE ENOMEM EIO".split(" "),
);

/** With the stacks of its causes. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? error.message;
  return error.cause === undefined ? stack : `${stack}\ncaused by ${stackOf(error.cause)}`;
}
