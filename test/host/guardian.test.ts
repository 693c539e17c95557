import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { isAlive, untilGone } from "../support/processes.ts";

const GUARDIAN = new URL("../../src/host/guardian.ts", import.meta.url).href;

/** Entrusts what its arguments say, and then does nothing for ever. Each line that it reads takes something back. */
const WARD = `
  const { entrustProcess, entrustGroup, entrustFolder } = await import(${JSON.stringify(GUARDIAN)});
  const by = { process: entrustProcess, group: entrustGroup, folder: entrustFolder };
  const [, ...wishes] = process.argv;
  const takeBack = wishes.map((wish) => {
    const [kind, what] = wish.split("=");
    return by[kind](kind === "folder" ? what : Number(what));
  });
  process.stdin.on("data", (text) => {
    for (const index of String(text).trim().split(" ")) takeBack[Number(index)]();
    // The pipe to the guardian has taken it when the next turn begins.
    setImmediate(() => console.log("taken back"));
  });
  console.log("entrusted");
  setInterval(() => {}, 1e6);
`;

describe("the guardian", () => {
  let folder = "";
  const started: ChildProcess[] = [];
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "udpchat-guardian-"));
  });
  after(() => {
    for (const child of started) child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  /** Deaf to whatever it could notice. */
  function stubborn(): number {
    const child = spawn("/bin/sh", ["-c", "trap '' HUP INT TERM PIPE; while :; do sleep 100; done"], {
      detached: true,
      stdio: "ignore",
    });
    started.push(child);
    return child.pid ?? 0;
  }

  async function ward(...wishes: readonly string[]): Promise<ChildProcess> {
    const child = spawn(process.execPath, ["--input-type=module", "-e", WARD, "--", ...wishes]);
    started.push(child);
    child.stderr.on("data", (text) => process.stderr.write(text));
    await once(child.stdout, "data");
    return child;
  }

  for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
    it(`ends and removes what was entrusted to it when its ward dies of ${signal}`, async () => {
      const [plain, group] = [stubborn(), stubborn()];
      const temporary = mkdtempSync(path.join(folder, "it is 'ours' $(x) "));
      const child = await ward(`process=${plain}`, `group=${group}`, `folder=${temporary}`);
      assert.ok(isAlive(plain) && isAlive(group) && existsSync(temporary));

      child.kill(signal);

      await untilGone([plain, group]);
      await untilGone([], () => !existsSync(temporary));
    });
  }

  it("leaves alone what was taken back", async () => {
    const [mine, yours] = [stubborn(), stubborn()];
    const kept = mkdtempSync(path.join(folder, "kept"));
    const child = await ward(`process=${mine}`, `process=${yours}`, `folder=${kept}`);
    child.stdin?.write("0 2\n");
    await once(child.stdout ?? child, "data");

    child.kill("SIGKILL");

    await untilGone([yours]);
    assert.deepEqual([isAlive(mine), existsSync(kept)], [true, true]);
  });

  it("takes no path that it could misunderstand", async () => {
    const { entrustFolder } = await import("../../src/host/guardian.ts");

    assert.throws(() => entrustFolder("relative"), TypeError);
    assert.throws(() => entrustFolder("/two\nlines"), TypeError);
    assert.throws(() => entrustFolder("/"), TypeError);
  });
});
