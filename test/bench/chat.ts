import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChatClient } from "../../src/client/api.ts";
import { openClient } from "../../src/client/client.ts";
import { systemWorld } from "../../src/net/system-world.ts";
import { startServer } from "../../src/server/start-server.ts";
import type { ChatStore } from "../../src/store/chat-store.ts";
import { MemoryStore } from "../../src/store/memory-store.ts";
import { SqliteStore } from "../../src/store/sqlite-store.ts";
import { LANES } from "./echo.ts";
import { elapsedMs, medianUs, type Row, ratePerS } from "./measure.ts";

const MESSAGE_COUNT = 1_500;
const BURST_COUNT = 12_000;
const REGISTER_COUNT = 200;
/** Six rounds of them stay below what a mailbox holds. */
const SAVE_COUNT = 150;

/** Messages between two clients, one at a time: sent until acknowledged by the recipient. */
export async function messageRow(cleanUp: AsyncDisposableStack): Promise<Row> {
  const [alice, bob] = await registered(cleanUp, ["alice", "bob"]);
  assert.ok(bob !== undefined);
  const heard = countMessages([bob]);
  const send = sending(alice, "bob", "delivered");
  return {
    name: "message to a client",
    unit: "µs p50",
    inFlight: 1,
    measure: () => counted(MESSAGE_COUNT, heard, () => medianUs(MESSAGE_COUNT, () => elapsedMs(send))),
  };
}

/** One message to one recipient is under way at a time, so 8 senders write to 8 recipients each. */
export async function messagesRow(cleanUp: AsyncDisposableStack): Promise<Row> {
  const side = Math.sqrt(LANES);
  const names = (kind: string): readonly string[] => Array.from({ length: side }, (_, i) => `${kind}${i}`);
  const recipients = names("recipient");
  const clients = await registered(cleanUp, [...names("sender"), ...recipients]);
  const heard = countMessages(clients.slice(side));
  const lanes = clients
    .slice(0, side)
    .flatMap((sender) => recipients.map((recipient) => sending(sender, recipient, "delivered")));
  return {
    name: "messages to clients",
    unit: "per s",
    inFlight: LANES,
    measure: () => counted(BURST_COUNT, heard, () => ratePerS(BURST_COUNT, lanes)),
  };
}

/** A known nickname comes back, while one other client is online and is told so. */
export async function registerRow(cleanUp: AsyncDisposableStack): Promise<Row> {
  const [, bob] = await registered(cleanUp, ["alice", "bob"]);
  assert.ok(bob !== undefined);
  return {
    name: "register",
    unit: "µs p50",
    inFlight: 1,
    measure: () =>
      medianUs(REGISTER_COUNT, async () => {
        await bob.deregister();
        return elapsedMs(() => bob.register());
      }),
  };
}

/** A message to a nickname that is offline: sent until the server has it. */
export async function saveRow(cleanUp: AsyncDisposableStack, kind: "memory" | "disk"): Promise<Row> {
  const store = kind === "disk" ? await diskStore(cleanUp) : new MemoryStore();
  const [alice, bob] = await registered(cleanUp, ["alice", "bob"], store);
  await bob?.deregister();
  await until(() => alice?.contacts.get("bob")?.online === false);
  const send = sending(alice, "bob", "saved");
  const kept = (): number => store.mailboxSize("bob").messages;
  return {
    name: `save to ${kind}`,
    unit: "µs p50",
    inFlight: 1,
    measure: () => counted(SAVE_COUNT, kept, () => medianUs(SAVE_COUNT, () => elapsedMs(send))),
  };
}

/** A server of their own, and clients that are registered and know each other. */
async function registered(
  cleanUp: AsyncDisposableStack,
  nicks: readonly string[],
  store: ChatStore = new MemoryStore(),
): Promise<readonly ChatClient[]> {
  const world = systemWorld();
  const server = cleanUp.use(await startServer({ world, store }));
  const clients: ChatClient[] = [];
  for (const nick of nicks) {
    const client = cleanUp.use(await openClient({ nick, server: server.address }, world));
    await client.register();
    clients.push(client);
  }
  await until(() => clients.every(({ contacts }) => countOnline(contacts) === nicks.length - 1));
  return clients;
}

/**
 * A message that must end as said. Each has a text of its own: v1 has no message ids, so the same text again may be
 * taken for a retransmission, which costs less.
 */
function sending(from: ChatClient | undefined, to: string, kind: "delivered" | "saved"): () => Promise<void> {
  assert.ok(from !== undefined);
  let sent = 0;
  return async () => {
    const receipt = await from.send(to, `a message of ordinary length ${sent++}`);
    assert.equal(receipt.kind, kind, JSON.stringify(receipt));
  };
}

/** A figure is worth something only when everything it counts has come about. */
export async function counted(
  count: number,
  total: () => number,
  measure: () => Promise<number>,
): Promise<number> {
  const before = total();
  const figure = await measure();
  assert.equal(total() - before, count, "not everything arrived");
  return figure;
}

function countMessages(clients: readonly ChatClient[]): () => number {
  let heard = 0;
  for (const client of clients) {
    client.subscribe(({ kind }) => {
      if (kind === "message") heard++;
    });
  }
  return () => heard;
}

function countOnline(contacts: ChatClient["contacts"]): number {
  return [...contacts.values()].filter(({ online }) => online).length;
}

/** Tables arrive when they do; the set-up is not measured. */
async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  while (!condition()) {
    assert.ok(performance.now() < deadlineMs, "the clients did not hear of each other");
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

export async function diskStore(cleanUp: AsyncDisposableStack): Promise<ChatStore> {
  const folder = await mkdtemp(join(tmpdir(), "udpchat-bench-"));
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
  return new SqliteStore(join(folder, "store"));
}
