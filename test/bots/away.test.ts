import { test } from "node:test";
import { testBot } from "udpchat/testing";

test("away answers each sender once in a while, and hands over what was said", async () => {
  await using t = await testBot("bots/away.ts", { settings: { owner: "alice", hours: 2 } });
  const [alice, bob, carol] = [t.user("alice"), t.user("bob"), t.user("carol")];

  await alice.says("away gone fishing");
  await bob.says("lunch?");
  bob.hears("gone fishing");
  await bob.says("hello?");
  await carol.says("away");
  carol.hears("gone fishing");
  bob.hearsNothing();
  await t.restart();
  await t.advance("2h");
  await bob.says("still there?");
  bob.hears("gone fishing");
  await alice.says("back");
  alice.hears(/^\S+T00:00 bob: lunch\?\n.*bob: hello\?\n.*carol: away\n.*T02:00 bob: still there\?$/);
  await bob.says("and now?");

  alice.hears("bob: and now?");
  bob.hearsNothing();
});
