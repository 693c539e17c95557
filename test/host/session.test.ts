import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { BotInput } from "../../src/bot/ports.ts";
import { DEFAULT_GRANT, DEFAULT_LIMITS } from "../../src/host/host-config.ts";
import { loadVersion } from "../../src/host/load-version.ts";
import { BotSession, type SessionEnd } from "../../src/host/session.ts";
import { systemWorld } from "../../src/net/system-world.ts";
import { scriptFile } from "../support/bot-stage.ts";

const world = systemWorld();

const SCRIPT = `export default defineBot((bot) => {
  bot.hears("ping", (ctx) => void ctx.reply("pong"));
  bot.command("loop", () => { for (;;); });
  bot.hears(/^(a+)+$/, () => {});
});`;

describe("one life of a bot's process", () => {
  for (const [what, text, handler] of [
    ["a handler", "loop", /^command "loop"/],
    ["a pattern, before there is a handler", `${"a".repeat(64)}!`, /^a message from carol$/],
  ] as const) {
    it(`is ended by the message that hangs in ${what}, among others that came with it`, async (t) => {
      const end = await endOf(t, [
        message("1", "alice", "ping"),
        message("2", "bob", "ping"),
        message("3", "carol", text),
      ]);

      assert.equal(end.kind, "hung");
      assert.match(end.kind === "hung" ? end.handler : "", handler);
      assert.deepEqual(end.kind === "hung" && end.culprits, ["3"]);
    });
  }
});

/** How a bot comes to its end that is handed all of these at once. */
async function endOf(t: TestContext, inputs: readonly BotInput[]): Promise<SessionEnd> {
  const script = await scriptFile(t, SCRIPT);
  const limits = DEFAULT_LIMITS;
  const version = await loadVersion(
    { script, settings: undefined, grant: DEFAULT_GRANT, roles: {}, limits },
    world,
  );
  const ended = Promise.withResolvers<SessionEnd>();
  const session = new BotSession({
    nick: "bot",
    bundle: version.bundle,
    command: version.command,
    world,
    start: { ...version.start, state: { entries: [], timers: [] } },
    http: version.http,
    send: () => new Promise(() => {}),
    commit() {},
    onEvent() {},
    onEnd: ended.resolve,
  });
  t.after(() => session.kill());
  await session.ready;
  for (const input of inputs) session.dispatch(input);
  return ended.promise;
}

function message(event: string, from: string, text: string): BotInput {
  return { kind: "message", event, message: { from, text, sentAt: 0, saved: false, auto: false } };
}
