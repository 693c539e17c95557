/** What a network does to datagrams on purpose: small rules, and the plan that decides by them. */
import { SeededRandom } from "./seeded-random.ts";

/** A link is `from->to` by the labels of endpoints; `*` stands for any. */
export interface Link {
  readonly from: string;
  readonly to: string;
}

/** Faults of one link, or of all links that match. A field left out is decided by the rules before. */
export interface LinkFaults {
  /** Both directions of `a--b` are two entries. */
  readonly link: Link;
  /** Fraction of datagrams that vanish, 0 to 1. Default 0. */
  readonly loss?: number;
  /** Fraction that arrives twice, 0 to 1. Default 0. */
  readonly duplicate?: number;
  /**
   * Fraction, 0 to 1, that steps out of line: held back by {@link REORDER_HOLD_MS} more, while what was sent
   * later goes past it. Nothing else lets one datagram of a link overtake another. Default 0.
   */
  readonly reorder?: number;
  /** Fraction in which one byte is changed, 0 to 1. An empty datagram stays as it is. Default 0. */
  readonly corrupt?: number;
  /** One-way latency, uniform in between. It never reorders a link: who drew less waits for those before. */
  readonly delayMs?: { readonly min: number; readonly max: number };
}

export type NetChange =
  /** Adds rules behind those there are; where several match a link, the latest decides, field by field. */
  | { readonly kind: "faults"; readonly faults: readonly LinkFaults[] }
  /**
   * Divides the network: only labels of the same group reach each other. All labels that no group names are one more
   * group together. Replaces the partition before. What is under way already still arrives.
   */
  | { readonly kind: "partition"; readonly groups: readonly (readonly string[])[] }
  /** Ends the partition. The faults of links stay as they are. */
  | { readonly kind: "heal" }
  /** Adds a fault that befalls certain datagrams and no others, counted from now. */
  | { readonly kind: "exact"; readonly fault: ExactFault };

/** A fault without dice: the `nth` datagram of a kind on these links, and so many after it. */
export interface ExactFault {
  readonly kind: "drop" | "delay" | "duplicate" | "corrupt";
  readonly links: readonly Link[];
  /** As the plan's `kindOf` names it; `undefined`: any. */
  readonly packet: string | undefined;
  /** From 1, counted over all these links together. */
  readonly nth: number;
  readonly times: number;
  /** Of `delay`: how much later. */
  readonly byMs: number;
}

/** Names what a datagram is for, where that can be told. */
export type KindOf = (from: string, to: string, bytes: Uint8Array) => string;

/** What happens to one datagram. */
export type Fate =
  | { readonly kind: "lost" }
  /** A partition lies between the two. */
  | { readonly kind: "cut" }
  /** It arrives, once or, when duplicated, twice. */
  | { readonly kind: "carried"; readonly copies: readonly [Copy, ...Copy[]] };

export interface Copy {
  /** One-way latency; `undefined` where no rule sets any. */
  readonly delayMs: number | undefined;
  /** Above 0 it is reordered: this much later than its delay says, and without holding up what follows. */
  readonly holdMs: number;
  readonly corrupted: boolean;
  readonly bytes: Uint8Array;
}

/** How long a reordered datagram is held back: long enough to be overtaken by a burst, short against a retry. */
export const REORDER_HOLD_MS = { min: 10, max: 100 } as const;

/**
 * Decides the fate of every datagram of a network.
 *
 * A decision by dice depends on the seed, the link, the kind of packet, and how many of that kind went before on that link: on
 * nothing else. So a timer that fires a little earlier, or more traffic on another link, changes no other fate; and a rule for
 * loss does not change which datagrams are duplicated.
 *
 * @example
 * const plan = new FaultPlan(7);
 * plan.apply({ kind: "faults", faults: [{ link: { from: "*", to: "server" }, loss: 0.2 }] });
 * plan.fate("alice", "server", bytes); // { kind: "lost" }, or what arrives
 */
export class FaultPlan {
  readonly seed: number;
  readonly #rules: LinkFaults[] = [];
  readonly #kindOf: KindOf;
  readonly #exact: { readonly fault: ExactFault; seen: number }[] = [];
  readonly #sentPerLink = new Map<string, number>();
  readonly #faultsPerLink = new Map<string, Faults>();
  #groupOf: ReadonlyMap<string, number> | undefined;

  /**
   * @param seed Any number. Default 0.
   * @param kindOf Default: all datagrams are of one kind.
   */
  constructor(seed = 0, kindOf: KindOf = () => "") {
    this.seed = seed;
    this.#kindOf = kindOf;
  }

