import { Exchange, type RetransmissionPolicy } from "../protocol/exchange.ts";
import type { ServerContext } from "./context.ts";
import { COPY_MS, MailDelivery } from "./mail-delivery.ts";
import type { Client } from "./registry.ts";

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

  handleAck(client: Client, nowMs: number): void {
    const { store, turn } = this.#context;
    client.probe = undefined;
    client.mail?.handleAck();
    this.#answer(client, true, nowMs);

    const delivered = client.mail?.confirmed;
    if (delivered === undefined) return;
    const ids = delivered.map(({ id }) => id);
    turn.write(
      () => store.removeMail(client.nick, ids),
      () => {},
    );
    client.mailBatchMax = client.mail?.batchMax ?? client.mailBatchMax;
    this.#context.report({ kind: "mail-delivered", to: client.nick, count: ids.length });
    this.welcome(client, nowMs, nowMs + COPY_MS);
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
    const { waiting, turn, tables } = this.#context;
    for (const client of waiting) {
      turn.begin();
      for (const reply of client.mail?.pollTransmit(nowMs) ?? []) this.#context.reply(client.address, reply);
      // A ping between saved messages or rows would be taken for one of them; their own answers tell as much.
      const canPing = client.mail === undefined && !tables.isSending(client);
      if (client.probe?.pollTransmit(nowMs) === true && canPing)
        this.#context.reply(client.address, { kind: "ping" });
      if (client.mail === undefined && client.probe === undefined) waiting.delete(client);
    }
  }

  /** First the saved messages, then, for all to see, the table. */
  welcome(client: Client, nowMs: number, mailAtMs = nowMs): void {
    const { store, tables, waiting } = this.#context;
    client.mail = undefined;
    client.announced = store.mailboxSize(client.nick).messages === 0;
    if (client.announced) {
      tables.markAll(nowMs, { changed: true });
      tables.mark(client, nowMs);
    } else {
      client.mail = new MailDelivery(
        (countMax) => store.mailFor(client.nick, countMax),
        client.mailBatchMax,
        () => this.#context.utcOffsetMs(),
        mailAtMs,
      );
      waiting.add(client);
    }
  }

  /** Forgets what was under way with a client that is not online any more, and tells those who asked after it. */
  stop(client: Client, nowMs: number): void {
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
    this.stop(client, nowMs);
    this.#context.tables.markAll(nowMs, { changed: true });
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

/** A few pings over at most 2 s: a newcomer who wants the nickname gives up after 3 s. */
const URGENT_POLICY: RetransmissionPolicy = { firstWaitMs: 500, backoff: 1, attemptsMax: 4 };

/** Nobody waits for it, and the original's clients answer up to 3 s late. */
const PATROL_POLICY: RetransmissionPolicy = { firstWaitMs: 4_000, backoff: 1, attemptsMax: 3 };

const PATROL_GAP_MS = 1_000;
