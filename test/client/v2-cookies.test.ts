import assert from "node:assert/strict";
import { it } from "node:test";
import { openClient } from "../../src/client/client.ts";
import { Simulation } from "../../src/net/sim/simulation.ts";
import { startServer } from "../../src/server/start-server.ts";
import { Cookies } from "../../src/server/v2/cookies.ts";

it("a server that refuses every cookie is asked a few times, not for ever", async (t) => {
  const isValid = t.mock.method(Cookies.prototype, "isValid", () => false);
  const sim = new Simulation();

  await sim.run(async () => {
    await using server = await startServer({ world: sim.world("server") });
    await using alice = await openClient({ nick: "alice", server: server.address }, sim.world("alice"));

    await assert.rejects(alice.register(), { code: "REFUSED" });
  });

  assert.equal(isValid.mock.callCount(), 4);
});
