import assert from "node:assert/strict";
import type { ChatClient } from "../../src/client/api.ts";
import { openClient } from "../../src/client/client.ts";
import { systemWorld } from "../../src/net/system-world.ts";
import type { Address } from "../../src/protocol/address.ts";
import { LANES } from "./echo.ts";
import { elapsedMs, medianUs, type Row, ratePerS } from "./measure.ts";
import type { OtherEnd } from "./remote.ts";

const MESSAGE_COUNT = 1_500;
const BURST_COUNT = 12_000;
const REGISTER_COUNT = 200;
/** Ten rounds of them stay below what a mailbox holds. */
const SAVE_COUNT = 90;

/** Messages between two clients, one at a time: sent until acknowledged by the recipient. */
export async function messageRow(other: OtherEnd, cleanUp: AsyncDisposableStack): Promise<Row> {
  const server = await other.open({ kind: "server", store: "memory" });
  await other.tell({ kind: "clients", server, nicks: ["bob"] });
  const alice = await registered(cleanUp, "alice", server);
  await until(() => countOnline(alice.contacts) === 1);
  const send = sending(alice, "bob", "delivered");
  return {
    name: "message to a client",
    tells: "written, read, shown, acknowledged",
    unit: "µs p50",
    inFlight: 1,
    target: { atMost: 1.5 },
    measure: () =>
      counted(MESSAGE_COUNT, heardBy(other), () => medianUs(MESSAGE_COUNT, () => elapsedMs(send))),
  };
}

/** One message to one recipient is under way at a time, so 8 senders write to 8 recipients each. */
export async function messagesRow(other: OtherEnd, cleanUp: AsyncDisposableStack): Promise<Row> {
  const side = Math.sqrt(LANES);
  const names = (kind: string): readonly string[] => Array.from({ length: side }, (_, i) => `${kind}${i}`);
  const recipients = names("recipient");
  const server = await other.open({ kind: "server", store: "memory" });
  await other.tell({ kind: "clients", server, nicks: recipients });
  const senders: ChatClient[] = [];
  for (const nick of names("sender")) senders.push(await registered(cleanUp, nick, server));
  await until(() => senders.every(({ contacts }) => countOnline(contacts) === 2 * side - 1));
  const lanes = senders.flatMap((sender) => recipients.map((nick) => sending(sender, nick, "delivered")));
  return {
    name: "messages to clients",
    tells: "8 senders, 8 recipients each",
    unit: "per s",
    inFlight: LANES,
    target: { atLeast: 0.4 },
    measure: () => counted(BURST_COUNT, heardBy(other), () => ratePerS(BURST_COUNT, lanes)),
  };
}

/** A known nickname comes back, while one other client is online and is told so. */
export async function registerRow(other: OtherEnd, cleanUp: AsyncDisposableStack): Promise<Row> {
  const server = await other.open({ kind: "server", store: "memory" });
  await other.tell({ kind: "clients", server, nicks: ["carol"] });
  const dan = await registered(cleanUp, "dan", server);
  return {
    name: "register",
    tells: "a nickname comes back, one other is told",
    unit: "µs p50",
    inFlight: 1,
    measure: () =>
      medianUs(REGISTER_COUNT, async () => {
        await dan.deregister();
        return elapsedMs(() => dan.register());
      }),
  };
}

/** A message to a nickname that is offline: sent until the server has it. */
export async function saveRow(
  other: OtherEnd,
  cleanUp: AsyncDisposableStack,
  kind: "memory" | "disk",
): Promise<Row> {
  const nick = `offline-${kind}`;
  const server = await other.open({ kind: "server", store: kind });
  await other.tell({ kind: "clients", server, nicks: [nick] });
  const eve = await registered(cleanUp, "eve", server);
  await other.tell({ kind: "deregister", nick });
  await until(() => eve.contacts.get(nick)?.online === false);
  const send = sending(eve, nick, "saved");
  const kept = (): Promise<number> => other.count({ kind: "kept", nicks: [nick] });
  return {
    name: `save to ${kind}`,
    tells: kind === "disk" ? "with one sync of the disk" : "the server without its disk",
    unit: "µs p50",
    inFlight: 1,
    measure: () => counted(SAVE_COUNT, kept, () => medianUs(SAVE_COUNT, () => elapsedMs(send))),
  };
}

async function registered(cleanUp: AsyncDisposableStack, nick: string, server: Address): Promise<ChatClient> {
  const client = cleanUp.use(await openClient({ nick, server }, systemWorld()));
  await client.register();
  return client;
}

/**
 * A message that must end as said. Each has a text of its own: v1 has no message ids, so the same text again may be
 * taken for a retransmission, which costs less.
 */
function sending(from: ChatClient, to: string, kind: "delivered" | "saved"): () => Promise<void> {
  let sent = 0;
  return async () => {
    const receipt = await from.send(to, `a message of ordinary length ${sent++}`);
    assert.equal(receipt.kind, kind, JSON.stringify(receipt));
  };
}

/** A figure is worth something only when everything it counts has come about. */
export async function counted(
  count: number,
  total: () => Promise<number>,
  measure: () => Promise<number>,
): Promise<number> {
  const before = await total();
  const figure = await measure();
  assert.equal((await total()) - before, count, "not everything arrived");
  return figure;
}

function heardBy(other: OtherEnd): () => Promise<number> {
  return () => other.count({ kind: "heard" });
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
