import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { freePort, runCli, startCli } from "../support/cli.ts";
import { callCli } from "../support/command-lines.ts";
import { type ServerHere, serverHere } from "../support/server-here.ts";

describe("udpchat chat in a pipe", { concurrency: 4 }, () => {
  let server: ServerHere;
  before(async () => {
    server = await serverHere();
  });
  after(() => server[Symbol.asyncDispose]());

  it("lets two people talk, and lists who is there", async () => {
    await using alice = startCli(["chat", "alice", server.server]);
    await alice.line(/^>>> \[Welcome, You are registered\.\]$/m);
    await using bob = startCli(["chat", "bob", server.server]);
    await bob.line(/^>>> \[Welcome, You are registered\.\]$/m);

    alice.type("send bob how  are you?\n");
    await bob.line(/^>>> alice : {2}how {2}are you\?$/m);
    await alice.line(/^>>> \[Message received by bob \]$/m);
    bob.type("send alice fine\ntable\n");
    await alice.line(/^>>> bob : {2}fine$/m);
    await bob.line(/^ +alice +127\.0\.0\.1:\d+ +online$/m);
    bob.endInput();
    const { exitCode, stdout } = await bob.finished;

    assert.match(stdout, />>> \[You are Offline\. Bye\.\]\n$/);
    assert.equal(exitCode, 0);
  });

  it("shows saved messages with their time, and what a terminal would obey as text", async () => {
    await runCli(["chat", "carol", server.server]);
    await callCli(["send", "dave", "carol", "red \u001b[31malert\u202e", "--server", server.server]);

    const { stdout } = await runCli(["chat", "carol", server.server], { input: "send dave thanks\n" });

    assert.match(stdout, /^>>> \[Welcome back\]$/m);
    assert.match(
      stdout,
      /^>>> dave: \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4} {2}red \\x1b\[31malert\\u202e$/m,
    );
  });

  it("shows saved messages once, although it leaves at once", async () => {
    await runCli(["chat", "judy", server.server]);
    const sent = await callCli(["send", "doris", "judy", "once", "--server", server.server]);
    assert.equal(sent.exitCode, 8, JSON.stringify(sent));

    const first = await runCli(["chat", "judy", server.server]);
    const second = await runCli(["chat", "judy", server.server]);

    assert.match(first.stdout, /^>>> doris: .* once$/m);
    assert.doesNotMatch(second.stdout, /once/);
  });

  it("answers all that was typed before the end of the input, in its order", async () => {
    const input = "nonsense\nsend\nsend erin me\ndereg bob\nsend ghost boo\ndereg\nsend ghost boo\n";

    const { exitCode, stdout } = await runCli(["chat", "erin", server.server], { input });

    const lines = stdout.split("\n").filter((line) => !/table updated/.test(line));
    assert.deepEqual(lines, [
      ">>> [Welcome, You are registered.]",
      ">>> [Unknown command: nonsense. Known are send, table, dereg, reg, /help and /quit.]",
      ">>> [Invalid send command.]",
      ">>> [Usage: send <nick> <text>]",
      ">>> [You cannot send a message to yourself.]",
      ">>> [You need to dereg using your own username.]",
      ">>> [Usage: dereg erin ]",
      ">>> [Client ghost is not registered.]",
      ">>> [You are Offline. Bye.]",
      ">>> [You are not online, please register first. Usage: reg erin ]",
      "",
    ]);
    assert.equal(exitCode, 0);
  });

  it("listens at the port of the classic command line, and says so when it cannot", async () => {
    const [host = "", port = ""] = server.server.split(":");
    const ownPort = await freePort();
    await using olivia = startCli(["-c", "olivia", host, port, ownPort]);
    olivia.type("reg olivia\n");
    await olivia.line(/Welcome/);

    const seen = await runCli(["chat", "peggy", server.server], { input: "table\n" });
    const refused = await runCli(["-c", "peggy", host, port, ownPort]);

    assert.match(seen.stdout, new RegExp(`^ +olivia +127\\.0\\.0\\.1:${ownPort} +online$`, "m"));
    assert.match(refused.stderr, new RegExp(`^error: .*${ownPort}`));
    assert.equal(refused.exitCode, 4);
  });

  it("ends with [Exiting] in the classic form when a command gets no answer", async () => {
    const gone = await serverHere();
    const [host = "", port = ""] = gone.server.split(":");
    await using quentin = startCli(["-c", "quentin", host, port, await freePort()]);
    quentin.type("reg quentin\n");
    await quentin.line(/Welcome/);
    await gone[Symbol.asyncDispose]();

    quentin.type("dereg quentin\n");
    const { exitCode, stdout } = await quentin.finished;

    assert.match(stdout, /registered\.\]\n>>> \[Server not responding\]\n>>> \[Exiting\]\n$/);
    assert.equal(exitCode, 4);
  });

  it("deregisters when it is interrupted", async () => {
    await using frank = startCli(["chat", "frank", server.server]);
    await frank.line(/Welcome/);

    const { exitCode, stdout } = await frank.kill("SIGINT");
    const sent = await callCli(["send", "ivan", "frank", "gone?", "--json", "--server", server.server]);

    assert.match(stdout, /Bye\.\]\n$/);
    assert.equal(exitCode, 0);
    assert.match(sent.stdout, /^\{"kind":"saved","attempts":1,/);
  });

  it("ends with 1 when the nickname is online elsewhere", async () => {
    await using grace = startCli(["chat", "grace", server.server]);
    await grace.line(/Welcome/);

    const { exitCode, stdout } = await runCli(["chat", "grace", server.server], { input: "table\n" });

    assert.match(
      stdout,
      /^>>> \[Welcome, You have not been registered\. Username is already connected\.\]\n$/,
    );
    assert.equal(exitCode, 1);
  });

  it("ends with 4 when the server does not answer", async () => {
    const gone = `127.0.0.1:${await freePort()}`;

    const { exitCode, stdout } = await runCli(["chat", "alice", gone]);

    assert.equal(stdout, ">>> [Server not responding]\n>>> [Exiting]\n");
    assert.equal(exitCode, 4);
  });

  it("waits for `reg` in the classic form", async () => {
    const [host = "", port = ""] = server.server.split(":");
    const input = "send bob x\nreg\nreg heidi2\nreg heidi\ndereg\ndereg heidi\n";

    const { exitCode, stdout } = await runCli(["-c", "heidi", host, port, await freePort()], { input });

    const lines = stdout.split("\n").filter((line) => !/table updated/.test(line));
    assert.deepEqual(lines, [
      ">>> [You are not online, please register first. Usage: reg heidi ]",
      ">>> [You are not online, please register first. Usage: reg heidi ]",
      ">>> [You can only register using your username: heidi ]",
      ">>> [Usage: reg heidi ]",
      ">>> [Welcome, You are registered.]",
      ">>> [Invalid dereg command.]",
      ">>> [Usage: dereg heidi ]",
      ">>> [You are Offline. Bye.]",
      "",
    ]);
    assert.equal(exitCode, 0);
  });
});
