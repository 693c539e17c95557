/** Datagrams of which a byte was changed on the way: to a client they are lost, and it says why. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ChatClient, openClient } from "../../src/client/index.ts";
import { Simulation } from "../../src/net/sim/simulation.ts";
import { datagramText, stampOf, V2Wire } from "../support/v2-wire.ts";

const COOKIE = "1-g-KKBLU35kQkU";
const SESSION = "Pzrx7Ou9FBCrQX7A0nu_yw";

interface Stage {
  /** Played by the test. */
  readonly server: V2Wire;
  readonly bob: ChatClient;
  /** Why datagrams were ignored. */
  readonly ignored: readonly string[];
  readonly screen: readonly string[];
}

/** Bob begins to register. */
function opening(protocol: "auto" | 2, play: (stage: Stage) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 9 });
  return simulation.run(async () => {
    await using server = await V2Wire.open(simulation.world("server"));
    const options = { nick: "bob", server: server.address, protocol };
    await using bob = await openClient(options, simulation.world("bob"));
    const ignored: string[] = [];
    const screen: string[] = [];
    bob.subscribe((event) => {
      if (event.kind === "ignored") ignored.push(event.reason);
      if (event.kind === "message") screen.push(event.text);
    });
    const registered = bob.register();
    await server.next(([type]) => type === "v1");
    await play({ server, bob, ignored, screen });
    await registered;
  });
}

/** The text with another character at this place. */
function damaged(text: string, place: number, character: string): string {
  return text.slice(0, place) + character + text.slice(place + 1);
}

async function letIn({ server, bob }: Stage): Promise<void> {
  server.send(bob.address, ["challenge", COOKIE]);
  await server.next(([type]) => type === "register");
  server.send(bob.address, ["for", stampOf(COOKIE)], ["registered", SESSION, "new", 0, 7, 15_000]);
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
    assert.deepEqual(screen, ["nine o'clock"]);
  }));
