import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { commandInput } from "../../../src/scenario/foreign/implementation.ts";
import { genericDriver } from "../../support/screened.ts";

describe("what is typed for a command, with its arguments as they are", () => {
  const type = {
    register: `/join \${nick}`,
    deregister: "/quit",
    send: `/msg \${to}: \${text}`,
    leave: undefined,
  };
  const generic = genericDriver();
  const own = { type };
  const cases = [
    [generic, "send", "y  two  blanks ", "send y two  blanks"],
    [generic, "send", "y", "send y"],
    [generic, "send", "", "send"],
    [generic, "register", "", "reg"],
    [generic, "deregister", "y", "dereg y"],
    [own, "send", `y costs $& and \${nick}`, `/msg y: costs $& and \${nick}`],
    [own, "send", "", "/msg :"],
    [own, "register", "x", "/join x"],
    [own, "deregister", "y", "/quit"],
  ] as const;
  for (const [driver, command, given, typed] of cases) {
    it(`${command} ${JSON.stringify(given)} is ${JSON.stringify(typed)}`, () => {
      assert.equal(commandInput(driver, command, given), typed);
    });
  }
});
