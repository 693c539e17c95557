/** What a server has done since it started. All figures only grow. */
export interface ServerCounts {
  readonly datagramsReceived: number;
  readonly bytesReceived: number;
  readonly datagramsSent: number;
  readonly bytesSent: number;
  readonly registrations: number;
  readonly deregistrations: number;
  /** Clients that did not answer any more. */
  readonly vanished: number;
  readonly messagesSaved: number;
  /** Saved messages whose arrival was confirmed. */
  readonly messagesDelivered: number;
  /** Requests refused, by request and reason. */
  readonly refused: ReadonlyMap<string, number>;
  /** Datagrams not acted on, by reason. */
  readonly dropped: ReadonlyMap<string, number>;
  /** Errors of the store and the network, by code. */
  readonly faults: ReadonlyMap<string, number>;
}
