import { test } from "node:test";
import { testBot } from "udpchat/testing";

test("greeter greets each time that somebody comes, in its owner's words", async () => {
  await using t = await testBot("bots/greeter.ts", { settings: { greeting: "Hello {nick}" } });
  const alice = t.user("alice");

  await alice.comes();
  alice.hears("Hello alice");
  await alice.leaves();
  await alice.comes();
  alice.hears("Hello alice");

  alice.hearsNothing();
});
