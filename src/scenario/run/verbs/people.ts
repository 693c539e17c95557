/** Clients come, go and write. */
import type { Receipt } from "../../../client/api.ts";
import { typed } from "../../language/read-step.ts";
import { expectationFailed, viewOf } from "../failures.ts";
import type { Ledger } from "../ledger.ts";
import type { CommandEnd } from "../participant.ts";
import type { Failure } from "../result.ts";
import type { Of, Scene } from "../scene.ts";
import { describeReceipt, describeStep } from "../wording.ts";

export async function register(
  step: Of<"register">,
  { cast, noteNick }: Scene,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const role = cast.client(step.client);
  if (step.as !== undefined) noteNick(step.as);
  const end = await role.register(step.as ?? step.client, signal);
  if (end.kind === "timeout" && step.result !== "timeout") {
    const absence = await cast.absenceOfServer();
    if (absence !== undefined) return { ...absence, place: step.place, step: describeStep(step) };
  }
  return ended(step, step.result, end, role.ledger);
}

export async function deregister(
  step: Of<"deregister">,
  { cast }: Scene,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const role = cast.client(step.client);
  return ended(step, "ok", await role.deregister(signal), role.ledger);
}

function ended(
  step: Of<"register"> | Of<"deregister">,
  asked: CommandEnd["kind"],
  end: CommandEnd,
  ledger: Ledger,
): Failure | undefined {
  if (end.kind === asked) return undefined;
  const expected = step.verb === "register" ? EXPECTED_END[step.result] : "the server confirms it";
  const found = end.kind === "ok" ? "it was registered" : end.detail;
  return expectationFailed(step, expected, [found], [viewOf(ledger)]);
}

const EXPECTED_END = {
  ok: "the server registers it",
  refused: "the server refuses it",
  timeout: "the server does not answer",
} as const;

export async function send(
  step: Of<"send">,
  { cast, inBackground, memory }: Scene,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const role = cast.client(step.from);
  const awaited = step.result !== undefined || step.captures.length > 0;
  const sending = role.send(step.to, step.text, step.place, signal, { awaited });
  if (!awaited) {
    // Who has no receipt of his own has sent it when it is typed.
    if (role.isEvidence) inBackground(sending);
    else await sending;
    return undefined;
  }
  const receipt = await sending;
  for (const { variable, field } of step.captures) memory.set(variable, typed(receiptField(receipt, field)));
  if (step.result === undefined || receipt.kind === step.result) return undefined;
  const recipient = cast.clients.get(step.to);
  const ledgers = [role, ...(recipient === undefined ? [] : [recipient])].map(({ ledger }) => viewOf(ledger));
  return expectationFailed(step, `the message is ${step.result}`, [describeReceipt(receipt)], ledgers);
}

/** What a receipt does not have is an empty text: why a message failed that did not fail. */
function receiptField(receipt: Receipt, field: string): string {
  switch (field) {
    case "attempts":
      return String(receipt.attempts);
    case "roundTripMs":
      return receipt.kind === "delivered" ? String(receipt.roundTripMs) : "";
    case "reason":
      return receipt.kind === "failed" ? receipt.reason : "";
    default:
      return receipt.kind;
  }
}
