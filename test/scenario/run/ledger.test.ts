import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Receipt } from "../../../src/client/api.ts";
import type { EventPattern } from "../../../src/scenario/language/patterns.ts";
import type { Place } from "../../../src/scenario/language/place.ts";
import { Ledger } from "../../../src/scenario/run/ledger.ts";
import { SentLog } from "../../../src/scenario/run/sent.ts";

const PLACE = { file: "x.yaml", line: 9, column: 5 };
const ANY = { kind: "message" } as const;

const delivered = (attempts: number): Receipt => ({ kind: "delivered", roundTripMs: 2, attempts });
const failed = (attempts: number): Receipt => ({ kind: "failed", reason: "ABORTED", detail: "", attempts });

const take = (ledger: Ledger, pattern: EventPattern, by: Place) => ledger.takeAll([pattern], by)?.[0];

describe("a ledger", () => {
  it("gives out the oldest unconsumed match, also one that came before it was asked for", () => {
    const { ledger, receive } = bob();
    receive("first");
    receive("second");
    receive("first");

    const taken = [1, 2, 3].map(() => take(ledger, equals("first"), PLACE)?.atMs);

    assert.deepEqual(taken, [1, 3, undefined]);
    assert.deepEqual(take(ledger, ANY, PLACE)?.atMs, 2);
  });

  it("keeps what no step consumed, and marks what one did with its place", () => {
    const { ledger, receive } = bob();
    receive("taken");
    receive("left");

    take(ledger, equals("taken"), PLACE);

    assert.deepEqual(
      ledger.leftovers().map(({ atMs }) => atMs),
      [2],
    );
    assert.equal(ledger.entries[0]?.consumedBy, PLACE);
  });

  it("counts consumed and unconsumed", () => {
    const { ledger, receive } = bob();
    receive("a");
    receive("b");

    take(ledger, ANY, PLACE);

    assert.equal(ledger.matching(ANY).length, 2);
    assert.equal(ledger.matching(equals("b")).length, 1);
  });

  it("takes the table for a state: the last one is what is", () => {
    const { ledger } = bob();
    assert.equal(ledger.table(), undefined);

    for (const online of [true, false]) {
      const contact = {
        nick: "alice",
        address: { host: "127.0.0.1", port: 1 },
        online,
        protocol: 1,
      } as const;
      ledger.record("bob", { kind: "table", contacts: [contact] });
    }

    assert.deepEqual(
      ledger.table()?.map(({ online }) => online),
      [false],
    );
  });

  for (const kind of ["deregistered", "closed", "registered"] as const) {
    it(`has no table from before it ${kind === "closed" ? "closed its port" : kind}`, () => {
      const { ledger } = bob();
      ledger.record("bob", { kind: "table", contacts: [] });

      ledger.record("bob", kind === "registered" ? { kind, outcome: "back" } : { kind });
      assert.equal(ledger.table(), undefined);

      ledger.record("bob", { kind: "table", contacts: [] });
      assert.deepEqual(ledger.table(), []);
    });
  }

  it("tells its watchers of each entry until they have enough", () => {
    const { ledger, receive } = bob();
    let calls = 0;
    const unwatch = ledger.watch(() => calls++);

    receive("a");
    unwatch();
    receive("b");

    assert.equal(calls, 1);
  });
});

describe("copies in a ledger", () => {
  it("are passed over as far as the receipt explains them", () => {
    const { ledger, send, receive } = bob();
    send("hi")(delivered(2), 5);
    receive("hi");
    receive("hi");

    take(ledger, ANY, PLACE);

    assert.equal(take(ledger, ANY, PLACE), undefined);
    assert.deepEqual(ledger.leftovers(), []);
    assert.equal(ledger.matching(ANY).length, 1);
  });

  it("beyond the receipt's attempts are messages like any other", () => {
    const { ledger, send, receive } = bob();
    send("hi")(delivered(1), 5);
    receive("hi");
    receive("hi");

    take(ledger, ANY, PLACE);

    assert.equal(ledger.leftovers().length, 1);
    assert.equal(ledger.matching(ANY).length, 2);
  });

  it("are given the benefit of the doubt while the receipt is awaited", () => {
    const { ledger, send, receive } = bob();
    const finish = send("hi");
    receive("hi");
    receive("hi");

    assert.equal(ledger.matching(ANY).length, 1);
    finish(delivered(1), 5);
    assert.equal(ledger.matching(ANY).length, 2);
  });

  it("are no copies when the same text was sent again", () => {
    const { ledger, send, receive } = bob();
    send("hi")(delivered(1), 5);
    send("hi")(delivered(1), 6);
    receive("hi");
    receive("hi");

    assert.deepEqual(
      [1, 2, 3].map(() => take(ledger, ANY, PLACE)?.atMs),
      [1, 2, undefined],
    );
  });

  it("of a message reported failed may be expected, and need not be", () => {
    const { ledger, send, receive } = bob();
    send("hi")(failed(2), 5);
    receive("hi");

    assert.deepEqual(ledger.leftovers(), []);
    assert.equal(take(ledger, ANY, PLACE)?.atMs, 1);
  });

  it("of a message that was never transmitted are explained by nothing", () => {
    const { ledger, send, receive } = bob();
    send("hi")(failed(0), 5);
    receive("hi");

    assert.equal(ledger.leftovers().length, 1);
  });

  it("from somebody whose messages are not in the log are messages like any other", () => {
    const { ledger, receive } = bob();
    receive("beep", "robot");
    receive("beep", "robot");

    assert.equal(ledger.leftovers().length, 2);
  });

  it("from a bot are passed over like those from a client", () => {
    const { ledger, receive, robotSends } = bob();
    robotSends("beep")(delivered(2), 5);
    receive("beep", "robot");
    receive("beep", "robot");

    assert.equal(ledger.matching(ANY).length, 1);
  });

  it("may be answers of a bot to copies of what it was told, which may be expected and need not be", () => {
    const { ledger, receive, robotSends, tellRobot } = bob();
    tellRobot("say beep")(delivered(2), 5);
    for (let answers = 1; answers <= 3; answers++) {
      robotSends("beep")(delivered(1), 5);
      receive("beep", "robot");
    }

    // Told twice at most, it has no reason for a third.
    assert.equal(ledger.matching(ANY).length, 2);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => take(ledger, ANY, PLACE)?.atMs),
      [1, 2, 3, undefined],
    );
  });
});

/** Bob's ledger on a clock that counts entries, and alice who writes to him. */
function bob() {
  const sent = new SentLog();
  sent.addClient("alice");
  sent.addClient("bob");
  let atMs = 0;
  const ledger = new Ledger("bob", sent, () => ++atMs);
  return {
    ledger,
    send: (text: string) =>
      sent.add({ sender: "alice", from: "alice", to: "bob", text, place: PLACE, sentAtMs: 0 }),
    robotSends(text: string) {
      sent.addBot("robot");
      return sent.add({ sender: "robot", from: "robot", to: "bob", text, place: PLACE, sentAtMs: 0 });
    },
    tellRobot: (text: string) =>
      sent.add({ sender: "bob", from: "bob", to: "robot", text, place: PLACE, sentAtMs: 0 }),
    receive: (text: string, from = "alice") =>
      ledger.record("bob", { kind: "message", from, text, saved: false, sentAtMs: 0, auto: false }),
  };
}

function equals(text: string) {
  return { kind: "message", text: { operator: "equals", value: text } } as const;
}
