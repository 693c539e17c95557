import type { World } from "../../src/net/network.ts";
import { type Address, formatAddress } from "../../src/protocol/address.ts";
import { formatCtime } from "../../src/protocol/v1/ctime.ts";
import { BlockingSocket, type TextDatagram } from "./blocking-socket.ts";

interface Entry {
  address: Address;
  online: boolean;
}

/**
 * The original's server as it behaves on the wire, written from the facts: one loop that blocks 0.5 s in each `send` and
 * up to 4 s in each delivery of mail, sends the whole table to everybody after nearly everything, and dies of
 * what the original dies of.
 */
export class OriginalServer implements AsyncDisposable {
  readonly #socket: BlockingSocket;
  readonly #clock: World["clock"];
  readonly #clients = new Map<string, Entry>();
  readonly #saved = new Map<
    string,
    { readonly from: string; readonly time: string; readonly text: string }[]
  >();
  #known = 0;
  #closed = false;
  /** What it died of. */
  death: string | undefined;

  private constructor(socket: BlockingSocket, clock: World["clock"]) {
    this.#socket = socket;
    this.#clock = clock;
  }

  static async start(world: World, port = 0): Promise<OriginalServer> {
    const server = new OriginalServer(await BlockingSocket.open(world, port), world.clock);
    void server.#serve();
    return server;
  }

  get address(): Address {
    return this.#socket.address;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#socket.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serve(): Promise<void> {
    while (!this.#closed && this.death === undefined) {
      const datagram = await this.#socket.recvfrom();
      if (datagram !== undefined) await this.#handle(datagram);
    }
    await this.#socket.close();
  }

  async #handle({ from, text }: TextDatagram): Promise<void> {
    const words = text.trim().split(/\s+/);
    const [command, nick] = words.length > 1 ? words : [];
    let tables = true;
    if (command === "dereg" && nick !== undefined) {
      this.#clients.set(nick, { address: from, online: false });
      this.#socket.sendto(">>> [You are Offline. Bye.]\n>>>", from);
    } else if (command === "reg" && nick !== undefined) {
      tables = await this.#register(nick, from);
    } else if (command === "send" && nick !== undefined) {
      tables = await this.#send(nick, text, from);
    }
    if (tables && this.death === undefined) this.#sendTables();
  }

  async #register(nick: string, from: Address): Promise<boolean> {
    const known = this.#clients.get(nick);
    if (known?.online === true) {
      const refusal = ">>> [Welcome, You have not been registered. Username is already connected.]\n>>>";
      this.#socket.sendto(refusal, from);
      return false;
    }
    this.#clients.set(nick, { address: from, online: true });
    if (known === undefined) {
      this.#known += 1;
      this.#socket.sendto(">>> [Welcome, You are registered.]\n>>>", from);
      return true;
    }
    this.#socket.sendto(">>> [Welcome back]\n>>>", from);
    const mail = this.#saved.get(nick);
    if (mail === undefined) return true;
    this.#socket.sendto("[You have messages.]\n", from);
    // Whoever speaks now gets the mail.
    const answer = await this.#socket.recvfrom(4_000);
    if (answer === undefined) return false;
    this.#socket.sendto(String(mail.length), answer.from);
    for (const { from: sender, time, text } of mail)
      this.#socket.sendto(`${sender}: ${time} ${text}`, answer.from);
    this.#saved.delete(nick);
    return true;
  }

  async #send(nick: string, line: string, from: Address): Promise<boolean> {
    const recipient = this.#clients.get(nick);
    if (recipient === undefined) {
      this.death = `send to ${nick}, who is unknown`;
      return false;
    }
    if (recipient.online) this.#socket.sendto("ping", recipient.address);
    // It waits in any case, and takes whatever comes for the answer.
    const answer = await this.#socket.recvfrom(500);
    const there = answer === undefined ? false : recipient.online || answer.text.includes("ack");
    if (there) {
      this.death = `send to ${nick}, who answered the ping`;
      return false;
    }
    const sender = [...this.#clients].findLast(([, { address }]) => address.port === from.port)?.[0];
    if (sender === undefined) {
      this.death = "send from somebody who is not registered";
      return false;
    }
    recipient.online = false;
    const time = formatCtime(this.#clock.dateMs() + this.#clock.utcOffsetMs());
    const mail = { from: sender, time, text: line.slice("send ".length + nick.length) };
    this.#saved.set(nick, [...(this.#saved.get(nick) ?? []), mail]);
    this.#socket.sendto("[Messages received by the server and saved.]\n>>> ", from);
    return true;
  }

  #sendTables(): void {
    const online = [...this.#clients].filter(([, client]) => client.online);
    for (const [, { address }] of online) this.#socket.sendto(String(this.#known - 1), address);
    for (const [reader, { address }] of online) {
      for (const [nick, client] of this.#clients) {
        if (nick === reader) continue;
        const [, port = ""] = formatAddress(client.address).split(":");
        for (const field of [nick, client.address.host, port, client.online ? "yes" : "no"]) {
          this.#socket.sendto(field, address);
        }
      }
    }
  }
}
