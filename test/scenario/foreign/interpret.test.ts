import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { interpreterFor } from "../../../src/scenario/foreign/interpret.ts";
import { genericDriver } from "../../support/screened.ts";

const NICKS = ["x", "y", "john", "ann", "anna"];

function meaning(row: string, changes: Parameters<typeof genericDriver>[0] = {}): string {
  const parts = interpreterFor(genericDriver(changes), NICKS).interpret(row);
  return parts
    .map(({ shown }) => {
      if (shown === undefined) return "-";
      const { what, from, to, time, text } = shown;
      return [what, from ?? to, time, text].filter((part) => part !== undefined).join("|");
    })
    .join(", ");
}

describe("the generic driver", () => {
  const cases: readonly (readonly [string, string])[] = [
    // As the exercise and the original have it.
    [">>> [Welcome, You are registered.]", "registered"],
    [">>> [Welcome back]", "registered"],
    [">>> [Welcome, You have not been registered. Username is already connected.]", "refused"],
    [">>> [Client table updated.] -- {'x': 1}", "table"],
    [">>> [Message received by y ]", "delivered|y"],
    [">>> [No ACK from y , message sent to server.]", "unacknowledged|y"],
    [">>> [Messages received by the server and saved.]", "saved"],
    [">>> [Client y exists!!]", "exists|y"],
    [">>> y :  some text", "message|y|some text"],
    [">>> y : a\u{200b}ck", "message|y|ack"],
    [">>> [You have messages.]", "mail"],
    [">>> y: Thu Mar  2 18:45:24 2017  some text", "savedMessage|y|Thu Mar  2 18:45:24 2017|some text"],
    [">>> [You are Offline. Bye.]", "deregistered"],
    [">>> [Server not responding]", "silent"],
    [">>> [Exiting]", "exiting"],
    [">>> [You are not online, please register first. Usage: reg x ]", "-"],
    [">>> [You can only register using your username: x ]", "-"],
    // Loosely.
    ["welcome, you are registered", "registered"],
    ["[WELCOME. YOU ARE REGISTERED]", "registered"],
    ["2017-03-02 18:45:24 [Message received by <y>.]", "delivered|y"],
    ["[12:30:05] [Client table updated]", "table"],
    [">>> [Server not responding.] [Exiting.]", "silent, exiting"],
    [">>> >>> [Client table updated.]>>> y: hi>>> ", "table, message|y|hi"],
    ["<y>: hi", "message|y|hi"],
    ["[y] hi", "message|y|hi"],
    ["Y says: hi", "message|y|hi"],
    ["Message from y: hi", "message|y|hi"],
    ["Offline msg :<y> 2026-11-25 04:02:38.942  hi", "savedMessage|y|2026-11-25 04:02:38.942|hi"],
    ["[The nickname is occupied. Process exited]", "refused"],
    ["anna: hi", "message|anna|hi"],
    ["John: hi", "message|john|hi"],
    // Times.
    ["y: 2021-06-08 13:42:51.784745 you are late", "savedMessage|y|2021-06-08 13:42:51.784745|you are late"],
    ["y: 2021-06-08T13:42:51.784745Z hi", "savedMessage|y|2021-06-08T13:42:51.784745Z|hi"],
    ["y: <Thu Mar 02 18:45:24 EST 2017> hi", "savedMessage|y|<Thu Mar 02 18:45:24 EST 2017>|hi"],
    ["y: (18:45:24) hi", "savedMessage|y|(18:45:24)|hi"],
    ["y:  25/11/26 02:37:38  hi", "savedMessage|y|25/11/26 02:37:38|hi"],
    ["y: 1488480324.12 hi", "savedMessage|y|1488480324.12|hi"],
    ["[2017-03-02 18:45:24] y: hi", "savedMessage|y|[2017-03-02 18:45:24]|hi"],
    // What is no time, and what is said by people.
    ["y: 42", "message|y|42"],
    ["y: 1.5 litres", "message|y|1.5 litres"],
    ["y: [Welcome, You are registered.]", "message|y|[Welcome, You are registered.]"],
    ["y: a: b", "message|y|a: b"],
    ["y: ", "message|y|"],
    ["nobody: hi", "-"],
    ["y @ 127.0.0.1:3001 is ONLINE", "-"],
    ["", ""],
    [">>> ", ""],
  ];
  for (const [row, expected] of cases) {
    it(`takes ${JSON.stringify(row)} for ${expected === "" ? "nothing" : expected}`, () => {
      assert.equal(meaning(row), expected);
    });
  }
});

describe("an exact driver", () => {
  it("takes lines as they are", () => {
    const exact = { match: "exact" } as const;
    const shows = { ...genericDriver().shows, table: ["^\\[Client table updated\\.\\]$"] };

    assert.equal(meaning("[Client table updated.]", { ...exact, shows }), "table");
    assert.equal(meaning("[client table updated]", { ...exact, shows }), "-");
  });
});
