import { BotError } from "../host/bot-error.ts";
import { Complaint } from "./complaint.ts";
import { EXIT } from "./exit-codes.ts";

/** `undefined` when it is not about the bot. */
export function complaintAboutBot(error: unknown): Complaint | undefined {
  if (!(error instanceof BotError)) return undefined;
  const exitCode = error.code === "SCRIPT_NOT_FOUND" ? EXIT.usage : EXIT.failed;
  return new Complaint(exitCode, error.message, { cause: error, advice: adviceOn(error) });
}

/** The author's line, or what its owner can do. */
export function adviceOn({ message, codeFrame }: BotError): readonly string[] {
  if (codeFrame !== undefined) return codeFrame.split("\n");
  if (message.includes("has not granted")) {
    return [
      "Grant it with --http <host> and --secret <name>, or under `grant` where a file says what it may have.",
    ];
  }
  if (/settings[.:]/.test(message)) {
    return ["Set it with --set key=value, or under `settings` where a file says what is set."];
  }
  return [];
}
