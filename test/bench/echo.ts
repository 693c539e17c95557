import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { systemWorld } from "../../src/net/system-world.ts";
import { elapsedMs, medianUs, type Row } from "./measure.ts";
import type { OtherEnd } from "./remote.ts";

const PAYLOAD = Buffer.from("a message of ordinary length, say");
const SINGLE_COUNT = 1_500;
const BURST_COUNT = 15_000;
export const LANES = 64;

/** Sends one datagram and calls back when one came: what an echo needs of a socket, and nothing more. */
interface Sounder {
  send(): void;
  onEcho: () => void;
}

/** The yardstick: `node:dgram` as it comes, at both ends. */
export async function rawEchoRows(
  other: OtherEnd,
  cleanUp: AsyncDisposableStack,
): Promise<readonly [Row, Row]> {
  const { host, port } = await other.open({ kind: "raw-echo" });
  const client = await rawSocket(cleanUp);
  const sounder: Sounder = { send: () => client.send(PAYLOAD, port, host), onEcho: () => {} };
  client.on("message", () => sounder.onEcho());
  return echoRows("raw dgram echo", "the yardstick", sounder);
}

/** The same through an `Endpoint`: what the net layer costs. */
export async function endpointEchoRows(
  other: OtherEnd,
  cleanUp: AsyncDisposableStack,
): Promise<readonly [Row, Row]> {
  const server = await other.open({ kind: "endpoint-echo" });
  const sounder: Sounder = { send: () => client.send(server, PAYLOAD), onEcho: () => {} };
  const client = cleanUp.use(
    await systemWorld().network.bind({
      onDatagrams: (datagrams) => {
        for (const _ of datagrams) sounder.onEcho();
      },
    }),
  );
  return echoRows("endpoint echo", "what the net layer adds: batches, errors", sounder);
}

function echoRows(name: string, tells: string, sounder: Sounder): readonly [Row, Row] {
  const once = (): Promise<void> =>
    new Promise((resolve) => {
      sounder.onEcho = () => resolve();
      sounder.send();
    });
  return [
    {
      name,
      tells,
      unit: "µs p50",
      inFlight: 1,
      measure: () => medianUs(SINGLE_COUNT, () => elapsedMs(once)),
    },
    { name, tells, unit: "per s", inFlight: LANES, measure: () => burst(sounder) },
  ];
}

/** Every echo sends the next, so that as many are under way as lanes. */
async function burst(sounder: Sounder): Promise<number> {
  const startMs = performance.now();
  await new Promise<void>((resolve) => {
    let echoes = 0;
    sounder.onEcho = () => {
      echoes++;
      if (echoes === BURST_COUNT) resolve();
      else if (echoes <= BURST_COUNT - LANES) sounder.send();
    };
    for (let i = 0; i < LANES; i++) sounder.send();
  });
  return (1_000 * BURST_COUNT) / (performance.now() - startMs);
}

async function rawSocket(cleanUp: AsyncDisposableStack): Promise<Socket> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 * 1_048_576 });
  cleanUp.defer(() => new Promise((resolve) => socket.close(() => resolve())));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}
