import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { systemWorld } from "../../src/net/system-world.ts";
import { listen } from "../support/listener.ts";

const BURST = { datagrams: 1_500, bytes: 1_000 } as const;

/** What the system grants a socket at most; `undefined` where it does not say so in this place. */
function receiveBufferBytesMax(): number | undefined {
  try {
    return Number(readFileSync("/proc/sys/net/core/rmem_max", "utf8"));
  } catch {
    return undefined;
  }
}

describe("system world", () => {
  const grants = (receiveBufferBytesMax() ?? 0) >= 4 * 1_048_576;
  const skip = grants ? false : "this system grants no receive buffer of 4 MiB";
  it("loses nothing of a burst that the default receive buffer would drop", { skip }, async () => {
    const world = systemWorld();
    await using a = await listen(world);
    await using b = await listen(world);

    for (let i = 0; i < BURST.datagrams; i++) a.endpoint.send(b.address, new Uint8Array(BURST.bytes));
    await b.until(() => b.texts.length === BURST.datagrams);

    assert.equal(b.texts.length, BURST.datagrams);
  });

  it("has randomness in range, of the length asked for, and not the same twice", () => {
    const { random } = systemWorld();

    const numbers = Array.from({ length: 100 }, () => random.next());

    assert.ok(numbers.every((number) => number >= 0 && number < 1));
    assert.equal(new Set(numbers).size, 100);
    assert.equal(random.bytes(16).length, 16);
    assert.notDeepEqual(random.bytes(16), random.bytes(16));
  });

  it("calls at the end of the turn what is due at once", async () => {
    const { clock } = systemWorld();
    const order: string[] = [];

    clock.schedule(0, () => order.push("due at once"));
    await new Promise((resolve) => setImmediate(resolve));
    order.push("the turn is over");

    assert.deepEqual(order, ["due at once", "the turn is over"]);
  });

  it("calls the timers that are left when one throws", async () => {
    const program = `
      const { clock } = systemWorld();
      process.on("uncaughtException", ({ message }) => console.log(message));
      clock.schedule(1, () => { throw new Error("first throws"); });
      clock.schedule(1, () => console.log("second is called"));`;

    assert.equal(await outputOf(program), "first throws\nsecond is called\n");
  });

  it("lets the process end when nothing is left to wait for, as the simulation does", async () => {
    const program = `
      const { clock } = systemWorld();
      clock.schedule(3_600_000, () => {}).cancel();
      clock.hold();
      const sim = new Simulation();
      sim.world("a").clock.schedule(1_000, () => {});
      sim.world("a").clock.hold();
      await sim.world("a").network.bind({ onDatagrams: () => {} });
      console.log("done");`;

    assert.equal(await outputOf(program), "done\n");
  });
});

/** What a process of its own prints; it must end within 10 s. */
async function outputOf(program: string): Promise<string> {
  const net = new URL("../../src/net/", import.meta.url);
  const imports = `
    import { systemWorld } from "${new URL("system-world.ts", net)}";
    import { Simulation } from "${new URL("sim/simulation.ts", net)}";`;
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", imports + program], {
    timeout: 10_000,
  });
  return stdout;
}
