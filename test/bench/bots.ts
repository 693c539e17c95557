import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { ChatClient, Receipt } from "../../src/client/api.ts";
import { openClient } from "../../src/client/client.ts";
import { startBot } from "../../src/host/start-bot.ts";
import { systemWorld } from "../../src/net/system-world.ts";
import type { Address } from "../../src/protocol/address.ts";
import { startServer } from "../../src/server/start-server.ts";
import { MemoryStore } from "../../src/store/memory-store.ts";
import { Asker } from "./asker.ts";
import { LANES } from "./echo.ts";
import { medianUs, type Row, ratePerS } from "./measure.ts";
import type { OtherEnd } from "./remote.ts";

const ECHO = fileURLToPath(new URL("../../bots/echo.ts", import.meta.url));
const SINGLE_COUNT = 500;
const BURST_COUNT = 6_000;
const START_COUNT = 5;
/** A hundred times what they take. */
const ANSWERS_MS_MAX = 60_000;
const MANY = 50;

const world = systemWorld();

/** The whole way of a message to a bot and of its answer: UDP, journal on disk, pipe, vm2, and back. */
export async function botRows(other: OtherEnd, cleanUp: AsyncDisposableStack): Promise<readonly Row[]> {
  const server = await other.open({ kind: "server", store: "memory" });
  await other.tell({ kind: "bots", server, nicks: ["echo"] });
  const users = await registered(cleanUp, server, LANES);
  const lanes = users.map((user) => asking(user, "echo"));
  const askers = await askersOf("echo", server, cleanUp);
  const tells = "journal, pipe, vm2, and back";
  return [
    {
      name: "answer of a bot",
      tells,
      unit: "µs p50",
      inFlight: 1,
      target: { aboveUsMax: 500 },
      measure: () => medianUs(SINGLE_COUNT, () => answerMs(lanes[0] ?? fail)),
    },
    {
      name: "answers of a bot",
      tells,
      unit: "per s",
      inFlight: LANES,
      target: { atLeast: 0.15 },
      measure: () => answersPerS(askers),
    },
    {
      name: "answers of a bot to clients",
      tells: "to 64 of our clients in one process, which take a third of it",
      unit: "per s",
      inFlight: LANES,
      measure: () =>
        ratePerS(
          BURST_COUNT,
          lanes.map((ask) => async () => void (await ask())),
        ),
    },
  ];
}

/** One among fifty bots of one host, all in one journal. */
export async function oneOfFiftyRow(other: OtherEnd, cleanUp: AsyncDisposableStack): Promise<Row> {
  const server = await other.open({ kind: "server", store: "memory" });
  const nicks = Array.from({ length: MANY }, (_, i) => `echo${i}`);
  await other.tell({ kind: "bots", server, nicks });
  const [user] = await registered(cleanUp, server, 1);
  const ask = asking(user, "echo7");
  const askers = await askersOf("echo7", server, cleanUp);
  return {
    name: `answer of one of ${MANY} bots`,
    tells: "as fast as of one alone",
    unit: "µs p50",
    inFlight: 1,
    measure: async () => {
      // As the rows of one alone do in each round: code is the faster the more it has run.
      for (let i = 0; i < 2; i++) await answersPerS(askers);
      return medianUs(SINGLE_COUNT, () => answerMs(ask));
    },
  };
}

/** From the call that starts a bot to its registration: bundle, process, set-up, `reg`. */
export async function botStartRow(cleanUp: AsyncDisposableStack): Promise<Row> {
  const server = cleanUp.use(await startServer({ world, store: new MemoryStore() }));
  let started = 0;
  const start = async (): Promise<number> => {
    const begin = performance.now();
    let registeredMs = Number.NaN;
    const bot = await startBot({
      script: ECHO,
      nick: `echo${started++}`,
      server: server.address,
      world,
      onEvent: ({ kind }) => {
        if (kind === "online") registeredMs = performance.now() - begin;
      },
    });
    await bot.close();
    return registeredMs;
  };
  return {
    name: "start of a bot",
    tells: "bundle, process, set-up, registered",
    unit: "µs p50",
    inFlight: 1,
    target: { usMax: 250_000 },
    measure: () => medianUs(START_COUNT, start),
  };
}

async function askersOf(
  bot: string,
  server: Address,
  cleanUp: AsyncDisposableStack,
): Promise<readonly Asker[]> {
  const askers: Asker[] = [];
  for (let i = 0; i < LANES; i++)
    askers.push(await Asker.open(world.network, { nick: `asker${i}`, bot, server }, cleanUp));
  return askers;
}

/** By users that do as little as those of the echo: it is the bot that is measured. */
async function answersPerS(askers: readonly Asker[]): Promise<number> {
  let left = BURST_COUNT;
  const late = setTimeout(() => {
    throw new Error(`${left} of ${BURST_COUNT} questions were not asked: an answer did not come`);
  }, ANSWERS_MS_MAX);
  const startMs = performance.now();
  await Promise.all(askers.map((asker) => asker.ask(() => left-- > 0)));
  clearTimeout(late);
  return (1_000 * BURST_COUNT) / (performance.now() - startMs);
}

/** Asks, and resolves when the answer is there. The question may be acknowledged later: a bot's disk is slower than the bot. */
type Ask = () => Promise<{ readonly receipt: Promise<Receipt> }>;

/** From the question to the answer. The next one is asked when this one is over, acknowledgement and all. */
async function answerMs(ask: Ask): Promise<number> {
  const startMs = performance.now();
  const { receipt } = await ask();
  const tookMs = performance.now() - startMs;
  await receipt;
  return tookMs;
}

/** Texts differ: v1 may take the same again for a repetition. */
function asking(user: ChatClient | undefined, bot: string): Ask {
  assert.ok(user !== undefined);
  let asked = 0;
  let answered: (text: string) => void = () => {};
  user.subscribe((event) => {
    if (event.kind === "message") answered(event.text);
  });
  return async () => {
    const text = `a message of ordinary length ${asked++}`;
    const answer = new Promise<string>((resolve) => {
      answered = resolve;
    });
    const receipt = user.send(bot, `say ${text}`);
    assert.equal(await answer, text);
    return { receipt };
  };
}

async function registered(
  cleanUp: AsyncDisposableStack,
  server: Address,
  count: number,
): Promise<readonly ChatClient[]> {
  const clients: ChatClient[] = [];
  for (let i = 0; i < count; i++) {
    const client = cleanUp.use(await openClient({ nick: `user${i}`, server }, world));
    await client.register();
    clients.push(client);
  }
  return clients;
}

function fail(): never {
  throw new Error("there is no user");
}
