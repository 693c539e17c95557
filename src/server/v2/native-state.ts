import { stampOf } from "../../net/keys.ts";
import { RoundTripEstimate } from "../../protocol/round-trip.ts";
import type { NativeSession } from "../../store/chat-store.ts";

/** What the server knows of a client that speaks v2: what the store keeps, and what goes with the process. */
export interface NativeState extends NativeSession {
  /** Of the session: what it is told begins with it. */
  readonly stamp: string;
  readonly roundTrip: RoundTripEstimate;
  /** Version of the table up to which changes were pushed to it. */
  pushedVersion: number;
  /** How often that version was pushed. */
  pushes: number;
  /** And up to which it said that it has them. */
  ackedVersion: number;
  /** Before this its next `sync` is not answered. */
  nextSyncMs: number;
}

/** Of a client that has just registered, or that was known before the server started. */
export function nativeState(session: NativeSession, tableVersion = 0): NativeState {
  return {
    ...session,
    stamp: stampOf(session.session),
    roundTrip: new RoundTripEstimate(),
    pushedVersion: tableVersion,
    pushes: 0,
    ackedVersion: tableVersion,
    nextSyncMs: Number.NEGATIVE_INFINITY,
  };
}
