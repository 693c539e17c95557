import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startCli } from "../support/cli.ts";
import { callCli } from "../support/command-lines.ts";
import { type ServerHere, serverHere } from "../support/server-here.ts";
import { KEYS, TerminalCli } from "../support/terminal-cli.ts";

const WELCOME = ">>> [Welcome, You are registered.]";

describe("udpchat chat on a terminal", { concurrency: 2 }, () => {
  let server: ServerHere;
  before(async () => {
    server = await serverHere();
  });
  after(() => server[Symbol.asyncDispose]());

  const online = (nick: string, options: { readonly columns?: number } = {}) =>
    TerminalCli.start(["chat", nick, server.server], WELCOME, options);
  const tell = async (from: string, to: string, text: string) => {
    const { stdout } = await callCli(["send", from, to, text, "--server", server.server]);
    assert.match(stdout, /^delivered/);
  };

  it("keeps what is typed below what arrives, so that it can be finished", async () => {
    await using alice = await online("alice");
    await using bob = await online("bob");
    await alice.typing("send bob how a", ">>> send bob how a");

    await tell("alice-s-friend", "alice", "hi");
    await alice.until(() => alice.lines.includes(">>> alice-s-friend :  hi"), "the message");
    await alice.shows(">>> send bob how a");
    alice.type("re you?");
    alice.type(KEYS.enter);

    await bob.until(() => bob.lines.includes(">>> alice :  how are you?"), "the message");
    const typed = () => alice.lines.filter((line) => line.startsWith(">>> send bob")).join("\n");
    // What she typed may be on its way to bob before it is on her screen.
    await alice.until(() => typed() === ">>> send bob how are you?", "the line that was typed, once");
  });

  it("keeps it also when it fills several rows, with wide characters and the cursor in the midst of it", async () => {
    await using dora = await online("dora", { columns: 30 });
    await dora.typing("send nobody 日本語日本語日本語日", ">>> send nobody 日本語日本語日", "本語日");
    dora.type(KEYS.home);
    await dora.until(() => dora.cursor.before === ">>> ", "the cursor at the beginning");

    await tell("dora-s-friend", "dora", "one");
    await dora.until(() => dora.lines.includes(">>> dora-s-friend :  one"), "the first message");
    await dora.shows(">>> send nobody 日本語日本語日", "本語日");
    await dora.typing("re", ">>> resend nobody 日本語日本語", "日本語日");
    await tell("dora-s-friend", "dora", "two");
    await dora.until(() => dora.lines.includes(">>> dora-s-friend :  two"), "the second message");

    await dora.shows(">>> resend nobody 日本語日本語", "日本語日");
    await dora.until(() => dora.cursor.before === ">>> re", "the cursor where it was");
    assert.equal(dora.lines.filter((line) => line.includes("日本語日")).length, 2);
  });

  it("keeps above it what arrived, also when a pasted text ends at the edge", async () => {
    await using eve = await online("eve", { columns: 40 });
    const edge = `>>> send nobody ${"x".repeat(24)}`;
    await eve.typing(edge.slice(4), edge, "");

    await tell("eve-s-friend", "eve", "one");
    await tell("eve-s-friend", "eve", "two");
    await eve.until(() => eve.lines.includes(">>> eve-s-friend :  two"), "the second message");
    eve.type("y");
    await eve.shows(edge, "y");

    assert.equal(eve.lines[0], WELCOME);
    assert.ok(eve.lines.includes(">>> eve-s-friend :  one"), eve.lines.join("\n"));
  });

  it("completes commands and nicknames, and lists them when there are several", async () => {
    await using zoe = await online("zoe");
    await using zacharias = await online("zacharias");
    await using mallory = await online("mallory");

    await mallory.until(() => /zacharias.*zoe|zoe.*zacharias/s.test(mallory.raw), "both in the table");

    await mallory.typing("se", ">>> se");
    await mallory.typing(KEYS.tab, ">>> send");
    await mallory.until(() => mallory.cursor.before === ">>> send ", "the blank after it");
    await mallory.typing("z", ">>> send z");
    mallory.type(KEYS.tab);
    await mallory.until(() => mallory.lines.includes("      zacharias  zoe"), "the list");
    await mallory.typing("A", ">>> send zA");
    await mallory.typing("\u007f\u007fO", ">>> send O");
    await mallory.typing("\u007fzo", ">>> send zo");
    await mallory.typing(KEYS.tab, ">>> send zoe");
    mallory.type("hi");
    mallory.type(KEYS.enter);

    await zoe.until(() => zoe.lines.includes(">>> mallory :  hi"), "the message");
    await zoe.typing(KEYS.tab, ">>> send mallory");
    assert.ok(!zacharias.raw.includes("hi"));
  });

  it("has a history", async () => {
    await using rupert = await online("rupert");
    await rupert.typing("first", ">>> first");
    rupert.type(KEYS.enter);
    await rupert.until(() => /Unknown command: first/.test(rupert.raw), "the answer");
    await rupert.shows(">>>");

    await rupert.typing(KEYS.up, ">>> first");
  });

  it("colours its own words, and shows what others would colour as text", async () => {
    await using sybil = await online("sybil");

    await tell("sybil-s-friend", "sybil", "\u001b[31mred\u001b[2J \u202e");

    const shown = String.raw`>>> sybil-s-friend :  \x1b[31mred\x1b[2J \u202e`;
    await sybil.until(() => sybil.lines.includes(shown), "the message");
    assert.ok(!sybil.raw.includes("\u001b[31m"));
    assert.ok(sybil.raw.includes("\u001b[2m>>> [Welcome"));
  });

  for (const [name, key] of [
    ["Ctrl+D", KEYS.ctrlD],
    ["Ctrl+C", KEYS.ctrlC],
  ] as const) {
    it(`deregisters at ${name} and exits with 0`, async () => {
      const nick = name.replace("+", "-");
      await using walter = await online(nick);

      walter.type(key);
      assert.equal(await walter.exits(), 0);
      const { stdout } = await callCli([
        "send",
        `${nick}-s-friend`,
        nick,
        "gone?",
        "--json",
        "--server",
        server.server,
      ]);

      assert.equal(walter.lines.filter((line) => line !== "").at(-1), ">>> [You are Offline. Bye.]");
      assert.match(stdout, /^\{"kind":"saved"/);
    });
  }

  it("takes what was typed as thrown away when it is interrupted", async () => {
    await using victor = await online("victor");
    await victor.typing("send carol half", ">>> send carol half");

    victor.type(KEYS.ctrlC);

    assert.equal(await victor.exits(), 0);
    assert.ok(!victor.lines.some((line) => line.includes("half")));
  });

  it("deregisters when its terminal is closed", async () => {
    await using trudy = await online("trudy");

    trudy.hangUp();
    await trudy.exits();
    const { stdout } = await callCli([
      "send",
      "trudy-s-friend",
      "trudy",
      "gone?",
      "--json",
      "--server",
      server.server,
    ]);

    assert.match(stdout, /^\{"kind":"saved","attempts":1,/);
  });

  it("waits for a server that is gone, and goes on when it is back", async () => {
    const first = await serverHere();
    await using ivan = await TerminalCli.start(["chat", "ivan", first.server], WELCOME);
    await first[Symbol.asyncDispose]();

    ivan.type("dereg");
    ivan.type(KEYS.enter);
    await ivan.shows(">>> dereg", ">>> [Server not responding]", ">>>");
    await using second = startCli(["server", "--port", first.server.split(":")[1] ?? "", "--memory"]);
    await second.line(/listening/);

    await ivan.until(() => ivan.lines.includes(">>> [Server is back]"), "the server");
    ivan.type(KEYS.ctrlD);
    assert.equal(await ivan.exits(), 0);
  });
});
