import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testBot } from "udpchat/testing";

const options = { roles: { staff: ["sue"] }, settings: { greeting: "We look into it." } };

describe("helpdesk", () => {
  it("takes a ticket from its opening to its end", async () => {
    await using t = await testBot("bots/helpdesk.ts", options);
    const [bob, sue] = [t.user("bob"), t.user("sue")];

    await bob.says("ticket printer on fire");
    bob.hears('"printer on fire": is it urgent? (yes/no)');
    await bob.says("maybe");
    bob.hears(/yes or no/);
    await t.crash();
    await bob.says("yes");
    bob.hears("#1 is open. We look into it.");
    await sue.says("tickets");
    sue.hears("#1 URGENT printer on fire (bob)");
    await sue.says("take 1");
    sue.hears("1 is yours.");
    bob.hears('sue looks into "printer on fire".');
    await sue.says("close #1");
    sue.hears("What shall bob be told?");
    await sue.says("it is out");
    bob.hears('"printer on fire" is closed: it is out');
    sue.hears("Closed; the answer to bob was delivered.");

    assert.deepEqual(t.store(), { seq: 1 });
    assert.deepEqual(t.errors, []);
  });

  it("lets the staff alone do what is the staff's, and shows it to nobody else", async () => {
    await using t = await testBot("bots/helpdesk.ts", options);
    const bob = t.user("bob");

    await bob.says("tickets");
    bob.hears("Only staff may do that.");
    await bob.says("help");

    assert.equal(bob.hears(/ticket <title/).includes("close"), false);
  });

  it("gives a dialog up when nothing is said, and keeps a ticket whose closing is not explained", async () => {
    await using t = await testBot("bots/helpdesk.ts", options);
    const sue = t.user("sue");

    await sue.says("ticket a");
    await t.advance("11m");
    sue.hears("Time is up; we stop here.");
    await sue.says("ticket b");
    await sue.says("no");
    await sue.says("close 1");
    await t.advance("6m");
    sue.hears("You said nothing; it stays open.");
    await sue.says("close 7 done");

    sue.hears("There is no ticket 7.");
    assert.deepEqual(Object.keys(t.store()), ["seq", "ticket/1"]);
  });
});
