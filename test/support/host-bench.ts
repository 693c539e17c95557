/** An inbox, replies and a journal in virtual time, with a process and a client that do what the test says. */
import type { ChatClient, Receipt, SendOptions } from "../../src/client/api.ts";
import { Inbox } from "../../src/host/inbox.ts";
import { Replies } from "../../src/host/replies.ts";
import type { Clock } from "../../src/net/network.ts";
import { Simulation } from "../../src/net/sim/simulation.ts";
import type { Rate } from "../../src/protocol/token-bucket.ts";
import type { Delivery } from "../../src/store/journal.ts";
import { SqliteJournal } from "../../src/store/sqlite-journal.ts";

export class HostBench {
  readonly clock: Clock;
  readonly journal = new SqliteJournal(undefined).bot("bot");
  /** Texts, or ids of timers, as they were handed out; with the number of the attempt where it is not the first. */
  readonly handed: string[] = [];
  readonly dead: string[] = [];
  readonly floods: (readonly [sender: string, leftOut: number, notice: boolean])[] = [];
  inbox: Inbox;
  #lastWireId = 0;

  constructor({
    flood = { burst: 1_000, perSecond: 1_000 },
    clock = new Simulation({ seed: 1 }).world("bot").clock,
  }: { readonly flood?: Rate; readonly clock?: Clock } = {}) {
    this.clock = clock;
    this.inbox = this.newInbox(flood);
  }

  /** As a host that was started again on the same journal. */
  newInbox(flood = { burst: 1_000, perSecond: 1_000 }): Inbox {
    this.inbox = new Inbox({
      nick: "bot",
      journal: this.journal,
      clock: this.clock,
      flood,
      dispatch: (delivery) => {
        this.handed.push(labelOf(delivery) + (delivery.attempts > 0 ? ` (${delivery.attempts + 1})` : ""));
      },
      onDead: (delivery) => this.dead.push(labelOf(delivery)),
      onFlood: (sender, leftOut, notice) => this.floods.push([sender, leftOut, notice]),
    });
    return this.inbox;
  }

  say(text: string, from = "alice"): void {
    this.#lastWireId += 1;
    const id = String(this.#lastWireId);
    this.inbox.take({ kind: "message", from, text, saved: false, auto: false, sentAtMs: 0, id });
  }

  /** The handlers of these are done. */
  finish(...texts: readonly string[]): void {
    const ids = texts.map((text) => this.idOf(text));
    this.journal.finish(ids, [], 0);
    this.inbox.finished(ids);
  }

  idOf(text: string): number {
    const delivery = this.journal.waiting().find((waiting) => labelOf(waiting) === text);
    if (delivery === undefined) throw new Error(`${text} does not wait`);
    return delivery.id;
  }

  newReplies(output = { burst: 1_000, perSecond: 1_000 }): Replies {
    return new Replies({ journal: this.journal, clock: this.clock, output });
  }
}

function labelOf(delivery: Delivery): string {
  return delivery.kind === "message" ? delivery.message.text : delivery.timer.id;
}

/** A client that notes what it is to send, and answers when it is told to. */
export class SendingClient {
  readonly sent: (readonly [text: string, seq: number | undefined])[] = [];
  readonly #answers: ((receipt: Receipt) => void)[] = [];
  #seq: number;

  constructor(firstSeq = 1) {
    this.#seq = firstSeq;
  }

  get client(): ChatClient {
    const part = {
      newMessageId: () => ({ epoch: 1, seq: this.#seq++ }),
      send: (_to: string, text: string, { id }: SendOptions = {}) => {
        this.sent.push([text, id?.seq]);
        return new Promise<Receipt>((resolve) => this.#answers.push(resolve));
      },
    };
    return part as unknown as ChatClient;
  }

  answer(receipt: Receipt = { kind: "delivered", roundTripMs: 1, attempts: 1 }): void {
    for (const resolve of this.#answers.splice(0)) resolve(receipt);
  }
}
