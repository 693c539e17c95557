import type { World } from "../../src/net/network.ts";
import { type Address, sameAddress } from "../../src/protocol/address.ts";
import { type Arrival, isSignedBy, stampOf, V2Key, type V2Record, V2Wire } from "./v2-wire.ts";

/** Nickname, address, port, online, dialect, key. */
export type PeerRow = readonly [
  nick: string,
  host: string,
  port: number,
  online: 0 | 1,
  dialect: 1 | 2,
  key: string,
];

/**
 * A client of udpchat/2, written from SPECIFICATION.md alone: it shares no code with the program's, so what both understand in
 * the same way is what the specification says.
 */
export class V2Peer implements AsyncDisposable {
  readonly nick: string;
  readonly server: Address;
  readonly wire: V2Wire;
  readonly key: V2Key;
  readonly epoch: number;
  session = "";
  #cookie = "";
  /** The session that ended last. */
  #farewell = "";
  /** What it shows, in order: `from: text`; of what a program wrote `from (auto): text`. */
  readonly screen: string[] = [];
  /** Mail that it acknowledged, copies too. */
  readonly mail: number[] = [];
  readonly table = new Map<string, { readonly row: PeerRow; readonly version: number }>();
  /** The version of the table that it has. */
  version = 0;
  /** False: it receives, and says nothing by itself. */
  talks = true;
  readonly #shown = new Map<string, Shown[]>();
  readonly #seqs = new Map<string, number>();
  readonly #queues = new Map<string, Promise<unknown>>();
  /** By recipient: written to by way of the server until a row of that version shows him online. */
  readonly #savingUntil = new Map<string, number>();
  readonly #insisting = new Set<string>();
  #syncing: Syncing | undefined;

  private constructor(nick: string, server: Address, wire: V2Wire, key: V2Key, epoch: number) {
    this.nick = nick;
    this.server = server;
    this.wire = wire;
    this.key = key;
    this.epoch = epoch;
    wire.onRecord = (from, record) => this.#handle(from, record);
    wire.isBelieved = (arrival) => this.#isBelieved(arrival);
  }

  /** Opens a port; nothing is sent before `register`. */
  static async open(
    nick: string,
    server: Address,
    world: World,
    options: { readonly key?: V2Key; readonly epoch?: number; readonly port?: number } = {},
  ): Promise<V2Peer> {
    const key = options.key ?? new V2Key(world.random.bytes(32));
    const epoch = options.epoch ?? Math.floor(world.random.next() * 2 ** 48);
    return new V2Peer(nick, server, await V2Wire.open(world, options.port), key, epoch);
  }

  /** Registered, with the table and all that comes of it. */
  static async registered(...args: Parameters<typeof V2Peer.open>): Promise<V2Peer> {
    const peer = await V2Peer.open(...args);
    const reply = await peer.register();
    if (reply?.[0] !== "registered")
      throw new Error(`${peer.nick} was not registered: ${JSON.stringify(reply)}`);
    await peer.synchronised();
    return peer;
  }

  /** Resolves once it has the table. */
  async synchronised(): Promise<void> {
    await this.#syncing?.done.promise;
  }

  get address(): Address {
    return this.wire.address;
  }

