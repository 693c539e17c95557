import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Receipt } from "../../../src/client/api.ts";
import { type Evidence, missing, violations } from "../../../src/scenario/run/invariants.ts";
import { Ledger } from "../../../src/scenario/run/ledger.ts";
import type { Observation } from "../../../src/scenario/run/observation.ts";
import { NO_FAULTS, type PossibleFaults } from "../../../src/scenario/run/possible-faults.ts";
import { SentLog } from "../../../src/scenario/run/sent.ts";

const PLACE = { file: "x.yaml", line: 1, column: 1 };

const delivered: Receipt = { kind: "delivered", roundTripMs: 2, attempts: 1 };
const twiceTried: Receipt = { ...delivered, attempts: 2 };
const saved: Receipt = { kind: "saved", attempts: 1 };
const failedAfterTwo: Receipt = { kind: "failed", reason: "NO_ACKNOWLEDGEMENT", detail: "", attempts: 2 };

describe("exactly once", () => {
  it("holds when each message came as often as it was sent", () => {
    const { play } = story();

    const evidence = play(["registers"], ["send", "a", delivered], ["get", "a"]);

    assert.deepEqual(findings(evidence), []);
  });

  it("is broken by a second copy that no retransmission explains", () => {
    const { play } = story();

    const evidence = play(["registers"], ["send", "a", delivered], ["get", "a"], ["get", "a"]);

    assert.deepEqual(findings(evidence), [
      '"a" from alice reaches bob exactly once for each time it is sent',
    ]);
  });

  for (const [receipt, copies] of [
    [twiceTried, 2],
    [failedAfterTwo, 2],
  ] as const) {
    it(`accepts ${copies} copies of a message ${receipt.kind} after ${receipt.attempts} attempts, and no more`, () => {
      const enough = story().play(["registers"], ["send", "a", receipt], ...times(copies, ["get", "a"]));
      const tooMany = story().play(["registers"], ["send", "a", receipt], ...times(copies + 1, ["get", "a"]));

      assert.deepEqual(findings(enough), []);
      assert.equal(findings(tooMany).length, 1);
    });
  }

  it("is broken by a message that nobody sent", () => {
    const evidence = story().play(["registers"], ["get", "ghost"]);

    assert.deepEqual(findings(evidence), ["bob gets from alice only what alice sent"]);
  });

  it("does not judge texts on a network that changes bytes", () => {
    const evidence = story().play(["registers"], ["get", "ghost"]);

    assert.deepEqual(findings({ ...evidence, faults: { ...NO_FAULTS, corrupt: true } }), []);
  });
});

describe("on a network that duplicates", () => {
  const faults = { ...NO_FAULTS, duplicate: true, latenessMs: 3 };

  it("each transmission may come twice, and no more often", () => {
    const twice = story(faults).play(["registers"], ["send", "a", delivered], ...times(2, ["get", "a"]));
    const thrice = story(faults).play(["registers"], ["send", "a", delivered], ...times(3, ["get", "a"]));

    assert.deepEqual(findings(twice), []);
    assert.equal(findings(thrice).length, 1);
  });

  it("a copied acknowledgement may be taken for that of the next message, as long as a copy can be late", () => {
    const first = story(faults).play(["registers"], ["send", "a", delivered]);
    const soon = story(faults).play(
      ["registers"],
      ["send", "a", delivered],
      ["get", "a"],
      ["send", "b", delivered],
    );
    const later = story(faults).play(
      ["registers"],
      ["send", "a", delivered],
      ...times(4, ["get", "a"]).slice(2),
      ["leaves"],
      ["registers"],
      ["send", "b", delivered],
    );

    assert.deepEqual(owed(first), ['"a" from alice reaches bob, as alice was told']);
    assert.deepEqual(owed(soon), []);
    assert.deepEqual(owed(later), ['"b" from alice reaches bob, as alice was told']);
  });

  it("so may a copy of the server's", () => {
    const evidence = story(faults).play(["send", "a", saved], ["send", "b", saved], ["registers"]);

    assert.deepEqual(owed(evidence), ['"a" from alice reaches bob, as alice was told']);
  });

  it("saved messages come in order", () => {
    const evidence = story(faults).play(
      ["send", "a", saved],
      ["send", "b", saved],
      ["registers"],
      ["mail", "b"],
      ["mail", "a"],
    );

    assert.equal(findings(evidence).length, 1);
  });
});

describe("on a network that reorders", () => {
  const faults = { ...NO_FAULTS, reorder: true, latenessMs: 3 };

  it("saved messages may come in any order, and twice", () => {
    const evidence = story(faults).play(
      ["send", "a", saved],
      ["send", "b", saved],
      ["registers"],
      ...(["b", "a", "b"] as const).map((text): Happening => ["mail", text]),
    );

    assert.deepEqual(findings(evidence), []);
  });

  it("of several saved messages one may be counted for another, but a single one must come", () => {
    const several = story(faults).play(
      ["send", "a", saved],
      ["send", "b", saved],
      ["registers"],
      ["mail", "a"],
    );
    const single = story(faults).play(["send", "a", saved], ["registers"]);

    assert.deepEqual(owed(several), []);
    assert.equal(owed(single).length, 1);
  });

  it("what goes from client to client comes once and in order", () => {
    const evidence = story(faults).play(
      ["registers"],
      ["send", "a", delivered],
      ["send", "b", delivered],
      ["get", "b"],
      ["get", "a"],
      ["get", "a"],
    );

    assert.equal(findings(evidence).length, 2);
  });
});