  /** @throws {TypeError} when a fraction is not within 0 to 1, or a delay not a range of at least 0 ms. */
  apply(change: NetChange): void {
    switch (change.kind) {
      case "faults":
        for (const faults of change.faults) check(faults);
        this.#rules.push(...change.faults);
        this.#faultsPerLink.clear();
        break;
      case "partition":
        this.#groupOf = new Map(
          change.groups.flatMap((group, index) => group.map((label) => [label, index] as const)),
        );
        break;
      case "heal":
        this.#groupOf = undefined;
        break;
      case "exact":
        this.#exact.push({ fault: change.fault, seen: 0 });
        break;
    }
  }

  /** Decides for the next datagram from one label to another. Each call counts as a datagram sent. */
  fate(from: string, to: string, bytes: Uint8Array): Fate {
    const link = `${from}->${to}`;
    const kind = this.#kindOf(from, to, bytes);
    const line = kind === "" ? link : `${link} ${kind}`;
    const before = this.#sentPerLink.get(line) ?? 0;
    this.#sentPerLink.set(line, before + 1);
    const exact = this.#exactFaultOf(from, to, kind);
    if (this.#groupOf !== undefined && this.#groupOf.get(from) !== this.#groupOf.get(to)) {
      return { kind: "cut" };
    }
    const faults = this.#faultsOf(link, from, to);
    if (faults === NO_FAULTS && exact === undefined) {
      return { kind: "carried", copies: [{ delayMs: undefined, holdMs: 0, corrupted: false, bytes }] };
    }

    // Every die is thrown, used or not, so that one rule cannot shift the dice of another.
    const dice = new SeededRandom(this.seed, line, before);
    const lost = dice.next() < (faults.loss ?? 0);
    const duplicated = dice.next() < (faults.duplicate ?? 0);
    if (exact === undefined ? lost : exact.kind === "drop") return { kind: "lost" };
    const asked = exact?.kind === "corrupt" ? { ...faults, corrupt: 1 } : faults;
    const drawn = copyOf(bytes, asked, dice);
    const first = exact?.kind === "delay" ? { ...drawn, holdMs: drawn.holdMs + exact.byMs } : drawn;
    const twice = duplicated || exact?.kind === "duplicate";
    return { kind: "carried", copies: twice ? [first, copyOf(bytes, asked, dice)] : [first] };
  }

  /** Each exact fault counts for itself; of several that befall one datagram the first decides. */
  #exactFaultOf(from: string, to: string, kind: string): ExactFault | undefined {
    let befalls: ExactFault | undefined;
    for (const entry of this.#exact) {
      const { links, packet, nth, times } = entry.fault;
      if (packet !== undefined && packet !== kind) continue;
      if (!links.some((link) => covers(link, from, to))) continue;
      entry.seen += 1;
      if (entry.seen >= nth && entry.seen < nth + times) befalls ??= entry.fault;
    }
    return befalls;
  }

  #faultsOf(link: string, from: string, to: string): Faults {
    let faults = this.#faultsPerLink.get(link);
    if (faults === undefined) {
      const rules = this.#rules.filter((rule) => covers(rule.link, from, to));
      faults = rules.length === 0 ? NO_FAULTS : mergedFaults(rules);
      this.#faultsPerLink.set(link, faults);
    }
    return faults;
  }
}

type Faults = Omit<LinkFaults, "link">;

const NO_FAULTS: Faults = {};

function mergedFaults(rules: readonly LinkFaults[]): Faults {
  const merged: { -readonly [Field in keyof Faults]: Faults[Field] } = {};
  for (const { link: _, ...faults } of rules) Object.assign(merged, faults);
  return merged;
}

function covers(link: Link, from: string, to: string): boolean {
  return (link.from === "*" || link.from === from) && (link.to === "*" || link.to === to);
}

function copyOf(bytes: Uint8Array, faults: Faults, dice: SeededRandom): Copy {
  const delayDie = dice.next();
  const reorderDie = dice.next();
  const holdDie = dice.next();
  const corruptDie = dice.next();
  const indexDie = dice.next();
  const maskDie = dice.next();

  const { delayMs, reorder = 0, corrupt = 0 } = faults;
  const corrupted = corruptDie < corrupt && bytes.length > 0;
  return {
    delayMs: delayMs === undefined ? undefined : between(delayMs, delayDie),
    holdMs: reorderDie < reorder ? between(REORDER_HOLD_MS, holdDie) : 0,
    corrupted,
    bytes: corrupted ? withOneByteChanged(bytes, indexDie, maskDie) : bytes,
  };
}

function between({ min, max }: { readonly min: number; readonly max: number }, die: number): number {
  return min + die * (max - min);
}

function withOneByteChanged(bytes: Uint8Array, indexDie: number, maskDie: number): Uint8Array {
  const index = Math.floor(indexDie * bytes.length);
  const mask = 1 + Math.floor(maskDie * 255);
  return bytes.map((byte, i) => (i === index ? byte ^ mask : byte));
}

function check({ link, loss, duplicate, reorder, corrupt, delayMs }: LinkFaults): void {
  for (const [name, fraction] of Object.entries({ loss, duplicate, reorder, corrupt })) {
    if (fraction !== undefined && !(fraction >= 0 && fraction <= 1)) {
      throw new TypeError(`${name} of ${link.from}->${link.to} is ${fraction}, not a fraction from 0 to 1`);
    }
  }
  if (delayMs === undefined) return;
  const { min, max } = delayMs;
  if (!(min >= 0 && min <= max && max < Number.POSITIVE_INFINITY)) {
    throw new TypeError(`delayMs of ${link.from}->${link.to} is ${min} to ${max}, not a range from 0 up`);
  }
}
