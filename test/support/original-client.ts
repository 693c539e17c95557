import type { World } from "../../src/net/network.ts";
import type { Address } from "../../src/protocol/address.ts";
import { BlockingSocket, type TextDatagram } from "./blocking-socket.ts";

/**
 * The original's client as it behaves on the wire, written from the facts: it reads its socket for up to 2 s, then the
 * keyboard for up to 1 s, in turn, so it may be 3 s late; it takes whatever comes in the midst of a table for a
 * field, a number for a table and any text with `ack` in it for an acknowledgement.
 */
export class OriginalClient implements AsyncDisposable {
  readonly #nick: string;
  readonly #server: Address;
  readonly #socket: BlockingSocket;
  readonly #clock: World["clock"];
  readonly #keyboard: string[] = [];
  #typed: (() => void) | undefined;
  #closed = false;
  /** What it shows, a line each, as it would print it. */
  readonly screen: string[] = [];
  /** Its table: by nickname IP, port and `yes` or `no`. */
  readonly table = new Map<string, readonly [host: string, port: string, status: string]>();
  readonly #watchers = new Set<() => void>();

  private constructor(nick: string, server: Address, socket: BlockingSocket, clock: World["clock"]) {
    this.#nick = nick;
    this.#server = server;
    this.#socket = socket;
    this.#clock = clock;
  }

  static async start(nick: string, server: Address, world: World): Promise<OriginalClient> {
    const client = new OriginalClient(nick, server, await BlockingSocket.open(world), world.clock);
    void client.#run();
    return client;
  }

  get address(): Address {
    return this.#socket.address;
  }

  type(line: string): void {
    this.#keyboard.push(line);
    this.#typed?.();
  }

  /** Resolves once the screen or the table satisfies, rejects after `withinMs` of the world's time. */
  until(satisfied: (client: OriginalClient) => boolean, withinMs = 30_000): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = this.#clock.schedule(withinMs, () =>
      reject(
        new Error(
          `${this.#nick} shows ${JSON.stringify(this.screen)}, table ${JSON.stringify([...this.table])}`,
        ),
      ),
    );
    const look = () => {
      if (!satisfied(this)) return;
      timer.cancel();
      this.#watchers.delete(look);
      resolve();
    };
    this.#watchers.add(look);
    look();
    return promise;
  }

  /** As Ctrl+C does: it says nothing to anybody. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#typed?.();
    await this.#socket.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(): Promise<void> {
    await this.#register(await this.#readLine());
    while (!this.#closed) {
      const datagram = await this.#socket.recvfrom(2_000);
      if (datagram !== undefined) await this.#handle(datagram);
      const line = await this.#readLine(1_000);
      if (line !== undefined) await this.#command(line);
    }
  }

  async #register(line: string | undefined): Promise<void> {
    for (let attempt = 0; attempt < 6 && !this.#closed; attempt += 1) {
      this.#socket.sendto(line ?? "", this.#server);
      const answer = await this.#socket.recvfrom(500);
      if (answer === undefined) continue;
      this.#print(answer.text);
      const next = await this.#socket.recvfrom(500);
      if (next?.text.includes("You have messages") === true) await this.#takeMail(next, 500);
      else if (next !== undefined && /^\s*\d+\s*$/.test(next.text))
        await this.#takeTable(Number(next.text), 500);
      return;
    }
    this.#print(">>> [Server not responding]");
    this.#print(">>> [Exiting]");
    await this.close();
  }

  async #handle(datagram: TextDatagram): Promise<void> {
    const { from, text } = datagram;
    if (text.includes("You have messages")) await this.#takeMail(datagram, 1_000);
    if (text.includes("ping")) this.#socket.sendto("ack", from);
    if (/^\s*\d+\s*$/.test(text)) await this.#takeTable(Number(text), undefined);
    const sender = [...this.table].find(([, [, port]]) => port === String(from.port))?.[0];
    if (sender === undefined) return;
    if (text.includes("ack")) {
      this.#print(`>>> [Message received by ${sender} ]`);
    } else {
      this.#socket.sendto("ack", from);
      this.#print(`${sender} : ${text}`);
    }
  }

  async #takeMail(notice: TextDatagram, timeoutMs: number): Promise<void> {
    this.#print(notice.text);
    this.#socket.sendto("ack", notice.from);
    const count = await this.#socket.recvfrom(timeoutMs);
    if (count === undefined || !/^\s*\d+\s*$/.test(count.text)) return;
    for (let left = Number(count.text); left > 0; left -= 1) {
      const mail = await this.#socket.recvfrom(5_000);
      this.#print(mail === undefined ? ">>> [Failed to receive incoming message.]" : `>>> ${mail.text}`);
    }
  }

  async #takeTable(rows: number, timeoutMs: number | undefined): Promise<void> {
    for (let left = rows; left > 0; left -= 1) {
      const fields: string[] = [];
      for (let field = 0; field < 4; field += 1) {
        const datagram = await this.#socket.recvfrom(timeoutMs);
        if (datagram === undefined) return;
        fields.push(datagram.text);
      }
      const [nick = "", host = "", port = "", status = ""] = fields;
      this.table.set(nick, [host, port, status]);
    }
    if (rows > 0) this.#print(">>> [Client table updated.]");
  }

  async #command(line: string): Promise<void> {
    const [command = "", name = ""] = line.trim().split(/\s+/);
    if (command.includes("dereg")) await this.#deregister(line);
    else if (command.includes("send")) await this.#send(line, command, name);
    else this.#print("[Please enter an available command: dereg or send.]");
  }

  async #deregister(line: string): Promise<void> {
    this.#socket.sendto(line, this.#server);
    const answer = await this.#socket.recvfrom(500);
    if (answer === undefined) return;
    this.#print(answer.text);
    if (answer.text.includes("Bye")) await this.#register(await this.#readLine());
  }

  async #send(line: string, command: string, nick: string): Promise<void> {
    const [host = "", port = "", status] = this.table.get(nick) ?? [];
    if (status === undefined) {
      this.#print(`>>> [ ${nick} is not in table. Try again.]`);
      return;
    }
    const text = line.slice(command.length + nick.length + 1);
    if (status.includes("yes")) this.#socket.sendto(text, { host, port: Number(port) });
    const answer = await this.#socket.recvfrom(2_000);
    if (answer !== undefined) {
      // Whatever came is taken for the acknowledgement, or lost.
      if (answer.text.includes("ack")) this.#print(`>>> [Message received by ${nick} ]`);
      return;
    }
    this.#print(`>>> [No ACK from ${nick} , message sent to server.]`);
    for (let attempt = 0; attempt < 6; attempt += 1) {
      this.#socket.sendto(line, this.#server);
      const reply = await this.#socket.recvfrom(1_000);
      if (reply === undefined) continue;
      this.#print(reply.text);
      return;
    }
  }

  async #readLine(timeoutMs?: number): Promise<string | undefined> {
    const line = this.#keyboard.shift();
    if (line !== undefined || this.#closed) return line;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#typed = resolve;
    const timer = timeoutMs === undefined ? undefined : this.#clock.schedule(timeoutMs, resolve);
    await promise;
    timer?.cancel();
    this.#typed = undefined;
    return this.#keyboard.shift();
  }

  #print(text: string): void {
    this.screen.push(text.replaceAll(/\n>*>>> ?$|\n$/g, ""));
    for (const look of [...this.#watchers]) look();
  }
}
