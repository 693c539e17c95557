/** How many entries the maps, sets and queues of a server hold, by what they are of: what grows without an end shows here. */
export interface ServerEntries {
  /** At most `nicksMax`; as many as the store has. */
  readonly nicknames: number;
  /** Where they were last: at most one for each nickname. */
  readonly addresses: number;
  /** At most one for each nickname. */
  readonly sessions: number;
  /** Addresses whose rate is remembered: at most `addressesMax`, and those that were quiet for a second are forgotten. */
  readonly rates: number;
  /** Clients of which an answer is awaited, and what others want to know of them or have kept for them. None at rest. */
  readonly questions: number;
  /** Tables, or changes of them, that are due to somebody or not acknowledged yet. None at rest. */
  readonly tables: number;
  /** Of the table: rows, changes that are remembered, and changes to be told of. A fixed number of changes at the most. */
  readonly versions: number;
}
