import { MAILBOX_BYTES_MAX, MAILBOX_MESSAGES_MAX, V1_TABLE_ROWS_MAX } from "../protocol/limits.ts";

/** Every bound that the operator of a server can move. The command line has a flag for each. */
export interface ServerLimits {
  /** Nicknames known at once. Each costs every online client a row of the table. */
  readonly nicksMax: number;
  /** Messages kept for one nickname, so that nobody can fill the disk. */
  readonly mailboxMessagesMax: number;
  /** UTF-8 bytes of text kept for one nickname. */
  readonly mailboxBytesMax: number;
  /**
   * Datagrams a second from one registered address: far above what a person or a bot needs. One counts as many as it holds requests, and
   * at least once for each 1,200 bytes of it.
   */
  readonly clientRatePerSecond: number;
  /**
   * Datagrams a second from an address that has not registered, and registrations from any: enough to register, too few to be a
   * burden.
   */
  readonly strangerRatePerSecond: number;
  /** Addresses whose rates are remembered; beyond it the one that was quiet longest is forgotten. */
  readonly addressesMax: number;
  /** A client that was silent for so long, in milliseconds, is pinged. */
  readonly heartbeatMs: number;
}

/** Whose address is not known to be his own draws at most so many times the bytes that he sent (RFC 9000 §8.1). */
export const AMPLIFICATION_MAX = 3;

export const DEFAULT_LIMITS: ServerLimits = {
  nicksMax: V1_TABLE_ROWS_MAX,
  mailboxMessagesMax: MAILBOX_MESSAGES_MAX,
  mailboxBytesMax: MAILBOX_BYTES_MAX,
  clientRatePerSecond: 5_000,
  strangerRatePerSecond: 20,
  addressesMax: 10_000,
  heartbeatMs: 15_000,
};