  /** What the server stamps its datagrams to it with. */
  get secrets(): Readonly<Record<string, string>> {
    return { session: this.session === "" ? this.#farewell : this.session, cookie: this.#cookie };
  }

  /** The reply: `registered` or `refused`. `undefined`: none came. */
  async register(): Promise<V2Record | undefined> {
    const challenge = await this.wire.ask(
      this.server,
      `reg ${this.nick} udpchat/2`,
      ([type]) => type === "challenge",
    );
    if (challenge === undefined) return undefined;
    const reply = await this.wire.ask(this.server, this.registration(String(challenge[1])), ([type]) =>
      ["registered", "refused"].includes(type),
    );
    if (reply?.[0] === "registered") {
      this.session = String(reply[1]);
      this.table.clear();
      this.version = 0;
      this.#sync();
    }
    return reply;
  }

  /** The record that answers a challenge. */
  registration(cookie: string): V2Record {
    this.#cookie = cookie;
    const signature = this.key.sign(`udpchat/2 register ${this.nick} ${cookie}`);
    return ["register", this.nick, cookie, this.key.publicKey, signature, this.epoch];
  }

  /** The flag that shows a recipient that an epoch is of this peer's. Default: the one that it has. */
  introduction(to: string, epoch = this.epoch): { readonly sig: string } {
    return { sig: this.key.sign(`udpchat/2 epoch ${this.nick} ${to} ${epoch}`) };
  }

  /** True when the server said goodbye. */
  async deregister(): Promise<boolean> {
    const { session } = this;
    this.#farewell = session;
    this.session = "";
    this.#endSync();
    const reply = await this.wire.ask(this.server, ["deregister", session], ([type]) => type === "bye");
    return reply !== undefined;
  }

  /** `delivered`, `saved`, a code of the server's, or `unanswered`; one text at a time to each. */
  send(to: string, text: string, flags: { readonly auto?: 1 } = {}): Promise<string> {
    const sent = (this.#queues.get(to) ?? Promise.resolve()).then(() => this.#send(to, text, flags));
    this.#queues.set(to, sent);
    return sent;
  }

  nextSeq(to: string): number {
    const seq = (this.#seqs.get(to) ?? 0) + 1;
    this.#seqs.set(to, seq);
    return seq;
  }

  async close(): Promise<void> {
    this.talks = false;
    await this.wire.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #send(to: string, text: string, flags: object): Promise<string> {
    const seq = this.nextSeq(to);
    if (!this.table.has(to)) {
      const reply = await this.wire.ask(this.server, ["lookup", this.session, to], ([type, detail, name]) =>
        type === "row" ? nickOf(detail) === to : type === "refused" && name === to,
      );
      if (reply === undefined) return "unanswered";
      if (reply[0] === "refused") return String(reply[1]);
      this.#takeRow(reply[1], this.version);
    }
    if (await this.#deliver(to, seq, text, flags)) return "delivered";
    for (let round = 0; round < 3; round += 1) {
      const insist = this.#insisting.has(to) ? [1] : [];
      const reply = await this.wire.ask(
        this.server,
        ["save", this.session, this.epoch, seq, to, flags, this.wire.clock.dateMs(), text, ...insist],
        (record) => isAbout(record, to, this.epoch, seq),
      );
      if (reply === undefined) return "unanswered";
      if (reply[0] === "refused") return String(reply[1]);
      if (reply[0] === "saved") {
        this.#savingUntil.set(to, Number(reply[4]));
        return "saved";
      }
      this.#savingUntil.delete(to);
      this.#takeRow(reply[3], this.version);
      if (await this.#deliver(to, seq, text, flags)) return "delivered";
      this.#insisting.add(to);
    }
    return "unanswered";
  }

  /** Straight to the recipient, if he is there. */
  async #deliver(to: string, seq: number, text: string, flags: object): Promise<boolean> {
    const { row, version } = this.table.get(to) ?? {};
    const savingUntil = this.#savingUntil.get(to);
    if (row === undefined || version === undefined || row[3] === 0 || this.#insisting.has(to)) return false;
    if (savingUntil !== undefined && version <= savingUntil) return false;
    this.#savingUntil.delete(to);
    const address = { host: row[1], port: row[2] };
    if (row[4] === 1) {
      this.wire.sendText(address, ` ${text}`);
      const ack = await this.wire.next(
        ([type, line], from) => type === "v1" && line === "ack" && sameAddress(from, address),
        2_000,
      );
      return ack !== undefined;
    }
    const reply = await this.wire.ask(
      address,
      ["message", this.epoch, seq, this.nick, to, { ...flags, ...this.introduction(to) }, text],
      ([type, epoch, last]) => type === "ack" && epoch === this.epoch && last === seq,
    );
    return reply !== undefined;
  }

  /** Of the server's only what knows the session, or the cookie of the registration. */
  #isBelieved({ from, records }: Arrival): boolean {
    const [type, stamp] = records[0] ?? [];
    if (!sameAddress(from, this.server) || type === "challenge" || type === "v1") return true;
    return (
      type === "for" &&
      [this.session, this.#farewell, this.#cookie].some((secret) => stampOf(secret) === stamp)
    );
  }

  #handle(from: Address, record: V2Record): void {
    if (!this.talks || this.session === "") return;
    if (sameAddress(from, this.server)) this.#handleServer(record);
    else if (record[0] === "message") this.#handleMessage(from, record);
    else if (record[0] === "v1" && record[1] !== "ack") this.#handleLine(from, String(record[1]));
  }

  #handleServer([type, ...fields]: V2Record): void {
    switch (type) {
      case "ping":
        this.wire.send(this.server, ["pong", this.session, this.version]);
        if (Number(fields[0]) > this.version) this.#sync();
        return;
      case "mail": {
        const [mailId, sender, , epoch, seq, flags, text] = fields;
        const shown = this.#shownOf(String(sender), Number(epoch));
        if (!shown.seqs.has(Number(seq))) this.#show(shown, Number(seq), String(sender), flags, String(text));
        this.mail.push(Number(mailId));
        this.wire.send(this.server, ["mail-ack", this.session, mailId]);
        return;
      }
      case "delta": {
        const [begin, end, rows] = fields;
        for (const row of rows as readonly unknown[]) this.#takeRow(row, Number(end));
        if (Number(begin) > this.version) {
          this.#sync();
        } else {
          this.version = Math.max(this.version, Number(end));
          this.wire.send(this.server, ["delta-ack", this.session, end]);
          // It asked for changes and gets them: what is still missing the next ping tells.
          if (this.#syncing?.cursor === 0 && this.version > 0) this.#endSync();
        }
        return;
      }
      case "table":
        this.#handleTable(fields);
        return;
      default:
    }
  }

  #handleTable([version, cursor, nextCursor, rows]: readonly unknown[]): void {
    for (const row of rows as readonly unknown[]) this.#takeRow(row, Number(version));
    const syncing = this.#syncing;
    if (syncing === undefined || syncing.cursor !== cursor) return;
    // What changes while the parts come is asked for again.
    if (syncing.cursor === 0) syncing.version = Number(version);
    syncing.cursor = Number(nextCursor);
    for (const row of rows as readonly unknown[]) syncing.nicks.add(nickOf(row));
    if (nextCursor !== 0) return;
    for (const [nick, known] of this.table) {
      if (!syncing.nicks.has(nick) && known.version <= syncing.version) this.table.delete(nick);
    }
    this.version = Math.max(this.version, syncing.version);
    this.#endSync();
  }

  /** Asks for what is missing until nothing is. */
  #sync(): void {
    if (this.#syncing !== undefined) return;
    const syncing: Syncing = { cursor: 0, version: 0, nicks: new Set(), done: Promise.withResolvers<void>() };
    this.#syncing = syncing;
    let asked = 0;
    const again = () => {
      if (this.#syncing !== syncing || !this.talks) return;
      if (asked === 60) return;
      asked += 1;
      this.wire.send(this.server, ["sync", this.session, this.version, syncing.cursor]);
      this.wire.clock.schedule(200, again);
    };
    again();
  }

  #endSync(): void {
    this.#syncing?.done.resolve();
    this.#syncing = undefined;
  }

  #takeRow(row: unknown, version: number): void {
    const nick = nickOf(row);
    const known = this.table.get(nick);
    if (nick === "" || nick === this.nick || (known !== undefined && known.version > version)) return;
    if ((row as readonly unknown[]).length === 1) this.table.delete(nick);
    else this.table.set(nick, { row: row as PeerRow, version });
    if (JSON.stringify(known?.row) !== JSON.stringify(row)) this.#insisting.delete(nick);
  }

  #handleMessage(from: Address, record: V2Record): void {
    const [, epoch, first, sender, to, flags, ...texts] = record;
    const row = this.table.get(String(sender))?.row;
    if (to !== this.nick || row === undefined || !sameAddress(from, { host: row[1], port: row[2] })) return;
    const isKnown = this.#shown.get(String(sender))?.some((shown) => shown.epoch === epoch) === true;
    const { sig } = flags as { readonly sig?: unknown };
    if (!isKnown && !isSignedBy(row[5], sig, `udpchat/2 epoch ${sender} ${to} ${epoch}`)) return;
    const shown = this.#shownOf(String(sender), Number(epoch));
    const last = Number(first) + texts.length - 1;
    if (last <= shown.highest && !shown.seqs.has(last)) return;
    for (const [i, text] of texts.entries()) {
      const seq = Number(first) + i;
      if (seq > shown.highest) this.#show(shown, seq, String(sender), flags, String(text));
    }
    this.wire.send(from, ["ack", epoch, last]);
  }

  #handleLine(from: Address, line: string): void {
    const sender = [...this.table.values()].find(({ row }) =>
      sameAddress(from, { host: row[1], port: row[2] }),
    )?.row;
    if (sender?.[4] !== 1) return;
    this.screen.push(`${sender[0]}: ${line.slice(1)}`);
    this.wire.sendText(from, "ack");
  }

