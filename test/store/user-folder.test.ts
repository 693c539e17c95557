import assert from "node:assert/strict";
import { userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { it } from "node:test";
import { userFolder } from "../../src/store/user-folder.ts";

it("a user's files are where his variable says, if it is an absolute path, else in his home", (t) => {
  const { HOME } = process.env;
  t.after(() => {
    if (HOME === undefined) delete process.env["HOME"];
    else process.env["HOME"] = HOME;
  });

  process.env["HOME"] = "/home/ann";

  assert.equal(userFolder("data", { XDG_DATA_HOME: "/srv/data" }), "/srv/data/udpchat");
  assert.equal(userFolder("state", { XDG_DATA_HOME: "/srv/data" }), "/home/ann/.local/state/udpchat");
  for (const XDG_DATA_HOME of [undefined, "", "data", "./data"]) {
    assert.equal(userFolder("data", { XDG_DATA_HOME }), "/home/ann/.local/share/udpchat");
  }
});

it("an empty HOME is none: they are never where a command happens to be started", (t) => {
  const { HOME } = process.env;
  t.after(() => {
    if (HOME !== undefined) process.env["HOME"] = HOME;
  });

  process.env["HOME"] = "";

  const folder = userFolder("state", {});
  assert.ok(isAbsolute(folder), folder);
  assert.equal(folder, join(userInfo().homedir, ".local", "state", "udpchat"));
});
