import { createHash } from "node:crypto";
import { type Address, formatAddress } from "../protocol/address.ts";

/** One thing that happened to one datagram, in the order in which it happened. */
export interface TraceEntry {
  /** On the worlds' clock. */
  readonly atMs: number;
  readonly kind: TraceKind;
  readonly from: Party;
  readonly to: Party;
  /** As sent; of `corrupted` and what comes after it as changed. */
  readonly bytes: Uint8Array;
}

/**
 * `sent` comes first. Then `lost` or `cut` (by a partition) end it, or `duplicated`, `reordered` and `corrupted` say
 * what befalls it on the way, and each copy ends as `delivered` or, where nobody listens, as `unreachable`. The real
 * network tells of no `unreachable`, and of what it loses by itself nothing at all.
 */
export type TraceKind =
  | "sent"
  | "lost"
  | "cut"
  | "duplicated"
  | "reordered"
  | "corrupted"
  | "delivered"
  | "unreachable";

export interface Party {
  readonly address: Address;
  /** The name of the world that the endpoint is bound in; where nobody is bound, the address as text. */
  readonly label: string;
}

/** Keeps no entries: passes each on, and sums all up in a hash by which two runs can be compared. */
export class Trace {
  readonly #onEntry: (entry: TraceEntry) => void;
  readonly #sum = createHash("sha256");
  #lastMs: number | undefined;

  constructor(onEntry: (entry: TraceEntry) => void = () => {}) {
    this.#onEntry = onEntry;
  }

  /** When the last entry was made. */
  get lastMs(): number | undefined {
    return this.#lastMs;
  }

  /** 16 hexadecimal digits over all entries so far. */
  get hash(): string {
    return this.#sum.copy().digest("hex").slice(0, 16);
  }

  add(entry: TraceEntry): void {
    this.#lastMs = entry.atMs;
    const head = [
      entry.atMs,
      entry.kind,
      ...partyFields(entry.from),
      ...partyFields(entry.to),
      entry.bytes.length,
    ];
    this.#sum.update(JSON.stringify(head)).update(entry.bytes);
    this.#onEntry(entry);
  }
}

function partyFields({ address, label }: Party): readonly string[] {
  return [label, formatAddress(address)];
}
