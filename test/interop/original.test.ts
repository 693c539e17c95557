import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ChatClient } from "../../src/client/api.ts";
import { openClient } from "../../src/client/client.ts";
import type { World } from "../../src/net/network.ts";
import { Simulation } from "../../src/net/sim/simulation.ts";
import { systemWorld } from "../../src/net/system-world.ts";
import { startServer } from "../../src/server/start-server.ts";
import { OriginalClient } from "../support/original-client.ts";
import { OriginalServer } from "../support/original-server.ts";

/** Runs a story in virtual time: the original's waits cost nothing. */
function simulated(story: (world: (name: string) => World) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 1 });
  return simulation.run(() => story((name) => simulation.world(name)));
}

/** Resolves once the client satisfies, looked at after each of its events; rejects after `withinMs`. */
function until(client: ChatClient, world: World, satisfied: () => boolean, withinMs = 30_000): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = world.clock.schedule(withinMs, () => reject(new Error(`${client.nick} waited in vain`)));
  const end = client.subscribe(() => look());
  const look = () => {
    if (!satisfied()) return;
    timer.cancel();
    end();
    resolve();
  };
  look();
  return promise;
}

function textsOf(client: ChatClient): string[] {
  const texts: string[] = [];
  client.subscribe((event) => event.kind === "message" && texts.push(`${event.from}: ${event.text}`));
  return texts;
}

describe("the original's clients on our server", () => {
  it("register, chat, leave, are written to, come back and read it: the exercise's first test", () =>
    simulated(async (world) => {
      await using server = await startServer({ world: world("server") });
      await using x = await OriginalClient.start("x", server.address, world("x"));
      await using y = await OriginalClient.start("y", server.address, world("y"));
      x.type("reg x");
      await x.until(({ screen }) => screen.includes(">>> [Welcome, You are registered.]"));
      y.type("reg y");
      await x.until(({ table }) => table.get("y")?.[2] === "yes");
      await y.until(({ table }) => table.get("x")?.[2] === "yes");

      x.type("send y Hey y, this is x.");
      await x.until(({ screen }) => screen.includes(">>> [Message received by y ]"));
      await y.until(({ screen }) => screen.includes("x :  Hey y, this is x."));
      y.type("dereg y");
      await y.until(({ screen }) => screen.includes(">>> [You are Offline. Bye.]"));
      await x.until(({ table }) => table.get("y")?.[2] === "no");
      x.type("send y u up?");
      await x.until(({ screen }) => screen.includes("[Messages received by the server and saved.]"));
      x.type("send y second");
      await x.until(({ screen }) => screen.filter((line) => line.includes("and saved")).length === 2);
      y.type("reg y");

      await y.until(({ screen }) => screen.some((line) => line.endsWith("second")));
      const mail = y.screen.filter((line) => line.startsWith(">>> x: "));
      assert.equal(mail.length, 2);
      assert.match(mail[0] ?? "", /^>>> x: Thu Jan {2}1 00:00:\d\d 2026 {2}u up\?$/);
      await x.until(({ table }) => table.get("y")?.[2] === "yes");
    }));

  it("that vanished are noticed, and have their nickname back at once", () =>
    simulated(async (world) => {
      await using server = await startServer({ world: world("server") });
      const before = await OriginalClient.start("x", server.address, world("x"));
      before.type("reg x");
      await before.until(({ screen }) => screen.length > 0);
      await before.close();

      await using after = await OriginalClient.start("x", server.address, world("x again"));
      after.type("reg x");

      await after.until(({ screen }) => screen.includes(">>> [Welcome back]"), 3_000);
    }));

  it("stay online although they answer pings up to 3 s late", () =>
    simulated(async (world) => {
      await using server = await startServer({ world: world("server") });
      await using x = await OriginalClient.start("x", server.address, world("x"));
      x.type("reg x");
      await x.until(({ screen }) => screen.length > 0);

      await new Promise<void>((resolve) => world("x").clock.schedule(600_000, resolve));

      assert.equal(server.counts.vanished, 0);
      assert.equal(server.population.online, 1);
    }));
});

