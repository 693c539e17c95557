/** What the rows of the journal's tables say. */
import type { Delivery, StoredReply, TraceLine } from "./journal.ts";

type Row = Record<string, unknown>;

export function deliveryOf(row: Row): Delivery {
  const head = {
    id: Number(row["id"]),
    bot: String(row["bot"]),
    receivedAtMs: Number(row["received_at_ms"]),
    attempts: Number(row["attempts"]),
  };
  const sender = String(row["sender"]);
  const text = String(row["text"]);
  const sentAtMs = Number(row["sent_at_ms"]);
  if (row["kind"] === "timer")
    return { ...head, kind: "timer", timer: { id: sender, dueMs: sentAtMs, data: text } };
  const wireId = row["wire_id"] === null ? undefined : String(row["wire_id"]);
  const message = {
    from: sender,
    text,
    sentAtMs,
    saved: row["saved"] === 1,
    auto: row["auto"] === 1,
    wireId,
  };
  return { ...head, kind: "message", message };
}

export function replyOf(row: Row): StoredReply {
  return {
    delivery: Number(row["delivery"]),
    ordinal: Number(row["ordinal"]),
    to: String(row["recipient"]),
    text: String(row["text"]),
    wireId: row["wire_id"] === null ? undefined : String(row["wire_id"]),
    receipt: row["receipt"] === null ? undefined : String(row["receipt"]),
  };
}

export function readTrace(json: unknown): readonly TraceLine[] {
  return typeof json === "string" ? (JSON.parse(json) as readonly TraceLine[]) : [];
}
