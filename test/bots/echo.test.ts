import { test } from "node:test";
import { testBot } from "udpchat/testing";

test("echo says back what it is told, and explains itself", async () => {
  await using t = await testBot("bots/echo.ts");
  const alice = t.user("alice");

  await alice.says('say "naïve ✓"');
  alice.hears("naïve ✓");
  await alice.says("say");
  alice.hears("<text> is missing. Usage: say <text...>");
  await alice.says("help");
  alice.hears(/^I repeat what you say\.\nsay <text\.\.\.>/);

  alice.hearsNothing();
});
