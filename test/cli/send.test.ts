import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { freePort, runCli, startCli } from "../support/cli.ts";
import { callCli } from "../support/command-lines.ts";
import { type ServerHere, serverHere } from "../support/server-here.ts";

describe("udpchat send", { concurrency: 4 }, () => {
  let server: ServerHere;
  before(async () => {
    server = await serverHere();
  });
  after(() => server[Symbol.asyncDispose]());

  it("ends with 0 when the message was delivered", async () => {
    await using bob = startCli(["chat", "bob", server.server]);
    await bob.line(/Welcome/);

    const sent = await runCli(["send", "alice", "bob", "hi", "bob", "--server", server.server]);
    await bob.line(/^>>> alice : {2}hi bob$/m);

    assert.match(sent.stdout, /^delivered to bob in \d+\.\d ms\n$/);
    assert.deepEqual([sent.exitCode, sent.stderr], [0, ""]);
  });

  it("ends with 8 when the server keeps it, and gives it to whoever comes back, once", async () => {
    await runCli(["chat", "carol", server.server]);

    const sent = await runCli([
      "send",
      "dave",
      "carol",
      "--json",
      "--server",
      server.server,
      "--",
      "--later",
    ]);
    const first = await callCli(["send", "carol", "nobody", "x", "--json", "--server", server.server]);
    const second = await callCli(["send", "carol", "nobody", "x", "--json", "--server", server.server]);

    const { kind, from, to } = JSON.parse(sent.stdout);
    assert.deepEqual([sent.exitCode, kind, from, to], [8, "saved", "dave", "carol"]);
    const [message, ...more] = JSON.parse(first.stdout).received;
    assert.deepEqual([message.from, message.text, message.saved, more], ["dave", "--later", true, []]);
    assert.deepEqual(JSON.parse(second.stdout).received, []);
  });

  it("ends with 1 when nobody has that nickname", async () => {
    const sent = await callCli(["send", "erin", "nobody", "hi", "--server", server.server]);

    assert.match(sent.stdout, /^failed: .*nobody.*UNKNOWN_RECIPIENT/);
    assert.equal(sent.exitCode, 1);
  });

  it("ends with 1 when the sender is online elsewhere", async () => {
    await using frank = startCli(["chat", "frank", server.server]);
    await frank.line(/Welcome/);

    const sent = await callCli(["send", "frank", "bob", "hi", "--server", server.server]);

    assert.match(sent.stderr, /^error: frank is online elsewhere\n/);
    assert.deepEqual([sent.exitCode, sent.stdout], [1, ""]);
  });

  it("ends with 4 when no server answers", async () => {
    const gone = `127.0.0.1:${await freePort()}`;

    const sent = await runCli(["send", "alice", "bob", "hi", "--server", gone]);

    assert.match(sent.stderr, new RegExp(`^error: no server answers at ${gone}\\n`));
    assert.deepEqual([sent.exitCode, sent.stdout], [4, ""]);
  });
});