  #shownOf(sender: string, epoch: number): Shown {
    const epochs = this.#shown.get(sender) ?? [];
    this.#shown.set(sender, epochs);
    const known = epochs.find((shown) => shown.epoch === epoch);
    if (known !== undefined) return known;
    const shown: Shown = { epoch, highest: 0, seqs: new Set() };
    epochs.push(shown);
    if (epochs.length > 8) epochs.shift();
    return shown;
  }

  #show(shown: Shown, seq: number, sender: string, flags: unknown, text: string): void {
    shown.seqs.add(seq);
    shown.highest = Math.max(shown.highest, seq);
    const isAuto = (flags as { readonly auto?: unknown }).auto === 1;
    this.screen.push(`${sender}${isAuto ? " (auto)" : ""}: ${text}`);
  }
}

/** The table on its way, in parts. */
interface Syncing {
  /** Of the first part that is missing. */
  cursor: number;
  /** Of the first part that came. */
  version: number;
  readonly nicks: Set<string>;
  readonly done: PromiseWithResolvers<void>;
}

/** What it has shown of one start of a sender. */
interface Shown {
  readonly epoch: number;
  highest: number;
  readonly seqs: Set<number>;
}

function nickOf(row: unknown): string {
  return Array.isArray(row) ? String(row[0]) : "";
}

/** A reply to the `save` of that text. */
function isAbout([type, ...fields]: V2Record, to: string, epoch: number, seq: number): boolean {
  switch (type) {
    case "saved":
      return fields[0] === to && fields[1] === epoch && fields[2] === seq;
    case "online":
      return fields[0] === epoch && fields[1] === seq && nickOf(fields[2]) === to;
    case "refused":
      return fields[2] === to && fields[3] === epoch && fields[4] === seq;
    default:
      return false;
  }
}
