import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { ClientError, type FailureReason } from "../../src/client/api.ts";
import { complete } from "../../src/client/interactive/completion.ts";
import { Conversation } from "../../src/client/interactive/conversation.ts";
import type { Manner } from "../../src/client/interactive/manner.ts";
import { printable } from "../../src/client/interactive/printable.ts";
import { readAction } from "../../src/client/interactive/read-action.ts";
import type { Tone } from "../../src/client/interactive/tone.ts";
import { anyCharacter } from "../support/any-character.ts";
import { ScriptedClient } from "../support/scripted-client.ts";

describe("a typed line", () => {
  const online = { nick: "x", registered: true, manner: "modern" } as const;

  it("is a message whose text keeps its own blanks", () => {
    assert.deepEqual(readAction("  send y  two  blanks ", online), {
      kind: "send",
      to: "y",
      text: " two  blanks ",
    });
  });

  it("may begin with a slash", () => {
    assert.deepEqual(readAction("/send y hi", online), { kind: "send", to: "y", text: "hi" });
    assert.deepEqual(readAction("/table", online), { kind: "table" });
  });

  it("needs no nickname for reg and dereg, but in the classic manner", () => {
    const classic = { ...online, manner: "classic" } as const;

    assert.equal(readAction("reg", online).kind, "register");
    assert.equal(readAction("dereg", online).kind, "deregister");
    assert.equal(readAction("reg", classic).kind, "mistake");
    assert.equal(readAction("dereg", classic).kind, "mistake");
    assert.equal(readAction("dereg x", classic).kind, "deregister");
  });

  it("can be anything", () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), fc.boolean(), (line, registered) => {
        const action = readAction(line, { ...online, registered });

        assert.ok(action.kind !== "send" || (registered && action.text.trim() !== ""));
      }),
    );
  });
});

describe("a printed line", () => {
  it("shows what a terminal would obey", () => {
    assert.equal(printable("a\u001b[2Jb\r\n\u202ec ✓ 👋"), "a\\x1b[2Jb\\x0d\\x0a\\u202ec ✓ 👋");
  });
});

describe("Tab", () => {
  const nicks = { own: "x", others: ["yves", "Zoe", "yolanda", "\u001b[2Jy"] };
  const offered = (line: string, latest?: string) => complete(line, { ...nicks, latest }).candidates;

  it("offers commands, with a slash when one is typed", () => {
    assert.deepEqual(offered("").length, 6);
    assert.deepEqual(offered("  se"), ["send"]);
    assert.deepEqual(complete("/H", nicks), { typed: "/H", candidates: ["/help"] });
    assert.deepEqual(offered("x"), []);
  });

  it("offers nicknames where one belongs, and nothing that is none", () => {
    assert.deepEqual(complete("send y", nicks), { typed: "y", candidates: ["yolanda", "yves"] });
    assert.deepEqual(offered("/send  z"), ["Zoe"]);
    assert.deepEqual(offered("send "), ["Zoe", "yolanda", "yves"]);
    assert.deepEqual(offered("dereg "), ["x"]);
    assert.deepEqual(offered("send y hello y"), []);
    assert.deepEqual(offered("table y"), []);
  });

  it("begins an answer on an empty line", () => {
    assert.deepEqual(offered("", "yves"), ["send yves "]);
    assert.equal(offered("", "\u001b[2J").length, 6);
  });
});

