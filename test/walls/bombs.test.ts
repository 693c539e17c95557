/** All walls, against bots that would take the machine: each goes down alone, and its neighbour answers meanwhile. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { median } from "../bench/measure.ts";
import { stageHost } from "../support/host-stage.ts";
import { LoopPulse } from "../support/loop-pulse.ts";
import { PlainEcho } from "../support/plain-echo.ts";

const on = (code: string) =>
  `export default defineBot((bot) => bot.hears("go", async (ctx) => { ${code} }));`;

const BOMBS: Readonly<Record<string, string>> = {
  loop: on("for (;;) {}"),
  promises: on("for (;;) await null;"),
  timers: on("const again = () => { setTimeout(again, 1); for (;;) {} }; again();"),
  regexp: on(`/^(a+)+$/.test("a".repeat(40) + "b");`),
  heap: on("const a = []; for (;;) a.push(new Array(1e5).fill(0.5));"),
  // Without the `catch` it may be told that there is no memory before it is ended.
  buffers: on("const a = []; for (;;) try { a.push(new Uint8Array(1 << 24).fill(1)); } catch {}"),
  texts: on(`const a = []; for (;;) a.push(("x".repeat(1 << 20) + a.length).split(""));`),
  output: on(`for (;;) bot.log.info("x".repeat(9_999));`),
  sends: on(`for (let i = 0; ; i++) void bot.send("nobody" + i, "x".repeat(500));`),
};

/** Where answers are slow to come, the bombs may be down after two or three: too few for a median. */
const ASKED_MIN = 12;

it("bots that would take the machine go down alone, and their neighbour answers meanwhile", async (t) => {
  const neighbour = on("await ctx.reply('here');");
  const { ask, send, bots, until } = await stageHost(
    t,
    { neighbour, ...BOMBS },
    { restart: { backoffMs: 60_000 } },
  );

  using machine = await PlainEcho.start();
  await machine.waits();
  using pulse = new LoopPulse();
  for (const name of Object.keys(BOMBS)) await send(name, "go");
  const isDown = (name: string) => bots().find((bot) => bot.name === name)?.lastError !== undefined;
  const waits: number[] = [];
  for (let i = 0; i < 2_000 && (i < ASKED_MIN || !Object.keys(BOMBS).every(isDown)); i++) {
    const startMs = performance.now();
    assert.equal(await ask("neighbour", "go"), "here");
    waits.push(performance.now() - startMs);
  }
  const machineWaits = await machine.waits();
  await until(() => Object.keys(BOMBS).every(isDown));
  const { longestMs } = pulse;

  const [here, ...down] = bots();
  assert.deepEqual([here?.state, here?.lastError], ["running", undefined]);
  for (const { name, lastError } of down) {
    assert.match(
      lastError?.text ?? "",
      /did not give way|out of memory|said more in one turn|took \d+ MiB|more than 1000|it was ended|code/,
      name,
    );
  }
  assert.ok(longestMs < 100, `the host computed for ${longestMs} ms without giving way`);
  // The bombs share the processors with all of these, and other tests do, too. A host hears nine of them between any two turns that it
  // has for its neighbour: where the machine is slow to give it turns, that may take some times longer than of a plain process.
  const told = `waits: ${waits.map(Math.round)} ms; the machine: ${machineWaits.map(Math.round)} ms`;
  assert.ok(median(waits) < 100 + 5 * median(machineWaits), told);
  assert.ok(Math.max(...waits) < 1_500 + Math.max(...machineWaits), told);
});
