/**
 * The soak is worth what it finds. Each of these tests plants one bug, while it runs and nowhere in the source, and holds the
 * soak to finding it within 200 seeds. Who adds a promise to the protocol adds the bug that breaks it here.
 */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Inbox } from "../../src/client/v2/inbox.ts";
import { VersionedTable } from "../../src/client/v2/table.ts";
import { FaultPlan } from "../../src/net/faults.ts";
import { CHECKSUM_BYTES, isV2 } from "../../src/protocol/v2/index.ts";
import { Liveness } from "../../src/server/liveness.ts";
import { Cookies } from "../../src/server/v2/cookies.ts";
import { withChecksum } from "../support/v2-wire.ts";
import type { Rule } from "./worlds/breach.ts";
import { CrashingStore } from "./worlds/crashing-store.ts";
import { generate } from "./worlds/generate.ts";
import { type PlayOptions, type PlayResult, play } from "./worlds/play.ts";
import { onlyActions } from "./worlds/report.ts";
import { shrink } from "./worlds/shrink.ts";
import { storyOf } from "./worlds/story.ts";

/** A disk that reports a commit before it is durable: only every third one is. */
class LyingStore extends CrashingStore {
  #commits = 0;

  override commit(): void {
    this.#commits += 1;
    if (this.#commits % 3 === 0) super.commit();
  }
}

const LYING: PlayOptions = { store: (nowMs) => new LyingStore(nowMs) };

interface PlantedBug {
  readonly rule: Rule;
  readonly options?: PlayOptions;
  readonly plant?: (t: TestContext) => void;
}

/** Whatever is damaged on its way gets a new checksum. */
function hideDamage(t: TestContext): void {
  const fateOf = FaultPlan.prototype.fate;
  t.mock.method(FaultPlan.prototype, "fate", function (this: FaultPlan, ...sent: Parameters<typeof fateOf>) {
    const fate = fateOf.apply(this, sent);
    if (fate.kind !== "carried") return fate;
    const copies = fate.copies.map((copy) => ({
      ...copy,
      bytes: copy.corrupted ? sealed(copy.bytes) : copy.bytes,
    }));
    return { ...fate, copies };
  });
}

function sealed(bytes: Uint8Array): Uint8Array {
  if (!isV2(bytes)) return bytes;
  const records = new TextDecoder().decode(bytes.subarray(0, -CHECKSUM_BYTES));
  return new TextEncoder().encode(withChecksum(records));
}

const BUGS: Readonly<Record<string, PlantedBug>> = {
  "a server that acknowledges before it is durable": { rule: "arrival", options: LYING },
  "a receiver that forgets the last id": {
    rule: "once",
    plant: (t) => t.mock.method(Inbox.prototype, "novelty", () => "new"),
  },
  "a sender that goes straight on after a message was saved": {
    rule: "order",
    plant: (t) => t.mock.method(VersionedTable.prototype, "markOffline", () => {}),
  },
  "a server that does not hand over what it keeps for who is there": {
    rule: "leftover",
    plant: (t) => t.mock.method(Liveness.prototype, "handOver", () => {}),
  },
  "damage that no checksum shows, as to a receiver that does not look": { rule: "once", plant: hideDamage },
  "a server that answers a stranger at length": {
    rule: "amplification",
    plant: (t) => {
      t.mock.method(Cookies.prototype, "issue", () => "A".repeat(100));
      t.mock.method(Cookies.prototype, "isValid", () => true);
    },
  },
};

describe("the soak finds within 200 seeds", () => {
  for (const [name, { rule, options, plant }] of Object.entries(BUGS)) {
    it(name, async (t) => {
      plant?.(t);

      const found = await firstToBreak(rule, options);

      assert.ok(found !== undefined, `no seed broke "${rule}"`);
    });
  }

  it("and shows with few actions how it comes about", async () => {
    const found = await firstToBreak("arrival", LYING);
    assert.ok(found !== undefined);

    const smallest = await shrink(found.program, "arrival", LYING);
    const ids = smallest.actions.map(({ id }) => id);
    const replayed = await play(onlyActions(generate(smallest.seed), ids), LYING);
    const story = await storyOf(smallest, { ...LYING, datagrams: false });

    assert.ok(smallest.actions.length <= 12, `${smallest.actions.length} actions are left`);
    assert.ok(replayed.breaches.some(({ rule }) => rule === "arrival"));
    assert.ok(
      story.some((line) => line.includes("the server crashes")),
      story.join("\n"),
    );
    assert.ok(
      story.some((line) => line.includes("saved, ")),
      story.join("\n"),
    );
  });
});

async function firstToBreak(rule: Rule, options?: PlayOptions): Promise<PlayResult | undefined> {
  for (let seed = 1; seed <= 200; seed += 1) {
    const result = await play(generate(seed), options);
    if (result.breaches.some((breach) => breach.rule === rule)) return result;
  }
  return undefined;
}
