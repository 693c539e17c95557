import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Endpoint } from "../../src/net/network.ts";
import { SeededRandom } from "../../src/net/seeded-random.ts";
import { systemWorld } from "../../src/net/system-world.ts";
import { CHECKSUM_BYTES, datagramOfParts } from "../../src/protocol/v2/checksum.ts";
import { startServer } from "../../src/server/start-server.ts";
import { bytesOfHex, V2_VECTORS } from "../support/v2-vectors.ts";

export interface FloodReport {
  readonly datagrams: number;
  /** Of these, how many the server saw; the system drops some of a flood. */
  readonly received: number;
  readonly known: number;
  readonly heapGrowthBytes: number;
  /** Answers to a request after the flood. */
  readonly answers: readonly string[];
  /** Errors other than refusals: each is a defect. */
  readonly faults: readonly string[];
}

const SENDERS = 20;
/** So many are sent before the server gets a turn: what it takes in one, so that it sees nearly all. */
const GUST = 32;

/** Floods a server on real UDP with random and mutated datagrams, then looks whether it still serves. */
export async function flood(options: {
  readonly datagrams: number;
  readonly seed: number;
}): Promise<FloodReport> {
  const random = new SeededRandom(options.seed, "hostile");
  const world = systemWorld();
  const faults: string[] = [];
  await using server = await startServer({
    world,
    // The rate limit would throw nearly all of it away before anything looks at it.
    limits: { strangerRatePerSecond: 1e9, clientRatePerSecond: 1e9, nicksMax: 200 },
    onEvent: (event) => {
      if (event.kind === "fault") faults.push(event.error.message);
    },
  });
  const senders: Endpoint[] = [];
  for (let n = 0; n < SENDERS; n += 1) senders.push(await world.network.bind({ onDatagrams: () => {} }));

  const send = (count: number) => {
    for (let n = 0; n < count; n += 1) {
      const sender = senders[Math.floor(random.next() * SENDERS)];
      sender?.send(server.address, hostileDatagram(random));
    }
  };
  await gusts(Math.min(options.datagrams, 5_000), send);
  const heapBefore = heapUsedBytes();
  await gusts(options.datagrams, send);
  const heapGrowthBytes = heapUsedBytes() - heapBefore;

  for (const sender of senders) await sender.close();
  const answers = await answersOf(server.address);
  const { known } = server.population;
  const received = server.counts.datagramsReceived;
  return { datagrams: options.datagrams, received, known, heapGrowthBytes, answers, faults };
}

async function gusts(count: number, send: (count: number) => void): Promise<void> {
  for (let sent = 0; sent < count; sent += GUST) {
    send(Math.min(GUST, count - sent));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const SEEDS = [
  "reg x",
  "reg y",
  "dereg x",
  "send x hello",
  "send y ",
  "ack",
  "ping",
  "",
  "42",
  "table",
  "reg",
  "send",
];

function hostileDatagram(random: SeededRandom): Uint8Array {
  const below = (n: number) => Math.floor(random.next() * n);
  if (below(3) === 0) {
    const { hex } = V2_VECTORS.datagrams[below(V2_VECTORS.datagrams.length)] ?? { hex: "" };
    const bytes = bytesOfHex(hex);
    for (let flips = below(3); flips > 0; flips -= 1) bytes[below(bytes.length)] = below(256);
    // Most are looked at only for this.
    return below(4) === 0 ? bytes : datagramOfParts([bytes.subarray(0, -CHECKSUM_BYTES)]);
  }
  if (below(4) === 0) return random.bytes(below(8) === 0 ? below(4_000) : below(40));
  const line = Buffer.from(SEEDS[below(SEEDS.length)] ?? "");
  const bytes = Buffer.concat([line, Buffer.from(below(2) === 0 ? String(below(400)) : "")]);
  for (let flips = below(3); flips > 0 && bytes.length > 0; flips -= 1)
    bytes[below(bytes.length)] = below(256);
  return bytes;
}

async function answersOf(server: { readonly host: string; readonly port: number }): Promise<string[]> {
  const answers: string[] = [];
  const answered = Promise.withResolvers<void>();
  const world = systemWorld();
  await using endpoint = await world.network.bind({
    onDatagrams: (datagrams) => {
      answers.push(...datagrams.map(({ bytes }) => new TextDecoder().decode(bytes)));
      answered.resolve();
    },
  });
  // The first may find the server's buffer full of what came before.
  let timer = world.clock.schedule(0, ask);
  let attempts = 0;
  function ask(): void {
    attempts += 1;
    endpoint.send(server, new TextEncoder().encode("dereg somebody-else"));
    timer = world.clock.schedule(500, attempts < 10 ? ask : answered.resolve);
  }
  await answered.promise;
  timer.cancel();
  return answers;
}

function heapUsedBytes(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}
