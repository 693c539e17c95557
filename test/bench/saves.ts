import { systemWorld } from "../../src/net/system-world.ts";
import type { Address } from "../../src/protocol/address.ts";
import { startServer } from "../../src/server/start-server.ts";
import { counted, diskStore } from "./chat.ts";
import { LANES } from "./echo.ts";
import { type Row, ratePerS } from "./measure.ts";

/** Six rounds of them stay below what 64 mailboxes hold. */
const SAVES_COUNT = 8_000;

/**
 * What a durable save costs the server: 64 senders that do no more than an echo's client does, each with one text on its
 * way to a nickname of his own that is offline.
 */
export async function savesRow(cleanUp: AsyncDisposableStack): Promise<Row> {
  const store = await diskStore(cleanUp);
  const server = cleanUp.use(await startServer({ world: systemWorld(), store }));
  const numbers = Array.from({ length: LANES }, (_, i) => i);
  for (const i of numbers) {
    const recipient = await peer(cleanUp, server.address);
    await recipient(`reg recipient${i}`);
    await recipient(`dereg recipient${i}`);
  }
  const lanes: (() => Promise<void>)[] = [];
  for (const i of numbers) {
    const sender = await peer(cleanUp, server.address);
    await sender(`reg sender${i}`);
    let sent = 0;
    lanes.push(() => sender(`send recipient${i} a message of ordinary length ${sent++}`));
  }
  const kept = (): number => numbers.reduce((sum, i) => sum + store.mailboxSize(`recipient${i}`).messages, 0);
  return {
    name: "saves to disk",
    unit: "per s",
    inFlight: LANES,
    measure: () => counted(SAVES_COUNT, kept, () => ratePerS(SAVES_COUNT, lanes)),
  };
}

/** Sends a line to the server and resolves at the answer to it; tables that come in between are let go. */
async function peer(
  cleanUp: AsyncDisposableStack,
  server: Address,
): Promise<(line: string) => Promise<void>> {
  let answered = () => {};
  const endpoint = cleanUp.use(
    await systemWorld().network.bind({
      onDatagrams: (datagrams) => {
        for (const { bytes } of datagrams) if (isAnswer(bytes)) answered();
      },
    }),
  );
  return (line) =>
    new Promise((resolve) => {
      answered = resolve;
      endpoint.send(server, Buffer.from(line));
    });
}

/** `>>> [Welcome, …`, `>>> [You are Offline. …` or `[Messages received …`; tables have no bracket. */
function isAnswer(bytes: Uint8Array): boolean {
  return bytes[0] === 0x5b || bytes[0] === 0x3e;
}
