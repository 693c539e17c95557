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
export function adviceOn({ code, codeFrame }: BotError): readonly string[] {
  switch (code) {
    case "NOT_GRANTED":
      return [
        "Grant it with --http <host> and --secret <name>, or under `grant` where a file says what it may have.",
      ];
    case "SETTINGS_REFUSED":
      return ["Set it with --set key=value, or under `settings` where a file says what is set."];
    default:
      return codeFrame === undefined ? [] : codeFrame.split("\n");
  }
}
