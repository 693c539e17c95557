/** Datagrams of which a byte was changed on the way: to a client they are lost, and it says why. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { COOKIE, opening, type PlayedServer, SESSION } from "../support/played-server.ts";
import { datagramText, stampOf } from "../support/v2-wire.ts";

/** The text with another character at this place. */
function damaged(text: string, place: number, character: string): string {
  return text.slice(0, place) + character + text.slice(place + 1);
}

async function letIn({ challenge, letIn, registered }: PlayedServer): Promise<void> {
  await challenge();
  letIn(7);
  await registered;
}

describe("a client that registers", () => {
  const challenge = datagramText(["challenge", COOKIE]);

  for (const protocol of ["auto", 2] as const) {
    it(`does not take a challenge whose first byte is damaged for an answer in v1 (protocol ${protocol})`, () =>
      opening(protocol, async (stage) => {
        for (const character of ["[", " ", ">", "r", "5"]) {
          stage.server.sendText(stage.bob.address, damaged(challenge, 0, character));
        }
        await stage.server.pass(10);
        await letIn(stage);
        await stage.server.pass(10);

        assert.equal(stage.bob.protocol, 2);
        assert.equal(stage.ignored.length, 5);
      }));

    it(`sends no damaged cookie back, and tells of it (protocol ${protocol})`, () =>
      opening(protocol, async (stage) => {
        stage.server.sendText(stage.bob.address, damaged(challenge, 16, "x"));
        await stage.server.pass(10);
        const answers = stage.server.received("register");
        await letIn(stage);

        assert.deepEqual(answers, []);
        assert.deepEqual(stage.ignored, ["BAD_CHECKSUM"]);
      }));
  }
});

it("a client that is registered shows nothing of what is damaged, acknowledges nothing, and tells of it once", () =>
  opening(2, async (stage) => {
    const { server, bob, screen, ignored } = stage;
    await letIn(stage);
    await server.pass(10);
    const mail = datagramText(["for", stampOf(SESSION)], ["mail", 1, "alice", 0, 1, 1, {}, "nine o'clock"]);
    const place = mail.indexOf("nine");

    server.sendText(bob.address, damaged(mail, place, "f"));
    await server.pass(10);
    const acknowledged = server.received("mail-ack");
    server.sendText(bob.address, mail);
    await server.pass(10);

    assert.deepEqual(acknowledged, []);
    assert.deepEqual(ignored, ["BAD_CHECKSUM"]);
    assert.deepEqual(screen, ["alice: nine o'clock"]);
  }));
