/** What one address may cost the server, however it puts its requests into datagrams. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openClient } from "../../src/client/client.ts";
import { Simulation } from "../../src/net/sim/simulation.ts";
import { Gate } from "../../src/server/gate.ts";
import { DEFAULT_LIMITS } from "../../src/server/limits.ts";
import { startServer } from "../../src/server/start-server.ts";
import { MemoryStore } from "../../src/store/memory-store.ts";
import { at, ServerBench } from "../support/server-bench.ts";
import { datagramText, V2Key, type V2Record } from "../support/v2-wire.ts";

const KEY = new V2Key(Buffer.alloc(32, 1));
const MALLORY = at(1);

interface Flooded {
  readonly bench: ServerBench;
  /** Sends so many datagrams of so many copies of a record in one turn; returns the server's records in reply. */
  send(datagrams: number, copies: number, record: V2Record): readonly V2Record[];
  readonly session: string;
}

/** A server that takes 100 datagrams a second from a client, and mallory, who is one. */
function flooded(): Flooded {
  const bench = new ServerBench(undefined, {
    limits: { clientRatePerSecond: 100, strangerRatePerSecond: 100 },
  });
  const replies = () =>
    bench
      .receivedBy(MALLORY)
      .flatMap((text): V2Record[] =>
        text
          .split("\x1e")
          .slice(1, -1)
          .map((record) => JSON.parse(record)),
      )
      .filter(([type]) => type !== "for");
  bench.send(MALLORY, "reg mallory udpchat/2");
  const cookie = String(replies()[0]?.[1]);
  const signature = KEY.sign(`udpchat/2 register mallory ${cookie}`);
  bench.send(MALLORY, datagramText(["register", "mallory", cookie, KEY.publicKey, signature, 1]));
  const session = String(replies().find(([type]) => type === "registered")?.[1]);
  // The table is pushed a few times, and given up.
  bench.advance(8_000);
  replies();
  return {
    bench,
    session,
    send: (datagrams, copies, record) => {
      const text = datagramText(...Array.from({ length: copies }, () => record));
      bench.turn(Array.from({ length: datagrams }, () => [MALLORY, text] as const));
      return replies();
    },
  };
}

const dropped = ({ events }: ServerBench, reason: string) =>
  events.filter((event) => event.kind === "dropped" && event.reason === reason).length;

describe("the rate of a client of v2", () => {
  it("counts its requests: it gets as many answers as one that sends each by itself", () => {
    const { send, session } = flooded();

    const answers = send(100, 20, ["lookup", session, "nobody"]);

    assert.deepEqual(
      answers.map(([type, code]) => `${type} ${code}`),
      [...Array.from({ length: 100 }, () => "refused unknown-nick"), "refused rate-limited"],
    );
  });

  it("is kept over time: what a datagram was too much is taken from what comes later", () => {
    const { bench, send, session } = flooded();

    let answers = 0;
    for (let ms = 0; ms < 10_000; ms += 100) {
      answers += send(3, 20, ["lookup", session, "nobody"]).filter(
        ([, code]) => code === "unknown-nick",
      ).length;
      bench.advance(100);
    }

    assert.ok(answers > 1_000 && answers <= 1_100 + 20, `${answers} answers in 10 s`);
  });

  it("is not used up faster by who forges its address and packs what he cannot prove", () => {
    const { bench, send, session } = flooded();

    send(90, 40, ["lookup", "forged", "x"]);
    send(5, 64, ["x"]);
    const answers = send(1, 5, ["lookup", session, "nobody"]);

    assert.equal(answers.length, 5);
    assert.equal(dropped(bench, "RATE_LIMITED"), 0);
  });

  it("spares what follows a request that proves nothing: one answer, and the rest is counted", () => {
    const { bench, send } = flooded();

    const answers = send(1, 40, ["lookup", "forged", "x"]);

    assert.deepEqual(answers, [["error", "unknown-session"]]);
    assert.equal(dropped(bench, "UNKNOWN_SESSION"), 1);
    assert.equal(dropped(bench, "UNPROVEN"), 39);
  });

  it("counts a long datagram for as many as would hold the same", () => {
    const gate = new Gate("always", { ...DEFAULT_LIMITS, clientRatePerSecond: 100 });

    const admitted = Array.from({ length: 200 }, () =>
      gate.admits(MALLORY, { isClient: true, sizeBytes: 8_192 }, 0),
    ).filter(Boolean);

    assert.equal(admitted.length, Math.ceil(100 / 7));
  });

  it("forgets nobody who still owes something", () => {
    const gate = new Gate("always", { ...DEFAULT_LIMITS, clientRatePerSecond: 10 });
    const knock = { isClient: true, sizeBytes: 100 };
    gate.admits(MALLORY, knock, 0);
    gate.charge(MALLORY, 31);

    gate.forgetQuiet(2_000);
    const early = gate.admits(MALLORY, knock, 2_000);
    gate.forgetQuiet(60_000);

    assert.equal(early, false);
    assert.equal(gate.size, 0);
  });
});

describe("a client that takes a full mailbox", () => {
  it("is not told to wait", async () => {
    const simulation = new Simulation({ seed: 3 });
    await simulation.run(async () => {
      const store = new MemoryStore();
      await using server = await startServer({ world: simulation.world("server"), store });
      const open = (nick: string) =>
        openClient({ nick, server: server.address, protocol: 2 }, simulation.world(nick));
      await using alice = await open("alice");
      await using bob = await open("bob");
      await bob.register();
      await bob.deregister();
      await alice.register();
      const receipts = await Promise.all(Array.from({ length: 1_000 }, (_, n) => alice.send("bob", `m${n}`)));
      const shown: string[] = [];
      bob.subscribe((event) => event.kind === "message" && shown.push(event.text));

      await bob.register();
      await new Promise((resolve) =>
        simulation.world("bob").clock.schedule(10_000, () => resolve(undefined)),
      );

      assert.deepEqual([...new Set(receipts.map(({ kind }) => kind))], ["saved"]);
      assert.equal(shown.length, 1_000);
      assert.equal(server.counts.dropped.get("RATE_LIMITED"), undefined);
    });
  });
});
