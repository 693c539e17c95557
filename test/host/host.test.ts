import assert from "node:assert/strict";
import { statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { askHost, NoHostError } from "../../src/host/control/client.ts";
import type { Letter } from "../../src/host/control/protocol.ts";
import { serveHostMetrics } from "../../src/host/metrics.ts";
import { median } from "../bench/measure.ts";
import { stageHost } from "../support/host-stage.ts";
import { LoopPulse } from "../support/loop-pulse.ts";
import { PlainEcho } from "../support/plain-echo.ts";

const BOT = `export default defineBot((bot) => {
  bot.hears("ping", (ctx) => ctx.reply("pong"));
  bot.hears("hang", () => { for (;;) {} });
  bot.hears("count", async (ctx) => ctx.reply(String(await bot.store.update("n", (n = 0) => n + 1))));
  bot.hears("throw", () => { throw new Error("oh"); });
});`;

describe("a host", () => {
  it("runs bots side by side: one that hangs is named and given up, and nobody else notices", async (t) => {
    const { ask, send, heard, until, command, bots, event } = await stageHost(t, { mine: BOT, other: BOT });
    assert.equal(await ask("mine", "ping"), "pong");

    using machine = await PlainEcho.start();
    await machine.waits();
    using pulse = new LoopPulse();
    // At once, so that the process has all of them in hand when it hangs.
    for (const text of ["ping", "hang", "ping"]) void send("mine", text);
    const waits: number[] = [];
    for (let lives = 1; lives <= 3; lives++) {
      for (let i = 0; i < 15; i++) {
        const startMs = performance.now();
        assert.equal(await ask("other", "ping"), "pong");
        waits.push(performance.now() - startMs);
      }
      await until(() => bots()[0]?.restarts === lives);
    }
    const { longestMs } = pulse;
    const machineWaits = await machine.waits();
    const { id = "" } = (await event("dead-letter")).fields as { id?: string };
    const { letters } = (await command({ command: "dead-letters" })) as { letters: readonly Letter[] };
    const { letter } = (await command({ command: "why", id })) as { letter: Letter };
    const pong = await ask("mine", "ping");
    await until(() => heard.length === 1 + 2 + waits.length + 1);
    const [mine, other] = bots();

    assert.ok(longestMs < 100, `the host computed for ${longestMs} ms without giving way`);
    const told = `waits: ${waits.map(Math.round)} ms; the machine: ${machineWaits.map(Math.round)} ms`;
    assert.ok(median(waits) < 100 + 5 * median(machineWaits), told);
    assert.deepEqual(
      letters.map((one) => [one.id, one.from, one.text, one.attempts]),
      [[id, "alice", "hang", 3]],
    );
    assert.match(
      letter.trace.map(({ text }) => text).join("\n"),
      /handled by hears "hang" \(.*mine\.ts:4:7\)/,
    );
    assert.match(mine?.lastError?.text ?? "", /gave up mine-\d+ from alice: hears "hang"/);
    assert.equal(pong, "pong");
    assert.deepEqual([mine?.restarts, other?.restarts, other?.lastError], [3, 0, undefined]);
    await command({ command: "drop-dead-letter", id });
    assert.deepEqual(await command({ command: "dead-letters", bot: "mine" }), { letters: [] });
  });

  it("starts a bot anew whose process somebody suspended, and blames no message for it", async (t) => {
    const { ask, bots, event, command } = await stageHost(t, {
      echo: "export default defineBot((bot) => bot.hears(/.*/, (ctx) => ctx.reply(`${ctx.attempt}`)));",
    });
    const { pid = 0 } = bots()[0] ?? {};

    process.kill(pid, "SIGSTOP");
    const answer = await ask("echo", "still there?");

    assert.equal(answer, "1");
    const { message } = await event("crashed");
    assert.match(message, /its process was suspended by a signal and did not run for \d+ ms/);
    const { letter } = (await command({ command: "why", id: "echo-1" })) as { letter: Letter };
    assert.ok(letter.trace.every(({ text }) => !text.includes("failed")));
  });

  it("fails a bot that crashes again and again, with the reason, and its neighbours notice nothing", async (t) => {
    const { ask, send, bots, event } = await stageHost(
      t,
      {
        mine: `export default defineBot((bot) => bot.on("message", () => { for (;;) bot.log.info("x".repeat(9_999)); }));`,
        other: BOT,
      },
      { restart: { backoffMs: 1, maxUnstable: 3 } },
    );

    await send("mine", "go");
    const { message } = await event("failed");

    assert.match(message, /said more in one turn/);
    assert.equal(bots()[0]?.state, "failed");
    assert.equal(await ask("other", "ping"), "pong");
    assert.equal((await send("mine", "still there?")).kind, "saved");
  });

  it("ends a bot that uses too much of a processor, however short its turns, and gives it up in the end", async (t) => {
    const burner = `export default defineBot((bot) => bot.hears("go", async () => {
      for (;;) {
        for (let i = 0; i < 2e5; i++) Math.sqrt(i);
        await new Promise((done) => setTimeout(done, 1));
      }
    }));`;
    // So little that it is more even where tests have the processors; what a start takes is half of it.
    const limits = { cpu: 0.15, cpuWindowMs: 1_500 };
    // It lives longer than that, but not without waste.
    const restart = { backoffMs: 1, minUptimeMs: 1_200, maxUnstable: 2 };
    const { ask, send, bots, event } = await stageHost(t, { burner, other: BOT }, { restart, limits });

    await send("burner", "go");
    const { message } = await event("failed");

    assert.match(message, /^failed for good: it used \d+ % of a processor for \d+ s; it may use 15 %$/);
    const [burning, neighbour] = bots();
    assert.deepEqual([burning?.state, burning?.lastError?.text], ["failed", message]);
    // On a machine with much to do it may not get as much of it every time.
    assert.ok((burning?.restarts ?? 0) >= 1);
    assert.deepEqual([neighbour?.restarts, neighbour?.lastError], [0, undefined]);
    assert.equal(await ask("other", "ping"), "pong");
  });

  it("starts the others when one does not start, and says why it does not", async (t) => {
    const { ask, bots, command, script } = await stageHost(t, { mine: "export default 1;", other: BOT });

    const [failed] = bots();
    assert.deepEqual([failed?.state, bots()[1]?.state], ["failed", "running"]);
    assert.match(failed?.lastError?.text ?? "", /has to export a bot/);
    script("mine", BOT);
    await command({ command: "reload", bot: "mine" });

    assert.equal(await ask("mine", "ping"), "pong");
  });

  it("reloads what has changed; a version that does not start changes nothing", async (t) => {
    const { ask, command, script } = await stageHost(t, { mine: BOT, other: BOT });
    assert.equal(await ask("mine", "count"), "1");

    script("mine", BOT.replace('"pong"', '"pong 2"'));
    const reloaded = await command({ command: "reload" });
    script("mine", BOT.replace("bot.hears", "bot.heras"));
    const broken = await command({ command: "reload", bot: "mine" });

    assert.deepEqual(reloaded, {
      bots: [
        { bot: "mine", outcome: "reloaded" },
        { bot: "other", outcome: "unchanged" },
      ],
    });
    assert.match(
      JSON.stringify(broken),
      /"outcome":"failed","reason":".*mine\.ts:3:7: TypeError: bot\.heras is not/,
    );
    assert.deepEqual([await ask("mine", "ping"), await ask("mine", "count")], ["pong 2", "2"]);
  });

  it("loses and doubles nothing of what comes while it is reloaded again and again", async (t) => {
    const version = (
      name: string,
    ) => `export default defineBot((bot) => bot.hears(/^n(\\d+)$/, async (ctx) => {
      await bot.store.update("n", (n = 0) => n + 1);
      await ctx.reply("got " + ctx.match[1]);
      bot.log.debug("version ${name}");
    }));`;
    const { send, heard, command, script, until } = await stageHost(t, { mine: version("first") });
    let sent = 0;
    let isReloading = true;
    const sending = (async () => {
      for (; (isReloading && sent < 400) || sent < 60; sent++)
        assert.equal((await send("mine", `n${sent}`)).kind, "delivered");
    })();

    for (let i = 0; i < 3; i++) {
      script("mine", version(`${i}`));
      const { bots } = (await command({ command: "reload" })) as { bots: readonly { outcome: string }[] };
      assert.deepEqual(bots[0]?.outcome, "reloaded");
    }
    isReloading = false;
    await sending;
    await until(() => heard.length >= sent);
    // The last answer is heard before its handler is done.
    await command({ command: "stop", bot: "mine" });
    const { entries } = (await command({ command: "store", bot: "mine" })) as {
      entries: readonly (readonly string[])[];
    };

    assert.deepEqual(heard.toSorted(), Array.from({ length: sent }, (_, i) => `got ${i}`).toSorted());
    assert.deepEqual(entries, [["n", String(sent)]]);
  });

  it("stops, starts and restarts a bot, whose store can be changed meanwhile", async (t) => {
    const { ask, command } = await stageHost(t, { mine: BOT });
    await ask("mine", "count");
    const set = { command: "store-set", bot: "mine", key: "n", json: "41" } as const;

    await assert.rejects(command(set), { code: "NOT_POSSIBLE" });
    await command({ command: "stop", bot: "mine" });
    await command(set);
    await assert.rejects(command({ ...set, json: "{" }), { code: "BAD_REQUEST" });
    await command({ command: "start", bot: "mine" });
    assert.equal(await ask("mine", "count"), "42");
    await command({ command: "restart", bot: "mine" });

    assert.equal(await ask("mine", "count"), "43");
  });

  it("starts a bot that was stopped with its script as it is now", async (t) => {
    const { ask, command, script } = await stageHost(t, { mine: BOT });
    const answers: string[] = [];

    for (const answer of ["two", "three"]) {
      await command({ command: "stop", bot: "mine" });
      script("mine", BOT.replace('"pong"', `"${answer}"`));
      await command({ command: "start", bot: "mine" });
      answers.push(await ask("mine", "ping"));
    }

    assert.deepEqual(answers, ["two", "three"]);
  });

  it("goes on after its end where it was", async (t) => {
    const stage = await stageHost(t, { mine: BOT });
    assert.equal(await stage.ask("mine", "count"), "1");

    await stage.end();
    await stage.begin();

    assert.equal(await stage.ask("mine", "count"), "2");
  });

  it("waits in standby for a nickname that is online elsewhere, and takes over when it is free", async (t) => {
    const first = await stageHost(t, { mine: BOT });
    const second = await stageHost(
      t,
      { mine: BOT.replace('"pong"', '"second"') },
      { standby: true },
      first.server,
    );
    const { state, waitsFor } = second.bots()[0] ?? {};
    assert.equal(state, "standby");
    assert.match(waitsFor ?? "", /mine is registered from another address/);
    assert.equal(await first.ask("mine", "ping"), "pong");

    await first.end();
    await second.event("online");

    assert.equal(await first.ask("mine", "ping"), "second");
    assert.deepEqual([second.bots()[0]?.state, second.bots()[0]?.waitsFor], ["running", undefined]);
    // While there is a server that it can take its leave of.
    await second.end();
  });

  it("stops a bot that waits in standby", async (t) => {
    const first = await stageHost(t, { mine: BOT });
    const second = await stageHost(t, { mine: BOT }, { standby: true }, first.server);

    const stopped = await second.command({ command: "stop", bot: "mine" });

    assert.deepEqual(stopped, { bots: [{ bot: "mine", outcome: "stopped" }] });
    assert.equal(second.bots()[0]?.state, "stopped");
  });

  it("serves figures for Prometheus, and whether all is well", async (t) => {
    const { ask, host, command } = await stageHost(t, { mine: BOT });
    await ask("mine", "ping");
    await using endpoint = await serveHostMetrics(() => host().status(), { host: "127.0.0.1", port: 0 });
    const read = async (at: string) => {
      const response = await fetch(`${endpoint.url}${at}`);
      return [response.status, await response.text()] as const;
    };

    const [, figures] = await read("/metrics");
    const [well, health] = await read("/health");
    const [missing] = await read("/");
    await command({ command: "stop", bot: "mine" });

    assert.match(figures, /^udpchat_bot_messages_received_total\{bot="mine"\} 1$/m);
    assert.match(figures, /^udpchat_bot_up\{bot="mine"\} 1$/m);
    assert.deepEqual(
      [well, JSON.parse(health), missing],
      [200, { ok: true, bots: { mine: "running" } }, 404],
    );
  });
});

describe("a host whose disk is full", () => {
  it("says so in its log, its status, its health and its figures", async (t) => {
    const filler = `export default defineBot((bot) => bot.hears("fill", () => bot.store.set("k", "x".repeat(60_000))));`;
    const { send, bots, host, event, end } = await stageHost(
      t,
      { mine: filler },
      { journal: { sizeBytesMax: 60_000 } },
    );
    await using endpoint = await serveHostMetrics(() => host().status(), { host: "127.0.0.1", port: 0 });

    await send("mine", "fill");
    const { level, message, bot } = await event("host");
    const health = await fetch(`${endpoint.url}/health`);
    const figures = await (await fetch(`${endpoint.url}/metrics`)).text();

    assert.deepEqual([level, bot], ["error", undefined]);
    assert.match(message, /^the journal cannot be written, so messages are not acknowledged: .*disk is full/);
    assert.match(host().status().journalTrouble ?? "", /disk is full/);
    assert.equal(bots()[0]?.state, "running");
    assert.equal(health.status, 503);
    assert.match(((await health.json()) as { journal: string }).journal, /disk is full/);
    assert.match(figures, /^udpchat_host_journal_writable 0$/m);
    // And it ends, though what it did last is in no journal.
    await assert.rejects(end(), { code: "DISK_FULL" });
  });
});

describe("the control socket", () => {
  it("is its owner's only, and survives what is no request", async (t) => {
    const { folder, bots } = await stageHost(t, { mine: BOT });
    const file = path.join(folder, "control.sock");
    const garbage = askHost(folder, { command: "rm -rf" } as never);

    await assert.rejects(garbage, { code: "BAD_REQUEST" });
    await assert.rejects(askHost(folder, { command: "stop" } as never), { code: "BAD_REQUEST" });
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(bots()[0]?.state, "running");
  });

  it("answers `down` once all has ended, and nobody after that", async (t) => {
    const { folder, command } = await stageHost(t, { mine: BOT });

    assert.deepEqual(await command({ command: "down" }), {});

    await assert.rejects(askHost(folder, { command: "ps" }), NoHostError);
  });

  it("takes the place of one that a killed host left behind", async (t) => {
    const stage = await stageHost(t, { mine: BOT });
    await stage.end();
    writeFileSync(path.join(stage.folder, "control.sock"), "");

    await stage.begin();

    assert.equal(await stage.ask("mine", "ping"), "pong");
  });

  it("gives the log that is there, then what comes", async (t) => {
    const { folder, command, ask } = await stageHost(t, { mine: BOT });
    const messages: string[] = [];
    const aborting = new AbortController();
    const following = askHost(
      folder,
      { command: "logs", bot: "mine", lines: 10, follow: true },
      {
        signal: aborting.signal,
        onLog: ({ message }) => {
          messages.push(message);
          if (message.includes("oh")) aborting.abort(new Error("seen"));
        },
      },
    );

    const [, answer] = await Promise.all([
      assert.rejects(following, { message: "seen" }),
      ask("mine", "throw"),
    ]);
    assert.match(answer, /^Sorry/);
    await assert.rejects(command({ command: "logs", bot: "nobody", lines: 1, follow: false }), {
      code: "UNKNOWN_BOT",
    });

    assert.equal(messages[0], "online as mine");
  });

  it("lets whoever follows the log go when the host ends", async (t) => {
    const { folder, command } = await stageHost(t, { mine: BOT });
    const begun = Promise.withResolvers<void>();
    const request = { command: "logs", lines: 10, follow: true } as const;
    const following = askHost(folder, request, { onLog: () => begun.resolve() });
    await begun.promise;

    await command({ command: "down" });

    assert.deepEqual(await following, {});
  });
});
