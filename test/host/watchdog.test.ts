import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Watchdog } from "../../src/host/watchdog.ts";

describe("the watchdog", () => {
  /** With pings until then. */
  const silenceOf = (cpuMs: (sinceMs: number) => number, pingsMax: number): Promise<"silent" | "waits"> =>
    new Promise((resolve) => {
      const startMs = performance.now();
      let pings = 0;
      const watchdog = new Watchdog({
        ping: () => {
          if (++pings < pingsMax) return;
          watchdog.stop();
          resolve("waits");
        },
        onSilence: () => resolve("silent"),
        cpuMs: () => cpuMs(performance.now() - startMs),
      });
    });

  it("takes a process for hung that computes and says nothing, not one that is not given the processor", async () => {
    const [loops, starves] = await Promise.all([silenceOf((ms) => ms, 30), silenceOf((ms) => ms / 20, 6)]);

    assert.deepEqual([loops, starves], ["silent", "waits"]);
  });

  it("leaves a process alone that has nothing to do, and asks again when it has", async () => {
    let isIdle = true;
    let pings = 0;
    let looks = 0;
    const rested = Promise.withResolvers<void>();
    const busy = Promise.withResolvers<void>();
    const silent = Promise.withResolvers<void>();
    const watchdog = new Watchdog({
      ping: () => {
        pings += 1;
        if (isIdle) watchdog.heard();
        else busy.resolve();
      },
      onSilence: () => silent.resolve(),
      isIdle: () => {
        if (++looks === 6) rested.resolve();
        return isIdle;
      },
    });

    await rested.promise;
    const idlePings = pings;
    isIdle = false;
    await busy.promise;
    await silent.promise;

    assert.equal(idlePings, 1);
  });
});
