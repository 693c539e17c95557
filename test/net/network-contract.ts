import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NetworkError, type NetworkErrorCode, type World } from "../../src/net/network.ts";
import { listen } from "../support/listener.ts";

/** Where a contract is put to the test. */
export interface Ground {
  world(name: string): World;
  /** Lets time pass until the promise settles. */
  run(main: () => Promise<void>): Promise<void>;
  /** Why there is no IPv6 here; `undefined` where there is. */
  readonly noIpv6: string | undefined;
}

/** What every implementation of `Network` keeps to. */
export function networkContract(name: string, newGround: () => Ground): void {
  const test = (title: string, body: (ground: Ground) => Promise<void>): void => {
    it(title, async () => {
      const ground = newGround();
      await ground.run(() => body(ground));
    });
  };

  describe(`network contract: ${name}`, () => {
    test("gives each endpoint a port of its own on 127.0.0.1", async (ground) => {
      await using a = await listen(ground.world("a"));
      await using b = await listen(ground.world("b"));

      assert.equal(a.address.host, "127.0.0.1");
      assert.ok(a.address.port > 0 && a.address.port <= 65_535);
      assert.notEqual(a.address.port, b.address.port);
    });

    test("carries bytes as they are, with the address they came from", async (ground) => {
      await using a = await listen(ground.world("a"));
      await using b = await listen(ground.world("b"));
      const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);

      a.endpoint.send(b.address, bytes);
      await b.until(() => b.texts.length === 1);

      assert.deepEqual(b.batches[0]?.[0]?.from, a.address);
      assert.deepEqual(new Uint8Array(b.batches[0]?.[0]?.bytes ?? []), bytes);
    });

    test("carries an empty datagram and one of the greatest length", async (ground) => {
      await using a = await listen(ground.world("a"));
      await using b = await listen(ground.world("b"));

      a.endpoint.send(b.address, new Uint8Array(0));
      a.endpoint.send(b.address, new Uint8Array(65_507));
      await b.until(() => b.texts.length === 2);

      assert.deepEqual(
        b.batches.flat().map(({ bytes }) => bytes.length),
        [0, 65_507],
      );
    });

    test("reaches oneself", async (ground) => {
      await using a = await listen(ground.world("a"));

      a.say(a.address, "me");
      await a.until(() => a.texts.length === 1);

      assert.deepEqual(a.texts, ["me"]);
    });

    test("keeps the order of one link and hands over in batches that are never empty", async (ground) => {
      await using a = await listen(ground.world("a"));
      await using b = await listen(ground.world("b"));
      const texts = Array.from({ length: 200 }, (_, i) => `${i}`);

      for (const text of texts) a.say(b.address, text);
      await b.until(() => b.texts.length === texts.length);

      assert.deepEqual(b.texts, texts);
      assert.ok(b.batches.every((batch) => batch.length > 0));
      assert.ok(b.batches.length < texts.length, "a burst comes in fewer batches than datagrams");
    });

    test("never calls the receiver from within itself", async (ground) => {
      let depth = 0;
      let depthMax = 0;
      await using a = await listen(ground.world("a"), {
        onDatagrams: () => {
          depthMax = Math.max(depthMax, ++depth);
          if (a.texts.length < 5) a.say(a.address, "again");
          depth--;
        },
      });

      a.say(a.address, "first");
      await a.until(() => a.texts.length === 5);

      assert.equal(depthMax, 1);
    });

    test("says what to do when the port is taken", async (ground) => {
      await using a = await listen(ground.world("a"));

      const second = listen(ground.world("b"), { port: a.address.port });

      await assert.rejects(
        second,
        failsWith("ADDRESS_IN_USE", /127\.0\.0\.1:\d+ is used .* choose another port/),
      );
    });

    test("knows its own addresses and host names only", async (ground) => {
      const world = ground.world("a");

      await assert.rejects(
        listen(world, { host: "192.0.2.1" }),
        failsWith("ADDRESS_NOT_AVAILABLE", /192\.0\.2\.1/),
      );
      await assert.rejects(
        listen(world, { host: "no such host" }),
        failsWith("UNKNOWN_HOST", /no such host/),
      );
      await assert.rejects(world.network.lookup("no such host"), failsWith("UNKNOWN_HOST", /no such host/));
      await using named = await listen(world, { host: "localhost" });
      assert.equal(named.address.host, "127.0.0.1");
      assert.equal(await world.network.lookup("localhost"), "127.0.0.1");
      assert.equal(await world.network.lookup("192.0.2.1"), "192.0.2.1");
    });

    for (const port of [-1, 1.5, 65_536, Number.NaN]) {
      test(`calls port ${port} the caller's mistake`, async (ground) => {
        await assert.rejects(listen(ground.world("a"), { port }), TypeError);
      });
    }

    test("hears on all addresses when bound to 0.0.0.0, and then has the port for itself", async (ground) => {
      await using all = await listen(ground.world("all"), { host: "0.0.0.0" });
      await using a = await listen(ground.world("a"));
      const { port } = all.address;

      a.say({ host: "127.0.0.1", port }, "hi");
      await all.until(() => all.texts.length === 1);
      all.say(a.address, "hi yourself");
      await a.until(() => a.texts.length === 1);

      assert.equal(all.address.host, "0.0.0.0");
      assert.deepEqual(a.batches[0]?.[0]?.from, { host: "127.0.0.1", port });
      await assert.rejects(listen(ground.world("b"), { port }), failsWith("ADDRESS_IN_USE", /127\.0\.0\.1/));
      await assert.rejects(
        listen(ground.world("b"), { host: "0.0.0.0", port: a.address.port }),
        failsWith("ADDRESS_IN_USE", /0\.0\.0\.0/),
      );
    });

    for (const [what, to, length] of [
      ["too long a datagram", undefined, 65_508],
      ["a datagram to port 0", { host: "127.0.0.1", port: 0 }, 1],
      ["a datagram to port 65536", { host: "127.0.0.1", port: 65_536 }, 1],
      ["a datagram to an address of another family", { host: "::1", port: 9 }, 1],
      ["a datagram to a host name", { host: "localhost", port: 9 }, 1],
      ["a datagram to an empty host", { host: "", port: 9 }, 1],
    ] as const) {
      test(`survives ${what}`, async (ground) => {
        await using a = await listen(ground.world("a"));
        await using b = await listen(ground.world("b"));

        a.endpoint.send(to ?? b.address, new Uint8Array(length));
        a.say(b.address, "still here");
        await a.until(() => a.errors.length === 1);
        await b.until(() => b.texts.length === 1);

        assert.equal(a.errors[0]?.code, "SEND_FAILED");
        assert.deepEqual(b.texts, ["still here"]);
      });
    }

    test("survives sending to a port where nobody listens", async (ground) => {
      await using a = await listen(ground.world("a"));
      const gone = await listen(ground.world("gone"));
      await gone.endpoint.close();

      a.say(gone.address, "anybody?");
      a.say(a.address, "still here");
      await a.until(() => a.texts.length === 1);

      assert.deepEqual(a.texts, ["still here"]);
      assert.ok(a.errors.every(({ code }) => code === "PEER_REFUSED"));
    });

    test("reports a receiver that throws, and goes on", async (ground) => {
      const cause = new Error("my fault");
      await using a = await listen(ground.world("a"), {
        onDatagrams: () => {
          if (a.batches.length === 1) throw cause;
        },
      });

      a.say(a.address, "one");
      await a.until(() => a.errors.length === 1);
      a.say(a.address, "two");
      await a.until(() => a.texts.length === 2);

      assert.equal(a.errors[0]?.code, "RECEIVER_FAILED");
      assert.equal(a.errors[0]?.cause, cause);
      assert.equal(a.errors.length, 1);
    });

    test("frees the port when it closes, however often it is closed", async (ground) => {
      const first = await listen(ground.world("a"));

      await Promise.all([first.endpoint.close(), first.endpoint.close()]);
      await first.endpoint.close();
      await using second = await listen(ground.world("b"), { port: first.address.port });

      assert.deepEqual(second.address, first.address);
    });

    test("sends what was given to it before it closes, and nothing after", async (ground) => {
      await using b = await listen(ground.world("b"));
      const a = await listen(ground.world("a"));

      a.say(b.address, "last words");
      const closing = a.endpoint.close();
      a.say(b.address, "from the grave");
      await closing;
      b.say(b.address, "silence");
      await b.until(() => b.texts.includes("silence"));

      assert.deepEqual(b.texts, ["last words", "silence"]);
      assert.deepEqual(a.errors, []);
    });

    test("hands over nothing once it is closed", async (ground) => {
      await using b = await listen(ground.world("b"));
      const a = await listen(ground.world("a"));

      b.say(a.address, "too late");
      await a.endpoint.close();
      b.say(b.address, "after");
      await b.until(() => b.texts.length === 1);

      assert.deepEqual(a.texts, []);
    });

    test("hands over nothing once it is closed, though it had arrived before", async (ground) => {
      const closings: Promise<void>[] = [];
      const a = await listen(ground.world("a"), { onDatagrams: () => closings.push(b.endpoint.close()) });
      const b = await listen(ground.world("b"), { onDatagrams: () => closings.push(a.endpoint.close()) });
      await using c = await listen(ground.world("c"));

      c.say(a.address, "you or you");
      c.say(b.address, "you or you");
      c.say(c.address, "done");
      await c.until(() => c.texts.length === 1);
      c.say(c.address, "really");
      await c.until(() => c.texts.length === 2);
      await Promise.all([...closings, a.endpoint.close(), b.endpoint.close()]);

      assert.equal(a.texts.length + b.texts.length, 1, "who hears first closes the other");
    });

    const { noIpv6 } = newGround();
    it("speaks IPv6", { skip: noIpv6 ?? false }, async () => {
      const ground = newGround();
      await ground.run(async () => {
        await using a = await listen(ground.world("a"), { host: "::1" });
        await using b = await listen(ground.world("b"), { host: "::1" });

        a.say(b.address, "hi");
        await b.until(() => b.texts.length === 1);

        assert.equal(b.address.host, "::1");
        assert.deepEqual(b.batches[0]?.[0]?.from, a.address);
      });
    });

    it("has ports of their own for IPv4 and IPv6", { skip: noIpv6 ?? false }, async () => {
      const ground = newGround();
      await ground.run(async () => {
        for (let left = 5; ; left -= 1) {
          await using six = await listen(ground.world("a"), { host: "::1" });
          try {
            await using four = await listen(ground.world("c"), { port: six.address.port });
            assert.equal(four.address.port, six.address.port);
            return;
          } catch (error) {
            // Somebody else on this machine has that port in the other family.
            if (left === 0 || !(error instanceof NetworkError && error.code === "ADDRESS_IN_USE"))
              throw error;
          }
        }
      });
    });
  });
}

function failsWith(code: NetworkErrorCode, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof NetworkError, `${error}`);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };
}
