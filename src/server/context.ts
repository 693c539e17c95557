import type { Address } from "../protocol/address.ts";
import type { Reply, Request } from "../protocol/packets.ts";
import { encodeReply } from "../protocol/v1/index.ts";
import type { ChatStore } from "../store/chat-store.ts";
import type { RefusalReason, ServerEvent } from "./api.ts";
import type { ServerLimits } from "./limits.ts";
import { type Client, type Presence, Registry } from "./registry.ts";
import { TableFeed } from "./table-feed.ts";
import { Turn } from "./turn.ts";

/** The time, on the clock that never goes back and on the one for people. */
export interface Instant {
  readonly nowMs: number;
  readonly dateMs: number;
}

/** What the parts of the server share: whom it knows, what it keeps, and how it answers. */
export class ServerContext {
  readonly store: ChatStore;
  readonly limits: ServerLimits;
  readonly registry = new Registry();
  readonly tables = new TableFeed(this.registry);
  readonly turn: Turn;
  /** Those with a deadline of their own. Only these are looked at when time passes. */
  readonly waiting = new Set<Client>();
  readonly #utcOffsetMs: () => number;
  #events: ServerEvent[] = [];
  #refusalBytesMax = Number.POSITIVE_INFINITY;

  constructor(store: ChatStore, limits: ServerLimits, utcOffsetMs: () => number) {
    this.store = store;
    this.limits = limits;
    this.turn = new Turn(store);
    this.#utcOffsetMs = utcOffsetMs;
    for (const client of store.clients()) this.registry.add(client);
    for (const { from, to, text, savedAtMs } of store.newestMail()) {
      const sender = this.registry.byNick(from);
      if (sender !== undefined) sender.latestSave = { to, text, when: { dateMs: savedAtMs } };
    }
  }

  /** How far local civil time is ahead of UTC. */
  utcOffsetMs(): number {
    return this.#utcOffsetMs();
  }

  /**
   * Begins an operation for somebody; if the store cannot keep what it writes, he is told so instead.
   *
   * @param options.refusalBytesMax what a refusal may have at the most. Default: as much as it needs.
   */
  begin(requester: Address, options: { readonly refusalBytesMax?: number } = {}): void {
    this.#refusalBytesMax = options.refusalBytesMax ?? Number.POSITIVE_INFINITY;
    const refusalBytesMax = this.#refusalBytesMax;
    this.turn.begin((error) =>
      refusal(`The server cannot save that now: ${error.code}`, refusalBytesMax).map((bytes) => ({
        to: requester,
        bytes,
      })),
    );
  }

  reply(to: Address, reply: Reply): void {
    this.turn.transmit(to, encodeReply(reply));
  }

  /** @param detail what the requester reads; `reason` is the stable word for logs and counters. */
  refuse(address: Address, request: Request["kind"], reason: RefusalReason, detail: string): void {
    this.turn.transmit(address, refusal(detail, this.#refusalBytesMax));
    this.report({ kind: "refused", request, reason, address });
  }

  /** Tells of it when the operation under way has been kept; what was taken back did not happen. */
  report(event: ServerEvent): void {
    this.turn.report(event);
  }

  /** Tells of it now. */
  publish(events: readonly ServerEvent[]): void {
    this.#events.push(...events);
  }

  takeEvents(): readonly ServerEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  setPresence(client: Client, presence: Presence): void {
    const { nick, address, presence: before } = client;
    this.registry.setPresence(client, presence);
    this.turn.write(
      (store) => store.putClient({ nick, address, online: presence === "online" }),
      () => this.registry.setPresence(client, before),
    );
  }
}

/** In full, or where that is too long in a word, or not at all. */
function refusal(detail: string, bytesMax: number): Uint8Array[] {
  for (const words of [detail, "Refused."]) {
    const datagrams = encodeReply({ kind: "refused", detail: words });
    if (datagrams.every(({ length }) => length <= bytesMax)) return datagrams;
  }
  return [];
}
