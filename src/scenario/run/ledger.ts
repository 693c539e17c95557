/**
 * Everything a client saw since its socket was bound, in order, with times and marks of what a step
 * has consumed. Steps look at what came as well as at what comes: a message that was faster than the
 * step which expects it is not lost.
 */
import type { Contact } from "../../client/api.ts";
import type { EventPattern, Place } from "../language/model.ts";
import type { Observation } from "./observation.ts";
import { matches } from "./pattern.ts";
import type { Copy, SentLog } from "./sent.ts";

export interface Entry {
  /** Milliseconds since the scenario began, on its clock. */
  readonly atMs: number;
  /** The nickname under which the client saw it. */
  readonly nick: string;
  readonly seen: Observation;
  /** Of a message: which copy of its text it is, from 1. */
  readonly ordinal: number;
  /** The step that took it. */
  readonly consumedBy: Place | undefined;
}

export class Ledger {
  /** The client's name in the scenario. */
  readonly client: string;
  readonly #sent: SentLog;
  readonly #nowMs: () => number;
  readonly #entries: Entry[] = [];
  readonly #watchers = new Set<() => void>();

  constructor(client: string, sent: SentLog, nowMs: () => number) {
    this.client = client;
    this.#sent = sent;
    this.#nowMs = nowMs;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  record(nick: string, seen: Observation): void {
    const ordinal = seen.kind === "message" ? this.#copies(nick, seen.from, seen.text) + 1 : 1;
    this.#entries.push({ atMs: this.#nowMs(), nick, seen, ordinal, consumedBy: undefined });
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Calls at every new entry, until the returned function is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Consumes the oldest match. Retransmitted copies of a text are passed over. */
  take(pattern: EventPattern, by: Place): Entry | undefined {
    const index = this.#entries.findIndex(
      (entry) =>
        entry.consumedBy === undefined && matches(entry.seen, pattern) && this.copy(entry) !== "repeat",
    );
    const entry = this.#entries[index];
    if (entry !== undefined) this.#entries[index] = { ...entry, consumedBy: by };
    return entry;
  }

  /** What no step has consumed, without the copies that a retransmission explains. */
  unconsumed(pattern: EventPattern): readonly Entry[] {
    return this.#entries.filter(
      (entry) => entry.consumedBy === undefined && matches(entry.seen, pattern) && !this.#excused(entry),
    );
  }

  /** How many came in all, consumed or not, without the copies that a retransmission explains. */
  count(pattern: EventPattern): number {
    return this.#entries.filter((entry) => matches(entry.seen, pattern) && !this.#excused(entry)).length;
  }

  /** Messages that nobody expected. */
  leftovers(): readonly Entry[] {
    return this.unconsumed({ kind: "message" });
  }

  /** The table as it is for this client: the last one since it registered, or `undefined`. An earlier one is history. */
  table(): readonly Contact[] | undefined {
    const last = this.#entries.findLast(({ seen }) => seen.kind === "table" || NEW_LIFE.has(seen.kind));
    return last?.seen.kind === "table" ? last.seen.contacts : undefined;
  }

  /** What kind of copy a message is; anything else is an `original`. */
  copy({ seen, nick, ordinal }: Entry): Copy {
    return seen.kind === "message" ? this.#sent.classify(seen.from, nick, seen.text, ordinal) : "original";
  }

  #excused(entry: Entry): boolean {
    const copy = this.copy(entry);
    return copy === "repeat" || copy === "doubtful";
  }

  #copies(nick: string, from: string, text: string): number {
    return this.#entries.filter(
      ({ nick: at, seen }) =>
        at === nick && seen.kind === "message" && seen.from === from && seen.text === text,
    ).length;
  }
}

/** After each of these a client knows nothing of the table. */
const NEW_LIFE: ReadonlySet<Observation["kind"]> = new Set(["registered", "deregistered", "closed"]);
