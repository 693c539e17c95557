import type { RetransmissionPolicy } from "../../protocol/exchange.ts";

/**
 * How a message is transmitted to one who speaks v1. The original's clients show every copy and may be late by up to 3 s; its own
 * waits 2 s and sends once.
 */
export const V1_ACK_POLICY: RetransmissionPolicy = { firstWaitMs: 2_000, backoff: 1, attemptsMax: 1 };
