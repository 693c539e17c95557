/**
 * What the compiler knows of a bot. Each `@ts-expect-error` stands above the one line that must be wrong, so `npm run
 * types` fails when a mistake is no longer seen, or is seen elsewhere.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineBot, type MessageContext, type Receipt, type TimerCall } from "udpchat/bot";
import * as z from "zod/mini";

/** Compiles when both are the same type. */
function same<Expected>() {
  return <Actual>(
    ..._: [Expected] extends [Actual] ? ([Actual] extends [Expected] ? [value: Actual] : never) : never
  ) => {};
}

const bots = [
  defineBot(
    {
      settings: z.object({ greeting: z._default(z.string(), "hi"), limit: z.optional(z.number()) }),
      needs: { http: ["status.example.org"], secrets: ["KEY", "OTHER_KEY"] },
    },
    (bot) => {
      same<string>()(bot.settings.greeting);
      same<number | undefined>()(bot.settings.limit);
      same<string>()(bot.secrets.KEY);
      // @ts-expect-error: there is no such setting
      bot.settings.greting;
      // @ts-expect-error: there is no such secret
      bot.secrets.KYE;
    },
  ),

  defineBot((bot) => {
    bot.command("ticket open <title> [detail...] [--prio <level>] --urgent", (ctx, args) => {
      same<{
        readonly title: string;
        readonly detail: string | undefined;
        readonly prio: string | undefined;
        readonly urgent: boolean;
      }>()(args);
      same<Promise<Receipt>>()(ctx.reply(args.title));
      // @ts-expect-error: it may be missing
      ctx.reply(args.detail);
      // @ts-expect-error: there is no such argument
      args.titel;
      // @ts-expect-error: a flag is no text
      args.urgent.trim();
    });
    bot.command("roll [sides]", { help: "Roll", limit: "5/min", timeout: "3s", allow: ["staff"] }, () => {});
    bot.command("roll", { limit: "1/10s" }, () => {});
    // @ts-expect-error: no such unit
    bot.command("roll", { limit: "5/fortnight" }, () => {});
    // @ts-expect-error: a duration needs a unit, or is a number
    bot.command("roll", { timeout: "3" }, () => {});
    // @ts-expect-error: no such option
    bot.command("roll", { hlep: "Roll" }, () => {});
    // @ts-expect-error: there is no handler
    bot.command("roll");

    bot.hears(/^a(?<b>.)/, (ctx) => same<RegExpExecArray>()(ctx.match));
    bot.hears("a", (ctx) => same<string>()(ctx.match));
    bot.hears(/x/, { timeout: "1s" }, (ctx) => ctx.reply("x"));
    // @ts-expect-error: a text is sent
    bot.hears("a", (ctx) => ctx.reply(5));

    bot.use(async (ctx, next) => {
      same<string>()(ctx.message.from);
      same<Promise<void>>()(next());
    });
    bot.on("saved", (ctx) => same<boolean>()(ctx.message.saved));
    bot.on("online", ({ nick }) => bot.send(nick, "hi"));
    bot.on("table", (contacts) => same<boolean | undefined>()(contacts.get("bob")?.online));
    // @ts-expect-error: no such event
    bot.on("evening", () => {});
    // @ts-expect-error: who comes online has said nothing
    bot.on("online", (ctx) => ctx.message);

    bot.cron("0 9 * * 1-5", { timeZone: "Europe/Paris" }, ({ dueAt }) => same<number>()(dueAt));
    bot.every("10m", () => {});
    // @ts-expect-error: no such unit
    bot.every("10 minutes", () => {});
    bot.catch((error, ctx) => {
      same<unknown>()(error);
      same<MessageContext | undefined>()(ctx);
    });
  }),

  defineBot((bot) => {
    interface Ticket {
      readonly title: string;
      readonly open: boolean;
    }
    const store = bot.store.typed<{ seq: number; [ticket: `ticket/${number}`]: Ticket }>();
    bot.hears("store", async () => {
      same<number>()(await bot.store.update("seq", (last = 0) => last + 1));
      same<string[]>()(await bot.store.update("names", (names: string[] = []) => [...names, "bob"]));
      same<string[] | undefined>()(await bot.store.get<string[]>("names"));
      same<Ticket | undefined>()(await store.get("ticket/1"));
      same<number>()(await store.update("seq", (seq = 0) => seq + 1));
      // @ts-expect-error: what is kept there is no text
      await store.set("seq", "one");
      // @ts-expect-error: no such key
      await store.get("tickets/1");
      // @ts-expect-error: it may be missing
      (await store.get("ticket/1")).title;
    });

    bot.hears("ask", async (ctx) => {
      const answer = await ctx.ask("Sure?", { timeout: "1m" });
      same<string | undefined>()(answer);
      // @ts-expect-error: there may be no answer
      answer.trim();
    });

    const remind = bot.timer("remind", ({ data }: TimerCall<{ nick: string }>) => bot.send(data.nick, "tea"));
    const ring = bot.timer("ring", () => {});
    bot.hears("timers", async () => {
      same<string>()(await remind.in("10m", { nick: "bob" }));
      await ring.at(new Date());
      // @ts-expect-error: the data is missing
      await remind.in("10m");
      // @ts-expect-error: the data is of another kind
      await remind.in("10m", { name: "bob" });
    });
  }),

  defineBot((bot) => {
    const order = bot.dialog("order", {
      state: { size: "", count: 0 },
      steps: {
        size: {
          ask: "Which size?",
          answer: async (ctx) => {
            same<string>()(ctx.answer);
            ctx.state.size = ctx.answer;
            // @ts-expect-error: no such field of the state
            ctx.state.color = "red";
            if (ctx.answer === "") return ctx.again("Say something.");
            // @ts-expect-error: no such step
            if (ctx.answer === "?") return ctx.next("sizes");
            return ctx.next("count");
          },
        },
        count: {
          ask: ({ state }) => `How many ${state.size}?`,
          answer: (ctx) => ctx.reply("Coming!"),
        },
      },
    });
    bot.command("order", (ctx) => order.begin(ctx, { size: "small" }));
    // @ts-expect-error: no such field of the state
    bot.command("order", (ctx) => order.begin(ctx, { sise: "small" }));
  }),

  defineBot({ needs: { http: ["a.example"] } }, (bot) => {
    bot.hears("http", async () => {
      const response = await bot.http.get("http://a.example/", { timeout: "5s" });
      same<number>()(response.status);
      same<unknown>()(response.json());
      same<{ ok: boolean }>()(response.json(z.object({ ok: z.boolean() })));
    });
  }),
];

// @ts-expect-error: a bot is a function, or options and a function
const broken = () => defineBot({ description: "nothing" });

describe("the types of a bot", () => {
  it("are held by the compiler, and the bots here are bots", () => {
    assert.ok(bots.every(({ kind }) => kind === "udpchat bot"));
    assert.throws(broken, TypeError);
  });
});
