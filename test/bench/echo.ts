import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Endpoint } from "../../src/net/network.ts";
import { systemWorld } from "../../src/net/system-world.ts";
import { elapsedMs, medianUs, type Row } from "./measure.ts";

const PAYLOAD = Buffer.from("a message of ordinary length, say");
const SINGLE_COUNT = 1_500;
const BURST_COUNT = 15_000;
export const LANES = 64;

/** Sends one datagram and calls back when one came: what an echo needs of a socket, and nothing more. */
interface Sounder {
  send(): void;
  onEcho: () => void;
}

/** The yardstick: `node:dgram` as it comes, both ends in this process, as in all rows. */
export async function rawEchoRows(cleanUp: AsyncDisposableStack): Promise<readonly [Row, Row]> {
  const server = await rawSocket(cleanUp);
  server.on("message", (bytes, from) => server.send(bytes, from.port, from.address));
  const client = await rawSocket(cleanUp);
  const { port, address } = server.address();
  const sounder: Sounder = { send: () => client.send(PAYLOAD, port, address), onEcho: () => {} };
  client.on("message", () => sounder.onEcho());
  return echoRows("raw dgram echo", sounder);
}

/** The same through an `Endpoint`: what the net layer costs. */
export async function endpointEchoRows(cleanUp: AsyncDisposableStack): Promise<readonly [Row, Row]> {
  const { network } = systemWorld();
  const server: Endpoint = cleanUp.use(
    await network.bind({
      onDatagrams: (datagrams) => {
        for (const { from, bytes } of datagrams) server.send(from, bytes);
      },
    }),
  );
  const sounder: Sounder = { send: () => client.send(server.address, PAYLOAD), onEcho: () => {} };
  const client: Endpoint = cleanUp.use(
    await network.bind({
      onDatagrams: (datagrams) => {
        for (const _ of datagrams) sounder.onEcho();
      },
    }),
  );
  return echoRows("endpoint echo", sounder);
}

function echoRows(name: string, sounder: Sounder): readonly [Row, Row] {
  const once = (): Promise<void> =>
    new Promise((resolve) => {
      sounder.onEcho = () => resolve();
      sounder.send();
    });
  return [
    { name, unit: "µs p50", inFlight: 1, measure: () => medianUs(SINGLE_COUNT, () => elapsedMs(once)) },
    { name, unit: "per s", inFlight: LANES, measure: () => burst(sounder) },
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
