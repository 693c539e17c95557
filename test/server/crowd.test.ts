import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { describe, it } from "node:test";
import { systemWorld } from "../../src/net/system-world.ts";
import { startServer } from "../../src/server/start-server.ts";

const DEADLINE_MS = 20_000;

/** A socket with the receive buffer that the system gives by default, which keeps what it hears. */
class Peer implements AsyncDisposable {
  readonly heard: string[] = [];
  readonly #socket: Socket;
  readonly #server: number;

  private constructor(socket: Socket, server: number) {
    this.#socket = socket;
    this.#server = server;
    socket.on("message", (bytes) => {
      const line = bytes.toString();
      this.heard.push(line);
      if (line === "ping") this.tell("ack");
    });
  }

  static async open(server: number): Promise<Peer> {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new Peer(socket, server);
  }

  tell(line: string): void {
    this.#socket.send(line, this.#server, "127.0.0.1");
  }

  async until(satisfied: (heard: readonly string[]) => boolean): Promise<void> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    while (!satisfied(this.heard)) await once(this.#socket, "message", { signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}

async function crowd(count: number, server: number, cleanUp: AsyncDisposableStack): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (let n = 0; n < count; n += 1) peers.push(cleanUp.use(await Peer.open(server)));
  return peers;
}

/** True once a count and all its rows have come. */
function hasTable(heard: readonly string[], rows: number): boolean {
  const start = heard.lastIndexOf(String(rows));
  return start >= 0 && heard.slice(start + 1).filter((line) => line === "yes").length >= rows;
}

describe("a crowd on real UDP", () => {
  it("50 clients that register in the same instant all end with the whole table", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const server = cleanUp.use(await startServer({ world: systemWorld() }));
    const peers = await crowd(50, server.address.port, cleanUp);

    for (const [n, peer] of peers.entries()) peer.tell(`reg c${n}`);

    await Promise.all(peers.map((peer) => peer.until((heard) => hasTable(heard, 49))));
    assert.equal(server.population.online, 50);
  });

  it("49 saves in the same instant are all acknowledged and all kept", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const server = cleanUp.use(await startServer({ world: systemWorld() }));
    const [reader, ...senders] = await crowd(50, server.address.port, cleanUp);
    assert.ok(reader !== undefined);
    reader.tell("reg reader");
    await reader.until((heard) => heard.length > 0);
    reader.tell("dereg reader");
    await reader.until((heard) => heard.some((line) => line.includes("Bye")));
    for (const [n, sender] of senders.entries()) sender.tell(`reg s${n}`);
    await Promise.all(senders.map((sender) => sender.until((heard) => heard.length > 0)));

    for (const [n, sender] of senders.entries()) sender.tell(`send reader hello from ${n}`);

    const saved = "[Messages received by the server and saved.]\n>>> ";
    await Promise.all(senders.map((sender) => sender.until((heard) => heard.includes(saved))));
    reader.tell("reg reader");
    await reader.until((heard) => heard.includes("[You have messages.]\n"));
    reader.tell("ack");
    await reader.until((heard) => heard.filter((line) => line.includes("  hello from ")).length === 49);
  });
});
