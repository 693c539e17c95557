import { test } from "node:test";
import { testBot } from "udpchat/testing";

const settings = {
  left: { name: "north", members: ["alice", "bob"] },
  right: { name: "south", members: ["carol", "dave"] },
};

test("relay carries what one group says to the other, and tells who did not get it", async () => {
  await using t = await testBot("bots/relay.ts", { settings });
  const [alice, bob, carol, dave] = [t.user("alice"), t.user("bob"), t.user("carol"), t.user("dave")];
  for (const user of [alice, bob, carol]) await user.comes();

  await alice.says("hello");
  carol.hears("[north] alice: hello");
  alice.hears("It did not reach dave.");
  await dave.comes();
  await dave.leaves();
  await alice.says("/who");
  alice.hears("south: carol (online), dave");
  await bob.says("again");
  carol.hears("[north] bob: again");
  bob.hearsNothing();
  await dave.comes();
  dave.hears("[north] bob: again");
  await carol.says("hi");

  alice.hears("[south] carol: hi");
  bob.hears("[south] carol: hi");
  dave.hearsNothing();
});
