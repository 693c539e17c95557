import { systemWorld } from "../../src/net/system-world.ts";
import type { Address } from "../../src/protocol/address.ts";
import { counted } from "./chat.ts";
import { LANES } from "./echo.ts";
import { type Row, ratePerS } from "./measure.ts";
import type { OtherEnd } from "./remote.ts";

/** Ten rounds of them stay below what 64 mailboxes hold. */
const SAVES_COUNT = 6_000;

/**
 * What a durable save costs the server: 64 senders that do no more than an echo's client does, each with one text on its
 * way to a nickname of his own that is offline.
 */
export async function savesRow(other: OtherEnd, cleanUp: AsyncDisposableStack): Promise<Row> {
  const server = await other.open({ kind: "server", store: "disk" });
  const numbers = Array.from({ length: LANES }, (_, i) => i);
  const nicks = numbers.map((i) => `away${i}`);
  for (const nick of nicks) {
    const recipient = await peer(cleanUp, server);
    await recipient(`reg ${nick}`);
    await recipient(`dereg ${nick}`);
  }
  const lanes: (() => Promise<void>)[] = [];
  for (const i of numbers) {
    const sender = await peer(cleanUp, server);
    await sender(`reg saver${i}`);
    let sent = 0;
    lanes.push(() => sender(`send away${i} a message of ordinary length ${sent++}`));
  }
  const kept = (): Promise<number> => other.count({ kind: "kept", nicks });
  return {
    name: "saves to disk",
    tells: "as many as came meanwhile share a sync",
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
