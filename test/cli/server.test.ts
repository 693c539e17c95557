import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { freePort, runCli, startCli, startServerCli } from "../support/cli.ts";
import { callCli } from "../support/command-lines.ts";

describe("udpchat server", { concurrency: 4 }, () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`says in one line where it listens, and ends in order at ${signal}`, async () => {
      await using server = await startServerCli();

      const { exitCode, stdout } = await server.kill(signal);

      assert.match(stdout, /^udpchat server listening on 127\.0\.0\.1:[1-9]\d*\n$/);
      assert.equal(exitCode, 0);
    });
  }

  it("listens on IPv6 where it is asked to", async () => {
    await using server = startCli(["server", "--host", "::1", "--port", "0"]);
    const [, address = ""] = await server.line(/listening on (\S+)/);

    const { exitCode } = await callCli(["send", "alice", "nobody", "hi", "--server", address, "--json"]);

    assert.match(address, /^\[::1\]:\d+$/);
    assert.equal(exitCode, 1);
  });

  it("says what to do when the port is in use", async () => {
    await using server = await startServerCli();
    const port = server.server.replace(/.*:/, "");

    const { exitCode, stdout, stderr } = await runCli(["server", "--memory", "--port", port]);

    assert.match(stderr, new RegExp(`^error: ${server.server} is used by another program: .*another port`));
    assert.deepEqual({ exitCode, stdout }, { exitCode: 4, stdout: "" });
  });

  it("says so when the machine has no such address, and shows the stack when asked", async () => {
    const args = ["server", "--host", "192.0.2.1", "--port", "0"];

    const plain = await callCli(args);
    const debug = await callCli(args, { env: { UDPCHAT_DEBUG: "1" } });

    assert.match(plain.stderr, /no such address/);
    assert.doesNotMatch(plain.stderr, /\n\s+at /);
    assert.match(debug.stderr, /\n\s+at /);
    assert.equal(plain.exitCode, 4);
  });

  it("serves on when the disk of its log is full", async () => {
    const options = { full: "stderr" } as const;
    await using server = startCli(["server", "--port", "0", "--log-level", "debug"], options);
    const [, address = ""] = await server.line(/listening on (\S+)/);

    const sent = await callCli(["send", "alice", "nobody", "hi", "--server", address]);
    const { exitCode } = await server.kill("SIGTERM");

    assert.match(sent.stdout, /UNKNOWN_RECIPIENT/);
    assert.equal(exitCode, 0);
  });

  it("takes the classic form", async () => {
    const port = await freePort();

    await using server = startCli(["-s", port]);
    const [, address] = await server.line(/listening on (\S+)/);

    assert.equal(address, `127.0.0.1:${port}`);
  });
});
