import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openClient } from "../../src/client/client.ts";
import { BotError } from "../../src/host/bot-error.ts";
import { startBot } from "../../src/host/start-bot.ts";
import { systemWorld } from "../../src/net/system-world.ts";
import { scriptFile, stageBot } from "../support/bot-stage.ts";

const world = systemWorld();
const nowhere = { host: "127.0.0.1", port: 9 };

describe("a bot on the network", () => {
  it("answers: the echo bot", async (t) => {
    const { ask, bot } = await stageBot(t, "bots/echo.ts");

    assert.equal(bot.state, "running");
    assert.equal(await ask("say hello"), "hello");
    assert.equal(await ask('say "naïve ✓"'), "naïve ✓");
    assert.equal(await ask("say"), "<text> is missing. Usage: say <text...>");
    assert.equal(await ask("help"), "I repeat what you say.\nsay <text...> - Say it back to you");
  });

  it("greets who comes online, and not who was there before: the greeter", async (t) => {
    const { bot, alice, server } = await stageBot(t, "bots/greeter.ts");
    const heard: string[] = [];
    alice.subscribe((event) => event.kind === "message" && heard.push(event.text));

    const bob = await openClient({ nick: "bob", server }, world);
    t.after(() => bob.close());
    const greeting = firstMessage(bob);
    await bob.register();

    assert.equal(await greeting, "Welcome, bob!");
    await bot.close();
    assert.deepEqual(heard, []);
  });

  it("is killed within two seconds when a handler hangs, named, and started again", async (t) => {
    const { ask, alice, event, bot } = await stageBot(
      t,
      await scriptFile(
        t,
        `export default defineBot((bot) => {
          bot.hears("hang", (ctx) => { while (ctx.attempt === 1) {} });
          bot.hears("ping", (ctx) => ctx.reply("pong"));
        });`,
      ),
      { restart: { backoffMs: 1 } },
    );
    assert.equal(await ask("ping"), "pong");

    const startMs = performance.now();
    await alice.send("bot", "hang");
    const hung = await event("hung");
    const tookMs = performance.now() - startMs;
    const online = alice.contacts.get("bot")?.online;
    const answer = await ask("ping");

    assert.ok(tookMs < 2_000, `${tookMs} ms`);
    assert.match(hung.handler, /^hears "hang" \(.*bot\.ts:3:15\)$/);
    assert.equal(online, true);
    assert.equal(answer, "pong");
    assert.equal(bot.state, "running");
  });

  it("is named by what it hung in: a timer, or what follows a reply", async (t) => {
    const { alice, event } = await stageBot(
      t,
      await scriptFile(
        t,
        `export default defineBot((bot) => {
          bot.hears("timer", () => void setTimeout(() => { while (true) {} }, 1));
          bot.hears("reply", async (ctx) => { await ctx.reply("x"); for (;;) await null; });
        });`,
      ),
      { restart: { backoffMs: 1 } },
    );

    await alice.send("bot", "timer");
    const timer = await event("hung");
    await event("restarted");
    await alice.send("bot", "reply");
    const reply = await event("hung");

    assert.match(timer.handler, /^a timer \(.*bot\.ts:3:\d+\)$/);
    assert.match(reply.handler, /^hears "reply" \(.*bot\.ts:4:15\)$/);
  });

  it("takes only itself down when it eats all memory, and keeps what it is sent meanwhile", async (t) => {
    // It gives way in between, or a slow machine would take it for one that hangs before it has eaten all.
    const { ask, alice, event } = await stageBot(
      t,
      await scriptFile(
        t,
        `export default defineBot((bot) => {
          bot.hears("bomb", async () => {
            for (const all = []; ; await new Promise((done) => setTimeout(done, 0)))
              for (let i = 0; i < 10; i++) all.push(new Array(100_000).fill(0.5));
          });
          bot.hears("ping", (ctx) => ctx.reply("pong"));
        });`,
      ),
    );

    await alice.send("bot", "bomb");
    const crashed = await event("crashed");
    const answer = await ask("ping");

    assert.equal(crashed.reason, "it ran out of memory");
    assert.match(crashed.unfinished.join(), /^hears "bomb"/);
    assert.equal(answer, "pong");
  });

  it("fails when it crashes again and again, and leaves its mail to the server", async (t) => {
    const { alice, bot, event } = await stageBot(
      t,
      await scriptFile(
        t,
        `export default defineBot((bot) => {
          bot.on("message", () => { for (;;) bot.log.info("x".repeat(1000)); });
        });`,
      ),
      { restart: { backoffMs: 1, maxUnstable: 3 } },
    );
    const offline = new Promise<void>((resolve) => {
      alice.subscribe(() => alice.contacts.get("bot")?.online === false && resolve());
    });

    for (let crash = 0; crash < 3; crash++) {
      await alice.send("bot", "go");
      await event("crashed");
    }
    const failed = await event("failed");
    await offline;
    const receipt = await alice.send("bot", "still there?");

    assert.match(failed.reason, /said more in one turn/);
    assert.equal(bot.state, "failed");
    assert.equal(receipt.kind, "saved");
  });

  it("finishes what it is at when it is closed, then deregisters", async (t) => {
    const { alice, bot, ask, answer } = await stageBot(
      t,
      await scriptFile(
        t,
        `export default defineBot((bot) => bot.hears("slow", async (ctx) => {
          await ctx.reply("begun");
          await new Promise((resolve) => setTimeout(resolve, 50));
          await ctx.reply("done");
        }));`,
      ),
    );

    assert.equal(await ask("slow"), "begun");
    await bot.close();
    await bot.close();

    assert.equal(await answer(), "done");
    assert.equal(bot.state, "closed");
    assert.equal((await alice.send("bot", "slow")).kind, "saved");
  });

  it("tells of messages that do not arrive", async (t) => {
    const { alice, event, answer } = await stageBot(
      t,
      await scriptFile(
        t,
        `export default defineBot((bot) => bot.hears("go", async (ctx) => {
          const receipt = await bot.send("nobody", "hi");
          await ctx.reply(receipt.kind + " " + receipt.reason);
        }));`,
      ),
    );

    await alice.send("bot", "go");
    const sending = await event("sending");
    const sent = await event("sent");

    assert.deepEqual(sending, { kind: "sending", number: 1, to: "nobody", text: "hi" });
    assert.deepEqual([sent.number, sent.to, sent.receipt.kind], [1, "nobody", "failed"]);
    assert.equal(await answer(), "failed UNKNOWN_RECIPIENT");
  });

  it("tells of messages that do, with their receipts", async (t) => {
    const { event, ask } = await stageBot(
      t,
      await scriptFile(t, `export default defineBot((bot) => bot.hears("go", (ctx) => ctx.reply("gone")));`),
    );

    await ask("go");
    const { text, to, receipt } = await event("sent");

    assert.deepEqual([text, to, receipt.kind], ["gone", "alice", "delivered"]);
  });
});

