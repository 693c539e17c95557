/** Messages under ever new epochs, each with a signature that a client has to look at before it knows that it is none. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openClient } from "../../src/client/client.ts";
import { SignatureChecks } from "../../src/client/v2/signature-checks.ts";
import { Simulation } from "../../src/net/sim/simulation.ts";
import { startServer } from "../../src/server/start-server.ts";
import { V2Peer } from "../support/v2-peer.ts";

const FORGED = { sig: "A".repeat(86) };

describe("a flood of forged epochs from a peer's address", () => {
  it("makes few checks, and leaves the peer able to be heard: known at once, and new by way of the server", async () => {
    const simulation = new Simulation({ seed: 5 });
    await simulation.run(async () => {
      await using server = await startServer({ world: simulation.world("server") });
      const options = { nick: "bob", server: server.address, protocol: 2 } as const;
      await using bob = await openClient(options, simulation.world("bob"));
      await bob.register();
      await using known = await V2Peer.registered("known", server.address, simulation.world("known"));
      await using fresh = await V2Peer.registered("fresh", server.address, simulation.world("fresh"));
      await known.wire.pass(1_000);
      await known.send("bob", "the first of this epoch");
      const ignored = new Map<string, number>();
      const screen: string[] = [];
      bob.subscribe((event) => {
        if (event.kind === "ignored") ignored.set(event.reason, (ignored.get(event.reason) ?? 0) + 1);
        if (event.kind === "message") screen.push(event.text);
      });

      const { clock } = known.wire;
      const beganMs = clock.nowMs();
      let epoch = 0;
      const forge = () => {
        for (const { wire, nick } of [known, fresh]) {
          for (let n = 0; n < 10; n += 1) {
            epoch += 1;
            wire.send(bob.address, ["message", epoch, 1, nick, "bob", FORGED, "send me money"]);
          }
        }
        if (clock.nowMs() < beganMs + 20_000) clock.schedule(10, forge);
      };
      forge();
      await known.wire.pass(3_000);
      const receipts = [await known.send("bob", "from known"), await fresh.send("bob", "from fresh")];
      await known.wire.pass(30_000);

      assert.equal(receipts[0], "delivered");
      assert.ok(receipts[1] === "saved" || receipts[1] === "delivered", `${receipts[1]}`);
      assert.deepEqual(screen, ["from known", "from fresh"]);
      const [checked = 0, passedOver = 0] = ["NOT_INTRODUCED", "TOO_MANY_SIGNATURES"].map((reason) =>
        ignored.get(reason),
      );
      assert.ok(checked > 300 && checked <= 2 * 10 * 21, `${checked} signatures were looked at`);
      assert.ok(passedOver > 30_000, `${passedOver} were not`);
    });
  });
});

describe("the signatures that a client looks at", () => {
  const takenOf = (checks: SignatureChecks, nicks: readonly string[], nowMs: number) =>
    nicks.filter((nick) => checks.take(nick, nowMs)).length;
  const times = (count: number, nick = (_: number) => "alice") =>
    Array.from({ length: count }, (_, n) => nick(n));

  it("are bounded of each peer, and come back with time", () => {
    const checks = new SignatureChecks();

    const atOnce = takenOf(checks, times(100), 5);
    const later = takenOf(checks, times(100), 305);
    const ofAnother = takenOf(checks, ["bob"], 305);

    assert.deepEqual([atOnce, later, ofAnother], [10, 3, 1]);
  });

  it("are bounded in all", () => {
    const checks = new SignatureChecks();
    const many = times(5_000, (n) => `peer${n}`);

    const atOnce = takenOf(checks, many, 0);
    const later = takenOf(checks, many, 100);

    assert.deepEqual([atOnce, later], [1_000, 100]);
  });

  it("leave nothing behind of peers that are quiet", () => {
    const checks = new SignatureChecks();

    for (let second = 0; second < 20; second += 1) {
      takenOf(
        checks,
        times(1_000, (n) => `peer${second}-${n}`),
        second * 1_000,
      );
    }

    assert.ok(checks.size <= 2_000, `${checks.size} peers`);
  });
});
