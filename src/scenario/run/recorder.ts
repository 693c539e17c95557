import { formatPlace } from "../../host/source-place.ts";
import type { NetChange } from "../../net/faults.ts";
import type { TraceEntry } from "../../net/trace.ts";
import { formatAddress } from "../../protocol/address.ts";
import type { Step } from "../language/actions.ts";
import type { Scenario } from "../language/model.ts";
import type { Ledger } from "./ledger.ts";
import type { DatagramLine, NetKind, ScenarioRun } from "./result.ts";
import { describeObservation, describeStep } from "./wording.ts";
import { describeDatagrams, payloadOf } from "./wording-of-datagrams.ts";

/** What is kept of the network for whoever looks at a failure; a multiple of what is shown, for some are left out. */
const TAIL_ENTRIES = 256;

/** More would fill the memory; what a viewer needs of such a run is its end. */
const LINES_MAX = 200_000;

/** Version of the format of traces, see `.github/TRACES.md`. It changes when a reader of the last would misunderstand. */
const TRACE_VERSION = 1;

/**
 * What happened in one run: the last datagrams always, and everything, as the lines of a trace, when that is asked for.
 * Times are milliseconds since the run began, on its clock, so equal runs have equal lines.
 */
export class Recorder {
  readonly #lines: string[] | undefined;
  #omitted = 0;
  #tail: TraceEntry[] = [];
  #frozen = false;
  /** Names of those from whom any datagram has come. */
  readonly #heard = new Set<string>();
  #originMs = 0;
  #nowMs: () => number = () => 0;

  /** @param options.whole whether all is kept, not only what a failure shows. */
  constructor({ whole }: { readonly whole: boolean }) {
    this.#lines = whole ? [] : undefined;
  }

  /** All that is kept, a line of JSON each; `undefined` when only the end is. */
  get lines(): readonly string[] | undefined {
    if (this.#lines === undefined || this.#omitted === 0) return this.#lines;
    const [head = "", ...rest] = this.#lines;
    return [head, JSON.stringify({ type: "omitted", lines: this.#omitted }), ...rest];
  }

  /** From here on time counts. */
  begin(scenario: Scenario, net: NetKind, seed: number, nowMs: () => number): void {
    this.#originMs = nowMs();
    this.#nowMs = nowMs;
    const { name, place } = scenario;
    this.#write("trace", { version: TRACE_VERSION, scenario: name, place: formatPlace(place), net, seed });
    if (scenario.net.links.length > 0) this.#fault({ kind: "faults", faults: scenario.net.links });
  }

  datagram(entry: TraceEntry): void {
    if (entry.kind === "delivered") this.#heard.add(entry.from.label);
    if (!this.#frozen) {
      this.#tail.push(entry);
      if (this.#tail.length >= 2 * TAIL_ENTRIES) this.#tail = this.#tail.slice(-TAIL_ENTRIES);
    }
    if (this.#lines === undefined) return;
    const { kind, from, to, bytes } = entry;
    this.#write("datagram", { kind, from: partyOf(from), to: partyOf(to), ...payloadOf(bytes) }, entry.atMs);
  }

  stepBegan(step: Step): void {
    if (this.#lines === undefined) return;
    if (step.verb === "net") this.#fault(step.change, step);
    if (step.verb === "fault") this.#fault({ kind: "exact", fault: step.fault }, step);
    this.#write("step", { phase: "began", ...stepOf(step) });
  }

  stepEnded(step: Step): void {
    if (this.#lines !== undefined) this.#write("step", { phase: "ended", ...stepOf(step) });
  }

  /** Writes down what comes into the ledger from now on. */
  follow(ledger: Ledger): void {
    if (this.#lines === undefined) return;
    let written = 0;
    ledger.watch(() => {
      for (const { nick, seen } of ledger.entries.slice(written)) {
        this.#write("event", { client: ledger.client, nick, text: describeObservation(seen), event: seen });
      }
      written = ledger.entries.length;
    });
  }

  /** The steps are over: what the network does from now on does not explain how they ended. */
  curtain(): void {
    this.#frozen = true;
  }

  end({ outcome, failures, traceHash }: Pick<ScenarioRun, "outcome" | "failures" | "traceHash">): void {
    for (const { kind, place, step, expected, found } of failures) {
      this.#write("failure", { kind, place: formatPlace(place), step, expected, found });
    }
    this.#write("end", { outcome, traceHash });
  }

  /** Whether any datagram of somebody's has reached anybody. */
  hasHeard(name: string): boolean {
    return this.#heard.has(name);
  }

  /** The last datagrams between these, by their names; of everybody when nobody is named. */
  lastDatagrams(names: ReadonlySet<string>): readonly DatagramLine[] {
    return describeDatagrams(this.#tail, names, this.#originMs);
  }

  #fault(change: NetChange, step?: Step): void {
    this.#write("fault", { change, ...(step && { place: formatPlace(step.place) }) });
  }

  #write(type: string, fields: object, atMs = this.#nowMs()): void {
    if (this.#lines === undefined) return;
    this.#lines.push(JSON.stringify({ type, atMs: rounded(atMs - this.#originMs), ...fields }));
    if (this.#lines.length < LINES_MAX) return;
    // In one go, for to take them out one by one would cost as much for each.
    const dropped = LINES_MAX / 2;
    this.#lines.splice(1, dropped);
    this.#omitted += dropped;
  }
}

function partyOf({ address, label }: TraceEntry["from"]): object {
  return { name: label, address: formatAddress(address) };
}

function stepOf(step: Step): object {
  const { verb, name, place } = step;
  return { verb, ...(name !== undefined && { name }), text: describeStep(step), place: formatPlace(place) };
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
