/**
 * The second process of the bench, at the other end of the wire: an echo, servers, and clients that are written to.
 * It does what it is told over the channel to its parent, and ends with it.
 */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openClient } from "../../src/client/client.ts";
import type { Endpoint } from "../../src/net/network.ts";
import { systemWorld } from "../../src/net/system-world.ts";
import type { Address } from "../../src/protocol/address.ts";
import type { RunningServer } from "../../src/server/api.ts";
import { DEFAULT_LIMITS } from "../../src/server/limits.ts";
import { startServer } from "../../src/server/start-server.ts";
import type { ChatStore } from "../../src/store/chat-store.ts";
import { MemoryStore } from "../../src/store/memory-store.ts";
import { SqliteJournal } from "../../src/store/sqlite-journal.ts";
import { SqliteStore } from "../../src/store/sqlite-store.ts";

export type Command =
  /** `node:dgram` as it comes. */
  | { readonly kind: "raw-echo" }
  /** The same through an `Endpoint`. */
  | { readonly kind: "endpoint-echo" }
  | { readonly kind: "server"; readonly store: "memory" | "disk"; readonly nicksMax?: number }
  /** Registers clients that count what they are sent. */
  | { readonly kind: "clients"; readonly server: Address; readonly nicks: readonly string[] }
  /** Starts echo bots of these names, with one journal on disk. */
  | { readonly kind: "bots"; readonly server: Address; readonly nicks: readonly string[] }
  | { readonly kind: "deregister"; readonly nick: string }
  /** Messages that its clients were sent so far. */
  | { readonly kind: "heard" }
  /** Messages kept for these, by all servers together. */
  | { readonly kind: "kept"; readonly nicks: readonly string[] }
  /** Servers that have something to send. */
  | { readonly kind: "busy" }
  /** Microseconds of CPU that the process took so far. */
  | { readonly kind: "cpu" }
  /** Bytes of memory that the process has of the system. */
  | { readonly kind: "memory" };

/** What a command answers. */
export interface Answer {
  readonly address?: Address;
  readonly count?: number;
}

const ECHO = fileURLToPath(new URL("../../bots/echo.ts", import.meta.url));

const world = systemWorld();
const cleanUp = new AsyncDisposableStack();
const stores: ChatStore[] = [];
const servers: RunningServer[] = [];
const clients = new Map<string, Awaited<ReturnType<typeof openClient>>>();
let heard = 0;

if (process.send !== undefined) {
  process.on("message", async ({ id, command }: { readonly id: number; readonly command: Command }) => {
    try {
      process.send?.({ id, answer: await perform(command) });
    } catch (error) {
      process.send?.({ id, error: String(error) });
    }
  });
  process.on("disconnect", async () => {
    await cleanUp.disposeAsync();
    process.exit();
  });
}

async function perform(command: Command): Promise<Answer> {
  switch (command.kind) {
    case "raw-echo":
      return { address: await rawEcho() };
    case "endpoint-echo":
      return { address: await endpointEcho() };
    case "server": {
      const store = command.store === "disk" ? await diskStore() : new MemoryStore();
      const { nicksMax = DEFAULT_LIMITS.nicksMax } = command;
      // Nobody is kept waiting here for asking too often.
      const limits = { nicksMax, addressesMax: 10 * nicksMax, strangerRatePerSecond: 1e6 };
      const server = cleanUp.use(await startServer({ world, store, limits }));
      stores.push(store);
      servers.push(server);
      return { address: server.address };
    }
    case "clients":
      for (const nick of command.nicks) await addClient(nick, command.server);
      return {};
    case "bots":
      await addBots(command.nicks, command.server);
      return {};
    case "deregister":
      await clients.get(command.nick)?.deregister();
      return {};
    case "heard":
      return { count: heard };
    case "kept":
      return {
        count: stores
          .flatMap((store) => command.nicks.map((nick) => store.mailboxSize(nick).messages))
          .reduce((sum, messages) => sum + messages, 0),
      };
    case "busy":
      return { count: servers.filter(({ busy }) => busy).length };
    case "cpu": {
      const { user, system } = process.cpuUsage();
      return { count: user + system };
    }
    case "memory":
      return { count: process.memoryUsage.rss() };
  }
}

async function addClient(nick: string, server: Address): Promise<void> {
  assert.ok(!clients.has(nick), nick);
  const client = cleanUp.use(await openClient({ nick, server }, world));
  client.subscribe(({ kind }) => {
    if (kind === "message") heard++;
  });
  await client.register();
  clients.set(nick, client);
}

async function addBots(nicks: readonly string[], server: Address): Promise<void> {
  // Only here: where a server's memory is measured, there is none of a host's in it.
  const { startBot } = await import("../../src/host/start-bot.ts");
  const folder = await mkdtemp(join(tmpdir(), "udpchat-bench-"));
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
  const journal = new SqliteJournal(folder);
  cleanUp.defer(() => journal.close());
  for (const nick of nicks) {
    const bot = { script: ECHO, nick, server, world, antiloop: false, journal: journal.bot(nick) } as const;
    cleanUp.use(await startBot(bot));
  }
}

async function rawEcho(): Promise<Address> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 * 1_048_576 });
  cleanUp.defer(() => new Promise((resolve) => socket.close(() => resolve())));
  socket.on("message", (bytes, from) => socket.send(bytes, from.port, from.address));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { address: host, port } = socket.address();
  return { host, port };
}

async function endpointEcho(): Promise<Address> {
  const echo: Endpoint = cleanUp.use(
    await world.network.bind({
      onDatagrams: (datagrams) => {
        for (const { from, bytes } of datagrams) echo.send(from, bytes);
      },
    }),
  );
  return echo.address;
}

async function diskStore(): Promise<ChatStore> {
  const folder = await mkdtemp(join(tmpdir(), "udpchat-bench-"));
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
  return new SqliteStore(join(folder, "store"));
}
