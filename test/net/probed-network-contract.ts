import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LinkFaults, NetChange } from "../../src/net/faults.ts";
import type { ProbedNetwork } from "../../src/net/probe.ts";
import type { TraceEntry } from "../../src/net/trace.ts";
import { type Listener, listen, passed } from "../support/listener.ts";

/** A network with faults whose time is virtual, at hand for one test. */
export interface ProbedGround {
  readonly network: ProbedNetwork;
  readonly trace: readonly TraceEntry[];
  run(main: () => Promise<void>): Promise<void>;
}

/** What faults do to datagrams, on whatever network they are laid over. */
export function probedNetworkContract(name: string, newGround: (seed: number) => ProbedGround): void {
  interface Scene extends ProbedGround {
    readonly a: Listener;
    readonly b: Listener;
    nowMs(): number;
  }

  const test = (title: string, body: (scene: Scene) => Promise<void>): void => {
    it(title, async () => {
      const ground = newGround(5);
      const worldA = ground.network.world("a");
      await ground.run(async () => {
        await using a = await listen(worldA);
        await using b = await listen(ground.network.world("b"));
        await body({ ...ground, a, b, nowMs: () => worldA.clock.nowMs() });
      });
    });
  };
  const faults = (all: Omit<LinkFaults, "link">, from = "*", to = "*"): NetChange => ({
    kind: "faults",
    faults: [{ link: { from, to }, ...all }],
  });
  const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `${i}`);
  const sorted = (texts: readonly string[]): readonly string[] =>
    texts.toSorted((x, y) => Number(x) - Number(y));

  describe(`faults contract: ${name}`, () => {
    test("names endpoints by their world in rules and in the trace", async ({ network, trace, a, b }) => {
      network.faults.apply(faults({ loss: 1 }, "a", "b"));

      a.say(b.address, "lost");
      b.say(a.address, "arrives");
      await a.until(() => a.texts.length === 1);

      assert.deepEqual(b.texts, []);
      assert.deepEqual(
        trace.map(({ kind, from, to, bytes }) => `${from.label}->${to.label} ${kind} ${Buffer.from(bytes)}`),
        ["a->b sent lost", "a->b lost lost", "b->a sent arrives", "b->a delivered arrives"],
      );
      assert.deepEqual(trace[0]?.from.address, a.address);
      assert.deepEqual(trace[0]?.to.address, b.address);
    });

    test("delays by what the rule says", async ({ network, a, b, nowMs }) => {
      network.faults.apply(faults({ delayMs: { min: 250, max: 250 } }));
      const startMs = nowMs();

      a.say(b.address, "hi");
      await b.until(() => b.texts.length === 1);

      assert.ok(nowMs() - startMs >= 250 && nowMs() - startMs <= 252, `${nowMs() - startMs}`);
    });

    test("keeps the order of a link however delays vary", async ({ network, a, b }) => {
      network.faults.apply(faults({ delayMs: { min: 0, max: 100 }, duplicate: 0.3 }));

      for (const text of numbers(100)) {
        a.say(b.address, text);
        await passed(network.world("a"), 3);
      }
      await b.until(() => b.texts.includes("99"));

      assert.deepEqual(b.texts, sorted(b.texts));
      assert.equal(new Set(b.texts).size, 100);
    });

    test("lets datagrams overtake each other where they are reordered, and loses none", async ({
      network,
      a,
      b,
    }) => {
      network.faults.apply(faults({ reorder: 0.3 }));

      for (const text of numbers(100)) a.say(b.address, text);
      await b.until(() => b.texts.length === 100);

      assert.notDeepEqual(b.texts, numbers(100));
      assert.deepEqual(sorted(b.texts), numbers(100));
    });

    test("delivers a duplicated datagram twice, also one that was changed", async ({
      network,
      trace,
      a,
      b,
    }) => {
      network.faults.apply(faults({ duplicate: 1, corrupt: 1 }));

      a.say(b.address, "hi");
      await b.until(() => b.texts.length === 2);
      await passed(network.world("a"), 1_000);

      assert.equal(b.texts.length, 2);
      assert.ok(b.texts.every((text) => text !== "hi"));
      assert.deepEqual(
        trace.map(({ kind }) => kind),
        ["sent", "duplicated", "corrupted", "corrupted", "delivered", "delivered"],
      );
    });

    test("loses about as many as the rule says", async ({ network, a, b }) => {
      network.faults.apply(faults({ loss: 0.2 }));

      for (const text of numbers(2_000)) a.say(b.address, text);
      await passed(network.world("a"), 1_000);

      assert.ok(Math.abs(b.texts.length - 1_600) < 90, `${b.texts.length} of 2000 arrived`);
    });

    test("parts the groups of a partition until it is healed", async ({ network, trace, a, b }) => {
      network.faults.apply({ kind: "partition", groups: [["a"], ["b"]] });
      a.say(b.address, "cut");
      a.say(a.address, "within");
      await a.until(() => a.texts.length === 1);
      network.faults.apply({ kind: "heal" });
      a.say(b.address, "healed");
      await b.until(() => b.texts.length === 1);

      assert.deepEqual(b.texts, ["healed"]);
      assert.deepEqual(
        trace.filter(({ kind }) => kind === "cut").map(({ bytes }) => Buffer.from(bytes).toString()),
        ["cut"],
      );
    });

    test("tells what is under way and when a datagram was last seen", async ({ network, a, b, nowMs }) => {
      network.faults.apply(faults({ delayMs: { min: 50, max: 50 } }));
      assert.equal(network.inFlight, 0);
      assert.equal(network.lastDatagramMs, undefined);

      const sentMs = nowMs();
      a.say(b.address, "one");
      a.say(b.address, "two");
      const underWay = network.inFlight;
      const seenFirstMs = network.lastDatagramMs;
      await b.until(() => b.texts.length === 2);
      const seenLastMs = network.lastDatagramMs;
      await passed(network.world("a"), 500);

      assert.equal(underWay, 2);
      assert.equal(seenFirstMs, sentMs);
      assert.ok(seenLastMs !== undefined && seenLastMs >= sentMs + 50);
      assert.equal(network.lastDatagramMs, seenLastMs);
      assert.equal(network.inFlight, 0);
    });

    test("lets what was sent arrive though the sender closes, who himself hears no more", async ({
      network,
      a,
      b,
    }) => {
      network.faults.apply(faults({ delayMs: { min: 50, max: 50 } }, "a", "b"));

      a.say(b.address, "last words");
      const closing = a.endpoint.close();
      b.say(a.address, "wait");
      await b.until(() => b.texts.length === 1);
      await closing;

      assert.deepEqual(b.texts, ["last words"]);
      assert.deepEqual(a.texts, []);
    });

    test("does not mind that the sender uses its bytes again", async ({ network, a, b }) => {
      network.faults.apply(faults({ delayMs: { min: 50, max: 50 } }));
      const bytes = Buffer.from("first");

      a.endpoint.send(b.address, bytes);
      bytes.fill("x");
      await b.until(() => b.texts.length === 1);

      assert.deepEqual(b.texts, ["first"]);
    });

    test("remembers the name of who has gone, so that rules still hold for his port", async ({
      network,
      trace,
      a,
      b,
    }) => {
      await b.endpoint.close();

      a.say(b.address, "gone?");
      await passed(network.world("a"), 10);

      assert.equal(trace[0]?.to.label, "b");
      assert.ok(!trace.some(({ kind }) => kind === "delivered"));
    });
  });
}
