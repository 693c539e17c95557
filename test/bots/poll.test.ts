import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testBot } from "udpchat/testing";

describe("poll", () => {
  it("asks everybody who is there, counts each once, and tells the result when time is up", async () => {
    await using t = await testBot("bots/poll.ts");
    const people = Array.from({ length: 12 }, (_, i) => t.user(`p${i}`));
    for (const person of people) await person.comes();
    const [asker, first, second, ...others] = people;
    assert.ok(asker && first && second);

    await asker.says("poll Lunch? | pizza | soup --for 5m");
    asker.hears(/^11 people were asked/);
    first.hears("p0 asks: Lunch?\n1. pizza\n2. soup\nSay: vote <number>");
    await first.says("vote 1");
    await first.says("vote 2");
    await second.says("vote 3");
    second.hears("Say a number from 1 to 2.");
    for (const person of others) await person.says("vote 1");
    await t.crash();
    await t.advance("5m");

    asker.hears("The poll is over.\nLunch?\npizza: 9\nsoup: 1");
    first.hears(/^The poll is over/);
    assert.deepEqual(t.store(), {});
    assert.deepEqual(t.errors, []);
  });

  it("is one at a time, and its asker's to end", async () => {
    await using t = await testBot("bots/poll.ts");
    const [alice, bob] = [t.user("alice"), t.user("bob")];

    await alice.says("poll Tea? | yes | no");
    await bob.says("poll Coffee? | yes | no");
    bob.hears("alice is asking already: Tea?");
    await bob.says("end");
    bob.hears("You are asking nothing.");
    await alice.says("poll");
    alice.hears(/<question> is missing/);
    await alice.says("end");
    alice.hears("The poll is over.\nTea?\nyes: 0\nno: 0");
    await t.advance("10m");

    alice.hears(/people were asked/);
    alice.hearsNothing();
  });
});