describe("a conversation", () => {
  function converse(manner: Manner = "modern", options: { readonly patient?: boolean } = {}) {
    const client = new ScriptedClient();
    const lines: string[] = [];
    const tones: Tone[] = [];
    const print = (line: string, tone: Tone) => {
      lines.push(line);
      tones.push(tone);
    };
    const conversation = new Conversation(client, {
      ...options,
      manner,
      print,
      utcOffsetMs: () => 3_600_000,
    });
    return { client, conversation, lines, tones };
  }
  const saved = { kind: "saved", attempts: 1 } as const;
  const delivered = { kind: "delivered", attempts: 1, roundTripMs: 1 } as const;
  const failed = (reason: FailureReason) =>
    ({ kind: "failed", reason, detail: "so it is", attempts: 1 }) as const;

  it("registers by itself, but not in the classic manner", async () => {
    const modern = converse();
    const classic = converse("classic");

    assert.equal(await modern.conversation.begin(), true);
    assert.equal(await classic.conversation.begin(), false);

    assert.deepEqual(modern.lines, [">>> [Welcome, You are registered.]"]);
    assert.deepEqual(classic.client.asked, []);
  });

  it("shows messages, and those that were saved with the time on the user's wall", () => {
    const { client, lines } = converse();

    client.tell({ kind: "mail", count: 1 });
    client.tell({
      kind: "message",
      from: "y",
      text: "then",
      saved: true,
      sentAtMs: Date.UTC(2017, 2, 2, 17, 45, 24),
      auto: false,
    });
    client.tell({ kind: "message", from: "y", text: "now\u0007", saved: false, sentAtMs: 0, auto: false });

    assert.deepEqual(lines, [
      ">>> [You have messages.]",
      ">>> y: Thu Mar  2 18:45:24 2017  then",
      ">>> y :  now\\x07",
    ]);
  });

  it("says at once that there was no acknowledgement, and then what the server did", async () => {
    const { client, conversation, lines } = converse("classic");
    client.registered = true;

    const sends = [conversation.handleLine("send y hi"), conversation.handleLine("send z hi")];
    client.tell({ kind: "unacknowledged", to: "y" });
    client.answer(saved);
    client.answer(saved);
    await Promise.all(sends);

    assert.deepEqual(lines, [
      ">>> [No ACK from y , message sent to server.]",
      ">>> [Messages received by the server and saved.]",
      ">>> [Messages received by the server and saved.]",
    ]);
  });

  it("lets messages be under way side by side, and other commands wait for them", async () => {
    const { client, conversation } = converse();
    await conversation.begin();

    const first = conversation.handleLine("send y one");
    const second = conversation.handleLine("send z two");
    const last = conversation.handleLine("dereg");
    assert.deepEqual(client.asked, ["register", "send y one", "send z two"]);
    client.answer(delivered);
    client.answer(delivered);
    await Promise.all([first, second, last]);

    assert.deepEqual(client.asked.slice(3), ["deregister"]);
  });

  it("reads what is typed while it registers afterwards: it may need to be online", async () => {
    const { client, conversation } = converse();
    const begun = conversation.begin();

    const lines = [conversation.handleLine("dereg"), conversation.handleLine("send y hi")];
    await begun;
    await Promise.all(lines);

    assert.deepEqual(client.asked, ["register", "deregister"]);
  });

  it("answers a mistake and lists while messages are under way", async () => {
    const { conversation, lines } = converse();
    await conversation.begin();

    conversation.handleLine("send y hi");
    await conversation.handleLine("sned y hi");
    await conversation.handleLine("table");

    assert.deepEqual(lines.slice(1), [
      ">>> [Unknown command: sned. Known are send, table, dereg, reg, /help and /quit.]",
      ">>> [Client table]",
      "      nobody else is known",
    ]);
  });

  it("shows the table in columns", async () => {
    const { client, conversation, tones, lines } = converse();
    client.shows("yolanda", true);
    client.shows("日本", false);
    client.shows("z\u001b", false);

    await conversation.handleLine("table");

    assert.deepEqual(lines, [
      ">>> [Client table]",
      "      nick     address         status",
      "      yolanda  127.0.0.1:5000  online",
      "      z\\x1b    127.0.0.1:5000  offline",
      "      日本     127.0.0.1:5000  offline",
    ]);
    assert.deepEqual(tones, ["status", "heading", "online", "offline", "offline"]);
  });

  it("tells who came and who left, where the original tells that the table changed", () => {
    const modern = converse();
    const classic = converse("classic");
    const address = { host: "h", port: 1 };
    const contact = (nick: string, online: boolean) => ({ nick, online, address, protocol: 1 }) as const;

    for (const { client } of [modern, classic]) {
      // Of a table without rows the original says nothing.
      client.tell({ kind: "table", contacts: [] });
      client.tell({ kind: "table", contacts: [contact("y", true), contact("z", false)] });
      client.tell({ kind: "table", contacts: [contact("y", true), contact("z", false)] });
      client.tell({ kind: "table", contacts: [contact("y", false), contact("z", true)] });
    }

    assert.deepEqual(modern.lines, [
      ">>> [Client table updated.] -- y online",
      ">>> [Client table updated.] -- z online, y offline",
    ]);
    assert.deepEqual(classic.lines, Array(3).fill(">>> [Client table updated.]"));
  });

  it("is over when the server does not answer a message, and says so once", async () => {
    const { client, conversation, lines } = converse("classic");
    await conversation.handleLine("reg x");

    const send = conversation.handleLine("send y hi");
    client.tell({ kind: "server-lost" });
    client.answer(failed("SERVER_NOT_RESPONDING"));
    await send;
    await conversation.handleLine("table");

    assert.equal(await conversation.ended, "server-silent");
    assert.deepEqual(lines.slice(1), [">>> [Server not responding]", ">>> [Exiting]"]);
  });

  it("says it again when it was said before the message was typed", async () => {
    const { client, conversation, lines } = converse("classic");
    await conversation.handleLine("reg x");
    client.tell({ kind: "server-lost" });

    const send = conversation.handleLine("send y hi");
    client.answer(failed("SERVER_NOT_RESPONDING"));
    await send;

    assert.deepEqual(lines.slice(2), [">>> [Server not responding]", ">>> [Exiting]"]);
  });

  it("waits for a silent server when it is patient, once it was online", async () => {
    const { client, conversation, lines } = converse("modern", { patient: true });
    await conversation.begin();

    const send = conversation.handleLine("send y hi");
    client.tell({ kind: "server-lost" });
    client.answer(failed("SERVER_NOT_RESPONDING"));
    await send;
    client.refusal = new ClientError("SERVER_NOT_RESPONDING", "the server did not answer");
    await conversation.handleLine("dereg");
    client.tell({ kind: "server-back" });

    assert.deepEqual(lines.slice(1), [
      ">>> [Server not responding]",
      ">>> [Message to y not sent. It may have arrived all the same.]",
      ">>> [Server not responding]",
      ">>> [Server is back]",
    ]);
  });

  it("is over at once when it was never online, patient or not", async () => {
    const { client, conversation, lines } = converse("modern", { patient: true });
    client.refusal = new ClientError("SERVER_NOT_RESPONDING", "the server did not answer");

    await conversation.begin();

    assert.equal(await conversation.ended, "server-silent");
    assert.deepEqual(lines, [">>> [Server not responding]", ">>> [Exiting]"]);
  });

  it("leaves a server that is lost without waiting for an answer", async () => {
    const { client, conversation, lines } = converse("modern", { patient: true });
    await conversation.begin();
    client.tell({ kind: "server-lost" });
    client.silent = true;

    await conversation.leave({ inHaste: true });

    assert.equal(await conversation.ended, "server-silent");
    assert.deepEqual(client.asked, ["register", "deregister"]);
    assert.deepEqual(lines.slice(1), [">>> [Server not responding]", ">>> [Exiting]"]);
  });

  it("goes on when the nickname is in use", async () => {
    const { client, conversation, lines } = converse();
    client.refusal = new ClientError("NICK_IN_USE", "x is online elsewhere");

    const online = await conversation.begin();
    client.refusal = undefined;
    await conversation.handleLine("reg");

    assert.equal(online, false);
    assert.deepEqual(lines, [
      ">>> [Welcome, You have not been registered. Username is already connected.]",
      ">>> [Welcome, You are registered.]",
    ]);
  });

  it("offers on an empty line to answer whoever was talked with last", async () => {
    const { client, conversation } = converse();
    await conversation.begin();

    const send = conversation.handleLine("send y hi");
    client.answer(delivered);
    await send;
    assert.deepEqual(conversation.complete("").candidates, ["send y "]);
    client.tell({ kind: "message", from: "z", text: "hi", saved: false, sentAtMs: 0, auto: false });

    assert.deepEqual(conversation.complete("").candidates, ["send z "]);
  });

  it("leaves in haste without waiting for what is under way", async () => {
    const { client, conversation, lines } = converse();
    await conversation.begin();
    conversation.handleLine("send y hi");

    await conversation.leave({ inHaste: true });

    assert.equal(await conversation.ended, "left");
    assert.deepEqual(client.asked, ["register", "send y hi", "deregister"]);
    assert.deepEqual(lines.slice(1), [
      ">>> [Message not sent: the send was aborted. It may have arrived all the same.]",
      ">>> [You are Offline. Bye.]",
    ]);
  });

  it("says what became of a message that reached nobody", async () => {
    const { client, conversation, lines } = converse();
    await conversation.begin();

    for (const reason of ["UNKNOWN_RECIPIENT", "NO_ACKNOWLEDGEMENT", "REFUSED_BY_SERVER"] as const) {
      const send = conversation.handleLine("send y hi");
      client.answer(failed(reason));
      await send;
    }

    assert.deepEqual(lines.slice(1), [
      ">>> [Client y is not registered.]",
      ">>> [Client y exists.]",
      ">>> [No ACK from y . It may have arrived all the same.]",
      ">>> [Message not sent: so it is. It may have arrived all the same.]",
    ]);
  });
});
