import assert from "node:assert/strict";
import { it } from "node:test";
import { flood } from "./hostile-datagrams.ts";

it("a flood of random and mutated datagrams leaves the server serving and its memory as it was", async () => {
  const report = await flood({ datagrams: 25_000, seed: 3 });

  assert.ok(report.received > 10_000, `only ${report.received} arrived`);
  assert.deepEqual(report.faults, []);
  assert.equal(report.answers[0], ">>> [You need to dereg using your own username.]\n>>> ");
  assert.ok(report.known <= 200, `${report.known} nicknames`);
  assert.ok(report.heapGrowthBytes < 8_000_000, `${report.heapGrowthBytes} bytes more`);
});
