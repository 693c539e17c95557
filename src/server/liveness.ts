import { Exchange, type RetransmissionPolicy } from "../protocol/exchange.ts";
import type { ServerContext } from "./context.ts";
import type { Client } from "./registry.ts";
import { COPY_MS, V1MailDelivery } from "./v1/mail-delivery.ts";
import { V2MailDelivery } from "./v2/mail-delivery.ts";

/**
 * Who is there: pings those who were silent for long, asks after those whose presence matters now, shows offline who
 * does not answer, and hands over saved messages before it shows somebody online.
 */
export class Liveness {
  readonly #context: ServerContext;
  /**
   * When to look for silent clients; everybody known from an earlier run is looked for first of all, and what that run
   * was handing over is handed over again.
   */
  #patrolMs: number | undefined;

  constructor(context: ServerContext) {
    this.#context = context;
    if (context.registry.online.size > 0) this.#patrolMs = Number.NEGATIVE_INFINITY;
    for (const client of context.registry.online) {
      if (context.store.mailboxSize(client.nick).messages > 0) this.welcome(client, Number.NEGATIVE_INFINITY);
    }
  }

  /** Asks whether a client that is online answers. The question is put to it at most once at a time. */
  ask(client: Client, nowMs: number, question: Client["questions"][number]): void {
    if (client.questions.length === 0) client.probe = new Exchange(URGENT_POLICY, nowMs);
    client.questions.push(question);
    this.#context.waiting.add(client);
  }

  /** Something came from a client that is online or had vanished. */
  handleHeard(client: Client, nowMs: number): void {
    client.heardMs = nowMs;
    this.#patrolMs ??= nowMs + this.#context.limits.heartbeatMs;
    // Nobody waits for the answer to a patrol's ping, and whatever comes says as much.
    if (client.presence === "online" && client.questions.length === 0) client.probe = undefined;
    if (client.presence !== "vanished") return;
    const { nick, address } = client;
    this.#context.setPresence(client, "online");
    this.#context.report({ kind: "registered", nick, address, outcome: "back" });
    this.welcome(client, nowMs);
  }

  /** Something came from a v2 client that nobody else could have sent: whoever asks after it has his answer. */
  handleProof(client: Client, nowMs: number): void {
    if (client.presence === "offline") return;
    this.handleHeard(client, nowMs);
    client.probe = undefined;
    this.#answer(client, true, nowMs);
  }

  /** A v1 client says yes to what it was asked last. */
  handleAck(client: Client, nowMs: number): void {
    client.probe = undefined;
    const mail = client.mail?.dialect === 1 ? client.mail : undefined;
    mail?.handleAck();
    this.#answer(client, true, nowMs);

    const delivered = mail?.confirmed;
    if (delivered === undefined) return;
    const ids = delivered.map(({ id }) => id);
    this.#forgetMail(client, ids, nowMs);
    client.mailBatchMax = mail?.batchMax ?? client.mailBatchMax;
    this.welcome(client, nowMs, nowMs + COPY_MS);
  }

