import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemWorld } from "../../../src/net/system-world.ts";
import { detectProfile } from "../../../src/scenario/foreign/detect.ts";
import { ProgramError } from "../../../src/scenario/foreign/program.ts";
import { implementationOf } from "../../support/screened.ts";

const never = new AbortController().signal;

function profileOf(env: Readonly<Record<string, string>>) {
  const implementation = implementationOf(["python3", "udpchat.py"], { env });
  return detectProfile(implementation, systemWorld(), never);
}

describe("what a profile leaves open is found out by trying", { concurrency: true }, () => {
  it("for one that registers by itself, and lets a second client take over", async () => {
    const profile = await profileOf({ UDPCHAT_STYLE: "self", UDPCHAT_BREAK: "two-of-a-name" });

    assert.equal(profile.registersAtStart, true);
    assert.equal(profile.secondClient, "takesOver");
  });

  it("for one that never gives a nickname back", async () => {
    const profile = await profileOf({ UDPCHAT_BREAK: "nick-stays" });

    assert.equal(profile.vanishedReturns, false);
  });
});

describe("a program whose server is never ready", () => {
  it("says so, with its last words", async () => {
    const dying = implementationOf(["python3", "oddities.py", "dies"]);

    await assert.rejects(detectProfile(dying, systemWorld(), never), (error) => {
      assert.ok(error instanceof ProgramError);
      assert.equal(error.message, "the server is not ready: it ended at once; it wrote: I cannot go on");
      return true;
    });
  });
});
