import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HostBench, SendingClient } from "../support/host-bench.ts";

const delivered = { kind: "delivered", roundTripMs: 1, attempts: 1 } as const;

describe("replies", () => {
  it("go out once: the repeat's nth is the first one's nth, with its text, id and receipt", async () => {
    const bench = new HostBench();
    bench.say("hi");
    const delivery = bench.idOf("hi");
    const network = new SendingClient();
    const replies = bench.newReplies();
    replies.attach(network.client);
    const send = (text: string, ordinal: number) =>
      replies.send({ to: "alice", text, of: { delivery, ordinal }, asker: "alice" });

    const first = [send("one", 0), send("two", 1)];
    const repeatedMeanwhile = send("one again", 0);
    await settled();
    network.answer();
    await Promise.all(first);
    const repeatedLater = await send("two again", 1);
    const third = send("three", 2);
    await settled();
    network.answer();

    assert.deepEqual(await repeatedMeanwhile, delivered);
    assert.deepEqual(repeatedLater, delivered);
    assert.deepEqual(await third, delivered);
    assert.deepEqual(network.sent, [
      ["one", 1],
      ["two", 2],
      ["three", 3],
    ]);
  });

  it("that had no receipt when the host died go out again under their ids, before anything new", async () => {
    const bench = new HostBench();
    bench.say("hi");
    const delivery = bench.idOf("hi");
    const before = bench.newReplies();
    before.attach(new SendingClient(7).client);
    void before.send({ to: "alice", text: "lost?", of: { delivery, ordinal: 0 }, asker: "alice" });
    await settled();
    bench.finish("hi");

    const network = new SendingClient(100);
    const after = bench.newReplies();
    after.attach(network.client);
    void after.send({ to: "alice", text: "new", of: undefined, asker: undefined });
    await settled();
    network.answer();
    await settled();
    const again = new SendingClient();
    bench.newReplies().attach(again.client);

    assert.deepEqual(network.sent, [
      ["lost?", 7],
      ["new", 100],
    ]);
    assert.deepEqual(again.sent, []);
  });

  it("that the end of the host cut off are left for the next one", async () => {
    const bench = new HostBench();
    bench.say("hi");
    const network = new SendingClient();
    const replies = bench.newReplies();
    replies.attach(network.client);
    const sending = replies.send({
      to: "a",
      text: "x",
      of: { delivery: bench.idOf("hi"), ordinal: 0 },
      asker: "a",
    });
    await settled();

    network.answer({ kind: "failed", reason: "CLOSED", detail: "the client was closed", attempts: 1 });
    await sending;

    assert.equal(bench.journal.openReplies().length, 1);
  });

  it("beyond a few answers to each message wait when they are more than a bot may send", async () => {
    const bench = new HostBench();
    const network = new SendingClient();
    const replies = bench.newReplies({ burst: 1, perSecond: 0.001 });
    replies.attach(network.client);
    bench.say("hi");
    const delivery = bench.idOf("hi");

    for (let ordinal = 0; ordinal < 4; ordinal++) {
      void replies.send({
        to: "alice",
        text: `answer ${ordinal}`,
        of: { delivery, ordinal },
        asker: "alice",
      });
    }
    for (const to of ["bob", "carol"])
      void replies.send({ to, text: `to ${to}`, of: undefined, asker: undefined });
    await settled();

    assert.deepEqual(
      network.sent.map(([text]) => text),
      ["answer 0", "answer 1", "answer 2", "answer 3", "to bob"],
    );
  });
});

/** Everything that promises set off has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
