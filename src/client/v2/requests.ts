import { GOODBYE_WAIT_MS_MAX } from "../../protocol/round-trip.ts";
import type { PacketId } from "../../protocol/v2/index.ts";
import type { SaveRequest } from "./outbox.ts";
import type { ServerExchanges } from "./server-exchanges.ts";

/** What happens when the server does not answer. */
export interface RequestsContext {
  silent(nowMs: number): void;
  /** The message to this recipient, or the question who he is, was not answered. */
  silentAbout(nick: string, nowMs: number): void;
  deregisterExpired(): void;
}

/** What a client asks of a v2 server, by what the answers name. Each `…Answered` is false when nothing was asked. */
export class Requests {
  readonly #exchanges: ServerExchanges;
  readonly #context: RequestsContext;

  constructor(exchanges: ServerExchanges, context: RequestsContext) {
    this.#exchanges = exchanges;
    this.#context = context;
  }

  save({ message, insist, onTransmit }: SaveRequest, nowMs: number): void {
    const { to, id, auto, sentAtMs, text } = message;
    this.#exchanges.add(
      saveKey(to, id),
      {
        packet: (session) => ({ kind: "save", session, id, to, auto, sentAtMs, text, insist }),
        onTransmit,
        onExpire: (atMs) => this.#expired(to, atMs),
      },
      nowMs,
    );
  }

  dropSave(to: string, id: PacketId): void {
    this.#exchanges.drop(saveKey(to, id));
  }

  saveAnswered(to: string, id: PacketId, nowMs: number): boolean {
    return this.#exchanges.settle(saveKey(to, id), nowMs);
  }

  lookUp(nick: string, nowMs: number): void {
    this.#exchanges.add(
      `lookup ${nick}`,
      {
        packet: (session) => ({ kind: "lookup", session, nick }),
        onExpire: (atMs) => this.#expired(nick, atMs),
      },
      nowMs,
    );
  }

  lookUpAnswered(nick: string, nowMs: number): boolean {
    return this.#exchanges.settle(`lookup ${nick}`, nowMs);
  }

  /** @param what gives what is missing at the time of each transmission. */
  sync(what: () => { readonly haveVersion: number; readonly cursor: number }, nowMs: number): void {
    this.#exchanges.add(
      "sync",
      {
        packet: (session) => ({ kind: "sync", session, ...what() }),
        onExpire: (atMs) => this.#context.silent(atMs),
      },
      nowMs,
    );
  }

  syncAnswered(nowMs: number): boolean {
    return this.#exchanges.settle("sync", nowMs);
  }

  /** Returns how to give it up. */
  deregister(nowMs: number): () => void {
    this.#exchanges.add(
      "deregister",
      {
        packet: (session) => ({ kind: "deregister", session }),
        waitMaxMs: GOODBYE_WAIT_MS_MAX,
        onExpire: (atMs) => {
          this.#context.silent(atMs);
          this.#context.deregisterExpired();
        },
      },
      nowMs,
    );
    return () => this.#exchanges.drop("deregister");
  }

  deregisterAnswered(nowMs: number): boolean {
    return this.#exchanges.settle("deregister", nowMs);
  }

  #expired(nick: string, atMs: number): void {
    this.#context.silent(atMs);
    this.#context.silentAbout(nick, atMs);
  }
}

function saveKey(to: string, { epoch, seq }: PacketId): string {
  return `save ${to} ${epoch} ${seq}`;
}
