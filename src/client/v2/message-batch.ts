import { TEXTS_PER_MESSAGE_MAX, V2_DATAGRAM_BYTES_GOAL } from "../../protocol/limits.ts";
import { CHECKSUM_BYTES } from "../../protocol/v2/index.ts";
import type { OutgoingMessage } from "../session.ts";

/** How many of the first messages to one recipient fit one datagram: of one kind, counted without a gap. */
export function countTogether(messages: readonly OutgoingMessage[]): number {
  const [first] = messages;
  if (first === undefined) return 0;
  if (messages.length === 1) return 1;
  let sizeBytes = HEAD_BYTES + CHECKSUM_BYTES;
  let count = 0;
  for (const { id, auto, text } of messages) {
    sizeBytes += encoder.encode(JSON.stringify(text)).length + 1;
    const follows = id.epoch === first.id.epoch && id.seq === first.id.seq + count;
    if (count > 0 && (!follows || auto !== first.auto || sizeBytes > V2_DATAGRAM_BYTES_GOAL)) break;
    count += 1;
    if (count === TEXTS_PER_MESSAGE_MAX) break;
  }
  return count;
}

const encoder = new TextEncoder();

/** What a message record needs besides its texts, with a signature and nicknames of usual length. */
const HEAD_BYTES = 240;