  /** A v2 client has a message that was kept for it. */
  handleMailAck(client: Client, mailId: number, nowMs: number): void {
    const { mail } = client;
    if (mail?.dialect !== 2 || !mail.handleAck(mailId, nowMs)) return;
    this.#forgetMail(client, [mailId], nowMs);
    if (this.#context.store.mailboxSize(client.nick).messages === 0) this.welcome(client, nowMs);
  }

  handleTimeout(nowMs: number): void {
    for (const client of [...this.#context.waiting]) {
      this.#context.turn.begin();
      client.mail?.handleTimeout(nowMs);
      client.probe?.handleTimeout(nowMs);
      if (client.mail?.unanswered === true || client.probe?.expired === true) this.#vanish(client, nowMs);
    }
    if (this.#patrolMs !== undefined && nowMs >= this.#patrolMs) this.#patrol(nowMs);
  }

  pollTimeout(): number | undefined {
    let earliestMs = this.#patrolMs ?? Number.POSITIVE_INFINITY;
    for (const { mail, probe } of this.#context.waiting) {
      const mailMs = mail?.pollTimeout() ?? Number.POSITIVE_INFINITY;
      const probeMs = probe?.pollTimeout() ?? Number.POSITIVE_INFINITY;
      earliestMs = Math.min(earliestMs, mailMs, probeMs);
    }
    return earliestMs === Number.POSITIVE_INFINITY ? undefined : earliestMs;
  }

  /** Sends what is due: notices, saved messages, pings. */
  poll(nowMs: number): void {
    const { waiting, turn } = this.#context;
    for (const client of waiting) {
      turn.begin();
      turn.transmit(client.address, client.mail?.pollTransmit(nowMs) ?? []);
      if (client.probe?.pollTransmit(nowMs) === true) this.#ping(client);
      if (client.mail === undefined && client.probe === undefined) waiting.delete(client);
    }
  }

  /** First the saved messages, then, for all to see, the table. */
  welcome(client: Client, nowMs: number, mailAtMs = nowMs): void {
    const { store, tables } = this.#context;
    client.mail = undefined;
    client.announced = store.mailboxSize(client.nick).messages === 0;
    tables.v2.touch(client, nowMs);
    if (client.announced) {
      tables.changed(client, nowMs);
      tables.send(client, nowMs);
    } else {
      this.#beginHandOver(client, mailAtMs);
    }
  }

  /** A message was kept for a client that is online: it gets it now. */
  handOver(client: Client, nowMs: number): void {
    if (client.mail !== undefined) return;
    // In v1 nobody may overtake what is handed over, so the client is shown to nobody meanwhile.
    if (client.native === undefined) this.welcome(client, nowMs);
    else this.#beginHandOver(client, nowMs);
  }

  /** A v2 client registers again: what was sent to it before it knew that it is registered it has ignored. */
  handleRepeat(client: Client, nowMs: number): void {
    this.handleProof(client, nowMs);
    if (client.mail?.dialect === 2) client.mail.restart(nowMs);
  }

  #beginHandOver(client: Client, atMs: number): void {
    const { store, waiting, random } = this.#context;
    const load = (countMax: number) => store.mailFor(client.nick, countMax);
    client.mail =
      client.native === undefined
        ? new V1MailDelivery(load, client.mailBatchMax, () => this.#context.utcOffsetMs(), atMs)
        : new V2MailDelivery(load, client.native.stamp, client.native.roundTrip, () => random.next(), atMs);
    waiting.add(client);
  }

  #forgetMail(client: Client, ids: readonly number[], nowMs: number): void {
    this.#context.turn.write(
      (store) => store.removeMail(client.nick, ids),
      // Handed over again at once it would be acknowledged again, and so on for as long as the disk is full.
      () => this.#beginHandOver(client, nowMs + KEPT_AGAINST_WILL_MS),
    );
    this.#context.report({ kind: "mail-delivered", to: client.nick, count: ids.length });
  }

  #ping(client: Client): void {
    const { tables } = this.#context;
    if (client.native !== undefined) {
      this.#context.tell(client.address, client.native.stamp, {
        kind: "ping",
        tableVersion: tables.v2.versions.version,
      });
    } else if (client.mail === undefined && !tables.isSending(client)) {
      // Between saved messages or rows it would be taken for one of them; their own answers tell as much.
      this.#context.reply(client.address, { kind: "ping" });
    }
  }

  /** It said goodbye, or another has its address. */
  leave(client: Client, nowMs: number): void {
    this.#endSession(client);
    this.#context.setPresence(client, "offline");
    this.#context.tables.changed(client, nowMs);
    this.#stop(client, nowMs);
  }

  /** If it is there after all it hears that nobody knows its session, and registers again. */
  #endSession(client: Client): void {
    const { registry, turn } = this.#context;
    const { native } = client;
    if (native === undefined) return;
    registry.setNative(client, { ...native, session: "" });
    turn.write(
      () => {},
      () => registry.setNative(client, native),
    );
  }

  /** Forgets what was under way with a client that is not online any more, and tells those who asked after it. */
  #stop(client: Client, nowMs: number): void {
    client.mail = undefined;
    client.probe = undefined;
    this.#context.tables.forget(client);
    this.#answer(client, false, nowMs);
  }

  #answer(client: Client, alive: boolean, nowMs: number): void {
    const { questions } = client;
    client.questions = [];
    for (const question of questions) question(alive, nowMs);
  }

  #vanish(client: Client, nowMs: number): void {
    this.#context.setPresence(client, "vanished");
    this.#context.report({ kind: "vanished", nick: client.nick, address: client.address });
    // First: who asked after it is told in which version of the table it is away.
    this.#context.tables.changed(client, nowMs);
    this.#stop(client, nowMs);
  }

  #patrol(nowMs: number): void {
    const { registry, limits, waiting } = this.#context;
    let nextMs = nowMs + limits.heartbeatMs;
    for (const client of registry.online) {
      if (client.mail !== undefined || client.probe !== undefined) continue;
      const dueMs = client.heardMs + limits.heartbeatMs;
      if (dueMs > nowMs) {
        nextMs = Math.min(nextMs, dueMs);
      } else {
        client.probe = new Exchange(PATROL_POLICY, nowMs);
        waiting.add(client);
      }
    }
    this.#patrolMs = registry.online.size === 0 ? undefined : Math.max(nextMs, nowMs + PATROL_GAP_MS);
  }
}

/** A few pings over at most 2 s: a v1 newcomer who wants the nickname gives up after 3 s. */
const URGENT_POLICY: RetransmissionPolicy = { firstWaitMs: 500, backoff: 1, attemptsMax: 4 };

/** Nobody waits for it, and the original's clients answer up to 3 s late. */
const PATROL_POLICY: RetransmissionPolicy = { firstWaitMs: 4_000, backoff: 1, attemptsMax: 3 };

const PATROL_GAP_MS = 1_000;

/** Acknowledged messages that the store could not forget are handed over again after so long; a v1 client shows them again. */
const KEPT_AGAINST_WILL_MS = 10_000;