describe("a bot that does not start", () => {
  for (const [name, code, line, message] of [
    ["throws at the top", '\nthrow new RangeError("top");', 3, /bot\.ts:3:7: RangeError: top$/],
    [
      "throws in its set-up",
      'export default defineBot((bot) => {\n  bot.command("<x>", () => {});\n});',
      3,
      /TypeError: command "<x>"/,
    ],
    [
      "rejects in its set-up",
      'export default defineBot(async () => {\n throw new Error("later");\n});',
      3,
      /later/,
    ],
    ["exports no bot", "export const bot = defineBot(() => {});", undefined, /has to export a bot/],
  ] as const) {
    it(`because it ${name} says so at its line`, async (t) => {
      const script = await scriptFile(t, code);

      const error = await startBot({ script, nick: "bot", server: nowhere, world }).then(
        () => undefined,
        (reason: unknown) => reason,
      );

      assert.ok(error instanceof BotError);
      assert.equal(error.code, "SCRIPT_FAILED");
      assert.match(error.message, message);
      assert.equal(error.place?.line, line);
      assert.equal(error.codeFrame?.includes(`> ${line} |`), line === undefined ? undefined : true);
    });
  }

  it("because its nickname is taken leaves nothing behind", async (t) => {
    const { server } = await stageBot(t, "bots/echo.ts");

    const twin = startBot({ script: "bots/echo.ts", nick: "alice", server, world });

    await assert.rejects(twin, { name: "ClientError", code: "NICK_OWNED" });
  });
});

function firstMessage(client: Awaited<ReturnType<typeof openClient>>): Promise<string> {
  return new Promise((resolve) => {
    client.subscribe((event) => event.kind === "message" && resolve(event.text));
  });
}
