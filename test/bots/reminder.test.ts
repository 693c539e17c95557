import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testBot } from "udpchat/testing";
import { readWhen } from "../../bots/reminder/when.ts";

describe("reminder", () => {
  it("reminds on time, also after a crash and a stop", async () => {
    await using t = await testBot("bots/reminder.ts", { settings: { timeZone: "Europe/Paris" } });
    const alice = t.user("alice");

    await alice.says("remind in 10 minutes to stretch");
    alice.hears("I will remind you on 1 Jan 2026, 01:10.");
    await alice.says("remind at 2:30 sleep");
    await t.crash();
    await t.advance("9m");
    alice.hears(/02:30/);
    alice.hearsNothing();
    await t.advance("1m");
    alice.hears("Reminder: stretch");
    await t.stop();
    await t.advance("2h");
    await t.restart();

    alice.hears("Reminder: sleep");
    assert.deepEqual(t.errors, []);
  });

  it("lists and forgets, asks what is missing, and has a bound", async () => {
    await using t = await testBot("bots/reminder.ts", { settings: { perPersonMax: 2 } });
    const alice = t.user("alice");

    await alice.says("remind tomorrow");
    alice.hears("Of what?");
    await alice.says("the milk");
    await alice.says("remind in a week to travel");
    await alice.says("remind in an hour tea");
    alice.hears("You have 2 already; forget some.");
    await alice.says("forget 1");
    alice.hears("Forgotten: the milk");
    await alice.says("reminders");
    alice.hears("1. 8 Jan 2026, 00:00: travel");
    await alice.says("remind me sometime");

    alice.hears(/^When\? Begin with a time/);
  });
});

describe("times as people say them", () => {
  // A Thursday, noon in Paris.
  const now = Date.UTC(2026, 0, 1, 11, 0);
  const cases: readonly (readonly [text: string, iso: string, rest: string])[] = [
    ["in 10 minutes to stretch", "2026-01-01T11:10", "stretch"],
    ["in 90s x", "2026-01-01T11:01:30", "x"],
    ["in an hour", "2026-01-01T12:00", ""],
    ["in 2 weeks: pay", "2026-01-15T11:00", "pay"],
    ["at 17:30 go", "2026-01-01T16:30", "go"],
    ["at 9 to call bob", "2026-01-02T08:00", "call bob"],
    ["5 pm tea", "2026-01-01T16:00", "tea"],
    ["noon", "2026-01-02T11:00", ""],
    ["tomorrow at 9, call", "2026-01-02T08:00", "call"],
    ["Tomorrow call", "2026-01-02T08:00", "call"],
    ["on friday 14:00 x", "2026-01-02T13:00", "x"],
    ["thursday x", "2026-01-08T08:00", "x"],
    ["thursday at 18 x", "2026-01-01T17:00", "x"],
    ["today at 23:59 x", "2026-01-01T22:59", "x"],
  ];
  for (const [text, iso, rest] of cases) {
    it(`reads "${text}"`, () => {
      const when = readWhen(text, now, "Europe/Paris");

      assert.equal(
        when && new Date(when.atMs).toISOString().startsWith(iso),
        true,
        new Date(when?.atMs ?? 0).toISOString(),
      );
      assert.equal(when?.rest, rest);
    });
  }

  it("knows the days on which clocks change, and what is no time", () => {
    const saturday = Date.UTC(2026, 2, 28, 12, 0);

    assert.equal(readWhen("tomorrow at 9", saturday, "Europe/Paris")?.atMs, Date.UTC(2026, 2, 29, 7, 0));
    for (const text of ["9 lives", "me at 9", "at 25", "in minutes", "in 5 parsecs", "at 9:99", ""]) {
      assert.equal(readWhen(text, saturday, "UTC"), undefined, text);
    }
  });
});
