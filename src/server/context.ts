import type { Random } from "../net/network.ts";
import { randomEpoch } from "../net/random-epoch.ts";
import type { Address } from "../protocol/address.ts";
import { encodeReply } from "../protocol/v1/index.ts";
import type { Reply, Request } from "../protocol/v1/packets.ts";
import { encodeStamped, type ServerPacket } from "../protocol/v2/index.ts";
import type { ChatStore, SavedId, StoredClient } from "../store/chat-store.ts";
import type { RefusalReason, ServerEvent } from "./api.ts";
import type { ServerLimits } from "./limits.ts";
import { type Client, type Presence, Registry } from "./registry.ts";
import type { ServerEntries } from "./server-entries.ts";
import { Tables } from "./tables.ts";
import { Turn } from "./turn.ts";

/** What the parts of the server share: whom it knows, what it keeps, and how it answers. */
export class ServerContext {
  readonly store: ChatStore;
  readonly limits: ServerLimits;
  readonly registry = new Registry();
  readonly tables: Tables;
  readonly random: Random;
  readonly turn: Turn;
  /** Those with a deadline of their own. Only these are looked at when time passes. */
  readonly waiting = new Set<Client>();
  readonly #utcOffsetMs: () => number;
  #events: ServerEvent[] = [];
  #refusalBytesMax = Number.POSITIVE_INFINITY;
  /** In the ids of messages that come without one. */
  readonly #epoch: number;
  #lastSeq = 0;

  constructor(store: ChatStore, limits: ServerLimits, random: Random, utcOffsetMs: () => number) {
    this.store = store;
    this.limits = limits;
    this.turn = new Turn(store);
    this.random = random;
    this.#epoch = randomEpoch(random);
    this.#utcOffsetMs = utcOffsetMs;
    for (const client of store.clients()) this.registry.add(client);
    for (const { from, to, text, savedAtMs } of store.newestMail()) {
      const sender = this.registry.byNick(from);
      if (sender !== undefined) sender.latestSave = { to, text, when: { dateMs: savedAtMs } };
    }
    this.tables = new Tables(this.registry, store);
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

  /** An id for a message that came in v1, so that its recipient, if he speaks v2, can tell copies of it. */
  newMessageId(): SavedId {
    this.#lastSeq += 1;
    return { epoch: this.#epoch, seq: this.#lastSeq };
  }

  /** In v2. @param stamp of the session or the cookie that the receiver has sent; see `Stamp`. */
  tell(to: Address, stamp: string, packet: ServerPacket): void {
    this.turn.transmit(to, encodeStamped(stamp, [packet]));
  }

  /** In v1. */
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

  /** See {@link ServerEntries}; `rates` are not of this. */
  get entries(): Omit<ServerEntries, "rates"> {
    let questions = this.waiting.size;
    for (const client of this.registry.all()) {
      questions += client.questions.length + client.saving.size + (client.newcomer === undefined ? 0 : 1);
      if (!this.waiting.has(client)) {
        questions += (client.mail === undefined ? 0 : 1) + (client.probe === undefined ? 0 : 1);
      }
    }
    return { ...this.registry.entries, ...this.tables.entries, questions };
  }

  setPresence(client: Client, presence: Presence): void {
    const { presence: before } = client;
    this.registry.setPresence(client, presence);
    this.turn.write(
      (store) => store.putClient(storedClient(client)),
      () => this.registry.setPresence(client, before),
    );
  }
}

function storedClient({ nick, address, presence, native }: Client): StoredClient {
  const stored = { nick, address, online: presence === "online" };
  if (native === undefined) return stored;
  const { publicKey, session, epoch } = native;
  return { ...stored, native: { publicKey, session, epoch } };
}

/** In full, or where that is too long in a word, or not at all. */
function refusal(detail: string, bytesMax: number): Uint8Array[] {
  for (const words of [detail, "Refused."]) {
    const datagrams = encodeReply({ kind: "refused", detail: words });
    if (datagrams.every(({ length }) => length <= bytesMax)) return datagrams;
  }
  return [];
}
