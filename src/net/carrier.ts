import { DueQueue } from "./due-queue.ts";
import type { Copy, FaultPlan } from "./faults.ts";
import type { Party, Trace, TraceKind } from "./trace.ts";

/** A copy of a datagram on its way. */
export interface Flight {
  readonly from: Party;
  readonly to: Party;
  readonly bytes: Uint8Array;
}

/**
 * The way between endpoints: asks the plan for the fate of each datagram, and keeps every copy until it is due.
 *
 * Knows no socket and no clock. The caller reports `send`, and at `pollTimeout` takes out with `pollArrival`, until
 * nothing is left, what has arrived.
 */
export class Carrier {
  readonly #plan: FaultPlan;
  readonly #trace: Trace;
  readonly #latencyMs: number;
  readonly #flights = new DueQueue<Flight>();
  /** When the latest datagram in line on a link is due: none behind it may be earlier. */
  readonly #lineDueMs = new Map<string, number>();

  /** @param latencyMs One way, where no rule sets a delay. */
  constructor(plan: FaultPlan, trace: Trace, latencyMs: number) {
    this.#plan = plan;
    this.#trace = trace;
    this.#latencyMs = latencyMs;
  }

  get inFlight(): number {
    return this.#flights.size;
  }

  /** The bytes are copied: the caller may use them again. Returns how many copies are now under way. */
  send(from: Party, to: Party, bytes: Uint8Array, nowMs: number): number {
    const sent = new Uint8Array(bytes);
    const note = (kind: TraceKind, as: Uint8Array = sent): void =>
      this.#trace.add({ atMs: nowMs, kind, from, to, bytes: as });

    note("sent");
    const fate = this.#plan.fate(from.label, to.label, sent);
    if (fate.kind !== "carried") {
      note(fate.kind);
      return 0;
    }
    if (fate.copies.length > 1) note("duplicated");
    for (const copy of fate.copies) {
      if (copy.holdMs > 0) note("reordered");
      if (copy.corrupted) note("corrupted", copy.bytes);
      this.#flights.push(this.#dueMs(from, to, copy, nowMs), { from, to, bytes: copy.bytes });
    }
    return fate.copies.length;
  }

  /** When the next copy is due; `undefined` when none is on its way. */
  pollTimeout(): number | undefined {
    return this.#flights.nextDueMs;
  }

  /** The next copy that has arrived by now; `undefined` when none has. */
  pollArrival(nowMs: number): Flight | undefined {
    return this.#flights.pop(nowMs);
  }

  #dueMs(from: Party, to: Party, copy: Copy, nowMs: number): number {
    const link = `${from.label}->${to.label}`;
    const inLineMs = Math.max(nowMs + (copy.delayMs ?? this.#latencyMs), this.#lineDueMs.get(link) ?? 0);
    if (copy.holdMs > 0) return inLineMs + copy.holdMs;
    this.#lineDueMs.set(link, inLineMs);
    return inLineMs;
  }
}
