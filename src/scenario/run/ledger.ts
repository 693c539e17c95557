/**
 * Everything a client saw since its socket was bound, in order, with times and marks of what a step
 * has consumed. Steps look at what came as well as at what comes: a message that was faster than the
 * step which expects it is not lost.
 */
import type { Contact } from "../../client/api.ts";
import type { EventPattern } from "../language/patterns.ts";
import type { Place } from "../language/place.ts";
import type { Observation } from "./observation.ts";
import { matches, sameKind } from "./pattern.ts";
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
  #unreadable: Error | undefined;

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

  /** From now on nobody can look at it: what came could not be read. */
  fail(reason: Error): void {
    this.#unreadable ??= reason;
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** @throws what {@link fail} was told. */
  throwIfUnreadable(): void {
    if (this.#unreadable !== undefined) throw this.#unreadable;
  }

  /** Calls at every new entry, until the returned function is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /**
   * Consumes, for each pattern, an event of its own: the oldest that fits. All of them, or none when one is not there yet.
   * Retransmitted copies of a text are passed over. Returns what was consumed, in the order of the patterns.
   *
   * @param from Index of the first entry that is looked at.
   */
  takeAll(patterns: readonly EventPattern[], by: Place, from = 0): readonly Entry[] | undefined {
    const candidates = this.#takeable(from);
    const found = assign(patterns, candidates);
    return found && this.#consume(found, by);
  }

  /**
   * Consumes the next events, which must be as the patterns say and in that order. Where another of their kinds comes
   * first, that one is returned as `instead`, and nothing is consumed.
   */
  takeNext(
    patterns: readonly EventPattern[],
    by: Place,
    from = 0,
  ): { readonly taken: readonly Entry[] } | { readonly instead: Entry } | undefined {
    const next = this.#takeable(from).filter(([{ seen }]) =>
      patterns.some((pattern) => sameKind(seen, pattern)),
    );
    for (const [index, pattern] of patterns.entries()) {
      const candidate = next[index];
      if (candidate === undefined) return undefined;
      if (!matches(candidate[0].seen, pattern)) return { instead: candidate[0] };
    }
    return { taken: this.#consume(next.slice(0, patterns.length), by) };
  }

  /** Entries that a step can consume, with their indices. */
  #takeable(from: number): readonly Indexed[] {
    this.throwIfUnreadable();
    return this.#entries.flatMap((entry, index): Indexed[] => {
      if (index < from || entry.consumedBy !== undefined || !CONSUMABLE.has(entry.seen.kind)) return [];
      return this.copy(entry) === "repeat" ? [] : [[entry, index]];
    });
  }

  #consume(found: readonly Indexed[], by: Place): readonly Entry[] {
    for (const [entry, index] of found) this.#entries[index] = { ...entry, consumedBy: by };
    return found.map(([entry]) => entry);
  }

  /** What no step has consumed, without the copies that a retransmission explains. */
  unconsumed(pattern: EventPattern, from = 0): readonly Entry[] {
    return this.matching(pattern, from).filter(({ consumedBy }) => consumedBy === undefined);
  }

  /** All that came, consumed or not, without the copies that a retransmission explains. */
  matching(pattern: EventPattern, from = 0): readonly Entry[] {
    this.throwIfUnreadable();
    return this.#entries.filter(
      (entry, index) => index >= from && matches(entry.seen, pattern) && !this.#excused(entry),
    );
  }

  /** Messages that nobody expected. */
  leftovers(): readonly Entry[] {
    return this.unconsumed({ kind: "message" });
  }

  /**
   * The table as it is for this client: the last one since it registered, or `undefined`. An earlier one is history, and so is
   * one before the entry `from`.
   */
  table(from = 0): readonly Contact[] | undefined {
    const index = this.#entries.findLastIndex(({ seen }) => seen.kind === "table" || NEW_LIFE.has(seen.kind));
    const seen = this.#entries[index]?.seen;
    return seen?.kind === "table" && index >= from ? seen.contacts : undefined;
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

type Indexed = readonly [entry: Entry, index: number];

/** What steps consume; the rest is there to be looked at. */
const CONSUMABLE: ReadonlySet<Observation["kind"]> = new Set([
  "message",
  "error",
  "notice",
  "line",
  "exit",
  "datagram",
]);

/**
 * Gives each pattern a candidate of its own, or `undefined` when that cannot be. Oldest first, and one that is asked for by
 * a second pattern is let go by the first where it finds another (augmenting paths).
 */
function assign(
  patterns: readonly EventPattern[],
  candidates: readonly Indexed[],
): readonly Indexed[] | undefined {
  const holder = new Map<Indexed, number>();
  const find = (pattern: number, tried: Set<Indexed>): boolean => {
    const asked = patterns[pattern];
    if (asked === undefined) return false;
    for (const candidate of candidates) {
      if (tried.has(candidate) || !matches(candidate[0].seen, asked)) continue;
      tried.add(candidate);
      const other = holder.get(candidate);
      if (other !== undefined && !find(other, tried)) continue;
      holder.set(candidate, pattern);
      return true;
    }
    return false;
  };
  if (!patterns.every((_, pattern) => find(pattern, new Set()))) return undefined;
  return [...holder].sort(([, a], [, b]) => a - b).map(([candidate]) => candidate);
}

/** After each of these a client knows nothing of the table. */
const NEW_LIFE: ReadonlySet<Observation["kind"]> = new Set(["registered", "deregistered", "closed"]);