describe("what was reported delivered or saved", () => {
  it("must have come when it was delivered", () => {
    const evidence = story().play(["registers"], ["send", "a", delivered]);

    assert.deepEqual(owed(evidence), ['"a" from alice reaches bob, as alice was told']);
  });

  it("must have come as often as it was delivered", () => {
    const evidence = story().play(
      ["registers"],
      ["send", "a", delivered],
      ["send", "a", delivered],
      ["get", "a"],
    );

    assert.equal(owed(evidence).length, 1);
  });

  it("may wait in the mailbox of one who is not back", () => {
    const away = story().play(["registers"], ["leaves"], ["send", "a", saved]);
    const neverAway = story().play(["registers"], ["send", "a", saved]);

    assert.deepEqual([...owed(away), ...owed(neverAway)], []);
  });

  it("must have come once he is back", () => {
    const evidence = story().play(["registers"], ["leaves"], ["send", "a", saved], ["registers"]);

    assert.equal(owed(evidence).length, 1);
  });

  it("need not when he has left again, or has closed his port", () => {
    const left = story().play(["leaves"], ["send", "a", saved], ["registers"], ["leaves"]);
    const closed = story().play(["leaves"], ["send", "a", saved], ["registers"], ["closes"]);

    assert.deepEqual([...owed(left), ...owed(closed)], []);
  });

  it("need not when the server has lost what it kept since", () => {
    const evidence = story().play(["leaves"], ["send", "a", saved], ["registers"]);

    assert.deepEqual(owed({ ...evidence, mailLostAtMs: 100 }), []);
    assert.equal(owed({ ...evidence, mailLostAtMs: 0 }).length, 1);
  });

  it("need not when it was reported failed", () => {
    const evidence = story().play(["registers"], ["send", "a", failedAfterTwo]);

    assert.deepEqual(owed(evidence), []);
  });
});

describe("the order of a sender", () => {
  const twoSent = [["registers"], ["send", "a", delivered], ["send", "b", delivered]] as const;

  it("is broken when a later message comes first", () => {
    const evidence = story().play(...twoSent, ["get", "b"], ["get", "a"]);

    assert.deepEqual(findings(evidence), [
      "bob gets the messages of alice in the order in which they were sent",
    ]);
    assert.match(violations(evidence)[0]?.found[0] ?? "", /^"b" came before "a"/);
  });

  it("is that of first copies", () => {
    const evidence = story().play(
      ["registers"],
      ["send", "a", twiceTried],
      ["send", "b", delivered],
      ...(["a", "b", "a"] as const).map((text): Happening => ["get", text]),
    );

    assert.deepEqual(findings(evidence), []);
  });

  it("does not bind what was reported failed", () => {
    const evidence = story().play(
      ["registers"],
      ["send", "a", failedAfterTwo],
      ["send", "b", delivered],
      ["get", "b"],
      ["get", "a"],
    );

    assert.deepEqual(findings(evidence), []);
  });
});

describe("a client that has deregistered", () => {
  it("gets nothing", () => {
    const evidence = story().play(["registers"], ["send", "a", delivered], ["leaves"], ["get", "a"]);

    assert.deepEqual(findings(evidence), ["nothing reaches bob after it has deregistered"]);
  });

  it("gets messages again when it registers", () => {
    const evidence = story().play(["leaves"], ["send", "a", saved], ["registers"], ["get", "a"]);

    assert.deepEqual([...findings(evidence), ...owed(evidence)], []);
  });
});

type Happening =
  | readonly ["send", text: string, Receipt]
  | readonly ["get" | "mail", text: string]
  | readonly ["registers" | "leaves" | "closes"];

/** Alice sends, bob does the rest; each happening takes a millisecond. */
function story(faults: PossibleFaults = NO_FAULTS) {
  const sent = new SentLog(faults);
  let atMs = 0;
  const bob = new Ledger("bob", sent, () => atMs);
  const alice = new Ledger("alice", sent, () => atMs);
  sent.addClient("alice");
  sent.addClient("bob");
  alice.record("alice", { kind: "registering" });

  function happen(happening: Happening): void {
    atMs += 1;
    const [what] = happening;
    if (what === "send") {
      const [, text, receipt] = happening;
      sent.add({ sender: "alice", from: "alice", to: "bob", text, place: PLACE, sentAtMs: atMs })(
        receipt,
        atMs,
      );
      return;
    }
    for (const seen of seenWhen(happening)) bob.record("bob", seen);
  }

  return {
    play(...happenings: readonly Happening[]): Evidence {
      happenings.forEach(happen);
      const ledgers = [alice, bob];
      return { scenario: PLACE, ledgers, sent, mailLostAtMs: undefined, faults };
    },
  };
}

function seenWhen([what, text = ""]: Exclude<Happening, readonly ["send", ...unknown[]]>): Observation[] {
  switch (what) {
    case "get":
    case "mail":
      return [{ kind: "message", from: "alice", text, saved: what === "mail", sentAtMs: 0, auto: false }];
    case "registers":
      return [{ kind: "registering" }, { kind: "registered", outcome: "back" }];
    case "leaves":
      return [{ kind: "deregistered" }];
    case "closes":
      return [{ kind: "closed" }];
  }
}

function findings(evidence: Evidence): string[] {
  return violations(evidence).map(({ expected }) => expected);
}

function owed(evidence: Evidence): string[] {
  return missing(evidence).map(({ expected }) => expected);
}

function times(count: number, happening: Happening): Happening[] {
  return Array.from({ length: count }, () => happening);
}