describe("our client on the original's server", () => {
  it("registers, sees, chats, saves and reads, and never sends what kills it", () =>
    simulated(async (world) => {
      await using server = await OriginalServer.start(world("server"));
      await using alice = await openClient({ nick: "alice", server: server.address }, world("alice"));
      await using bob = await openClient({ nick: "bob", server: server.address }, world("bob"));
      const heard = textsOf(bob);

      assert.deepEqual(await alice.register(), { outcome: "new" });
      assert.deepEqual(await bob.register(), { outcome: "new" });
      await until(alice, world("alice"), () => alice.contacts.get("bob")?.online === true);
      assert.equal((await alice.send("bob", "I'm back, ack 42")).kind, "delivered");
      assert.equal((await alice.send("nobody", "hello")).kind, "failed");
      await bob.deregister();
      await until(alice, world("alice"), () => alice.contacts.get("bob")?.online === false);
      assert.equal((await alice.send("bob", "while away")).kind, "saved");
      assert.equal((await alice.send("bob", "and again")).kind, "saved");
      assert.deepEqual(await bob.register(), { outcome: "back" });
      await until(bob, world("bob"), () => heard.length === 3);

      assert.deepEqual(heard, ["alice: I'm back, ack 42", "alice: while away", "alice: and again"]);
      assert.equal(server.death, undefined);
    }));

  it("keeps its place for an hour without disturbing it", () =>
    simulated(async (world) => {
      await using server = await OriginalServer.start(world("server"));
      await using alice = await openClient({ nick: "alice", server: server.address }, world("alice"));
      const kinds = new Set<string>();
      await alice.register();
      alice.subscribe(({ kind }) => kinds.add(kind));

      await new Promise<void>((resolve) => world("alice").clock.schedule(3_600_000, resolve));

      assert.deepEqual([...kinds], []);
      assert.equal(alice.registered, true);
    }));
});

for (const [name, run] of Object.entries({ simulation: simulated, "real UDP": onRealUdp })) {
  describe(`ours and the original's clients together on our server, over ${name}`, () => {
    it("chat in both directions", () =>
      run(async (world) => {
        await using server = await startServer({ world: world("server") });
        await using ours = await openClient({ nick: "ours", server: server.address }, world("ours"));
        await using theirs = await OriginalClient.start("theirs", server.address, world("theirs"));
        const heard = textsOf(ours);
        await ours.register();
        theirs.type("reg theirs");
        await theirs.until(({ table }) => table.get("ours")?.[2] === "yes");
        await until(ours, world("ours"), () => ours.contacts.get("theirs")?.online === true);

        theirs.type("send ours hello there");
        await theirs.until(({ screen }) => screen.includes(">>> [Message received by ours ]"));
        const receipt = await ours.send("theirs", "good day");
        await theirs.until(({ screen }) => screen.includes("ours :  good day"));

        assert.deepEqual(heard, ["theirs: hello there"]);
        assert.equal(receipt.kind, "delivered");
      }));
  });
}

describe("texts that look like protocol", () => {
  for (const text of ["I'm back", "ack", "ping pong", "42", " -7 "]) {
    it(`${JSON.stringify(text)} arrives at the original's client, which goes on as before`, () =>
      simulated(async (world) => {
        await using server = await startServer({ world: world("server") });
        await using ours = await openClient({ nick: "ours", server: server.address }, world("ours"));
        await using theirs = await OriginalClient.start("theirs", server.address, world("theirs"));
        await ours.register();
        theirs.type("reg theirs");
        await theirs.until(({ table }) => table.get("ours")?.[2] === "yes");
        await until(ours, world("ours"), () => ours.contacts.get("theirs")?.online === true);

        assert.equal((await ours.send("theirs", text)).kind, "delivered");
        assert.equal((await ours.send("theirs", "still there?")).kind, "delivered");

        const shown = theirs.screen.map((line) => line.replaceAll("\u200b", ""));
        assert.ok(shown.includes(`ours :  ${text}`), JSON.stringify(shown));
        assert.ok(shown.includes("ours :  still there?"), JSON.stringify(shown));
      }));
  }
});

function onRealUdp(story: (world: (name: string) => World) => Promise<void>): Promise<void> {
  return story(() => systemWorld());
}
