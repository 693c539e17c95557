import type { Receipt } from "../client/api.ts";
import type { Explanation } from "../store/journal.ts";
import type { Letter } from "./control/protocol.ts";
import { EventIds } from "./event-ids.ts";

/** A delivery and its way, as an operator is shown it. */
export function letterOf(
  bot: string,
  nick: string,
  { delivery, state, endedAtMs, trace, replies }: Explanation,
): Letter {
  const { id, receivedAtMs, attempts } = delivery;
  const content =
    delivery.kind === "message"
      ? { from: delivery.message.from, text: delivery.message.text, sentAtMs: delivery.message.sentAtMs }
      : { from: `the timer ${delivery.timer.id}`, text: delivery.timer.data, sentAtMs: delivery.timer.dueMs };
  return {
    id: new EventIds(nick).of(id),
    bot,
    kind: delivery.kind,
    state,
    ...content,
    receivedAtMs,
    attempts,
    trace,
    ...(endedAtMs !== undefined && { endedAtMs }),
    replies: replies.map(({ to, text, receipt }) => ({ to, text, receipt: receiptText(receipt) })),
  };
}

function receiptText(json: string | undefined): string {
  if (json === undefined) return "under way";
  const receipt = JSON.parse(json) as Receipt;
  if (receipt.kind === "delivered") return `delivered in ${receipt.roundTripMs.toFixed(1)} ms`;
  return receipt.kind === "saved" ? "saved by the server" : `failed: ${receipt.detail}`;
}
