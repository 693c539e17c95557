/** What lines on a screen say about a request: whether it was granted, and what became of a message. */
import type { Receipt } from "../../client/api.ts";
import type { Showing } from "../language/driver/model.ts";
import type { Entry } from "../run/ledger.ts";
import type { CommandEnd } from "../run/participant.ts";

export const REGISTERED: ReadonlySet<Showing> = new Set([
  "registered",
  "refused",
  "mail",
  "table",
  "silent",
  "exiting",
]);
export const REGISTERED_FOR_SURE: ReadonlySet<Showing> = new Set([
  "registered",
  "refused",
  "silent",
  "exiting",
]);

export const DEREGISTERED: ReadonlySet<Showing> = new Set(["deregistered", "silent", "exiting"]);
export const SENT: ReadonlySet<Showing> = new Set(["delivered", "saved", "exists", "silent", "exiting"]);

export const REGISTRATION: Readonly<Partial<Record<Showing, CommandEnd["kind"]>>> = {
  registered: "ok",
  mail: "ok",
  table: "ok",
  refused: "refused",
  silent: "timeout",
  exiting: "timeout",
};

export const DEREGISTRATION: Readonly<Partial<Record<Showing, CommandEnd["kind"]>>> = {
  deregistered: "ok",
  silent: "timeout",
  exiting: "timeout",
};

export function endOf(
  answer: Entry | undefined,
  ends: Readonly<Partial<Record<Showing, CommandEnd["kind"]>>>,
): CommandEnd {
  if (answer === undefined) return { kind: "failed", detail: "its screen did not say what came of it" };
  const { seen } = answer;
  // Who ends without a word has at least had no answer.
  if (seen.kind === "exit") return { kind: "timeout", detail: "the program ended" };
  const kind = seen.kind === "line" && seen.shows !== undefined ? ends[seen.shows] : undefined;
  return { kind: kind ?? "failed", detail: seen.kind === "line" ? `it says ${seen.text}` : "" };
}

export function receiptOf(answer: Entry | undefined, tookMs: number): Receipt {
  const failed = (
    reason: "NO_ACKNOWLEDGEMENT" | "SERVER_NOT_RESPONDING" | "CLOSED",
    detail: string,
  ): Receipt => {
    return { kind: "failed", reason, detail, attempts: 1 };
  };
  if (answer === undefined) return failed("NO_ACKNOWLEDGEMENT", "its screen did not say what became of it");
  const { seen } = answer;
  if (seen.kind !== "line") return failed("CLOSED", "the program ended");
  switch (seen.shows) {
    case "delivered":
      return { kind: "delivered", roundTripMs: tookMs, attempts: 1 };
    case "saved":
      return { kind: "saved", attempts: 1 };
    case "exists":
      return failed("NO_ACKNOWLEDGEMENT", `it says ${seen.text}`);
    default:
      return failed("SERVER_NOT_RESPONDING", `it says ${seen.text}`);
  }
}
