import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { possibleFaults } from "../../../src/scenario/run/possible-faults.ts";
import { scenarioOf } from "../../support/scenario-text.ts";

/** Whether damage excuses what invariants find, with such a server and such clients. */
function isExcused(server: string, clients: string, step = 'net: {link: "*", corrupt: 5%}'): boolean {
  const text = ["scenario: 1", server, `clients: ${clients}`, "steps:", `  - ${step}`, ""];
  return possibleFaults(scenarioOf(text.join("\n"))).corrupt;
}

describe("damaged datagrams", () => {
  it("excuse nothing between our own programs, which speak v2: it has a checksum", () => {
    assert.equal(isExcused("server: {}", "{alice: {}, bob: {protocol: 2}}"), false);
    assert.equal(isExcused("server: {}", "{alice: {}, bob: {}}", "fault: {corrupt: {kind: ack}}"), false);
  });

  it("excuse texts where somebody may speak v1", () => {
    assert.equal(isExcused("server: {}", "{alice: {}, bob: {protocol: 1}}"), true);
    assert.equal(isExcused("server: {}", "{alice: {}, bob: {process: {command: [x]}}}"), true);
    assert.equal(isExcused('server: {address: "127.0.0.1:4000"}', "{alice: {}, bob: {}}"), true);
  });

  it("are possible only where a rule says so", () => {
    assert.equal(isExcused("server: {}", "{alice: {protocol: 1}}", 'net: {link: "*", loss: 5%}'), false);
  });
});
