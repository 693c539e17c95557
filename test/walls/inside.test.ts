/** Our side of the sandbox, from within: a script gets at none of it, and one that breaks it breaks itself alone. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stageBare } from "../support/bare-bot.ts";
import { scriptFile, stageBot } from "../support/bot-stage.ts";

/** Each is set up at the top level, before our side could hide anything, and says in a handler what it saw of ours. */
const PEEPHOLES: readonly { readonly name: string; readonly top?: string; readonly code: string }[] = [
  ...[
    "__begin",
    "__dispatch",
    "__send",
    "__run",
    "__take",
    "__enter",
    "__locate",
    "__start",
    "__setCalls",
  ].map((name) => ({
    name: `a setter on the global ${name}`,
    top: `Object.defineProperty(globalThis, "${name}", { configurable: true, set(value) { seen["${name}"] = value; }, get() { return seen["${name}"]; } });`,
    code: `return seen["${name}"];`,
  })),
  {
    name: "Object.assign",
    top: `const { assign } = Object; Object.assign = (target, ...sources) => { if (target === globalThis) seen.assign = sources; return assign(target, ...sources); };`,
    code: "return seen.assign;",
  },
  {
    name: "JSON.stringify",
    top: `const { stringify } = JSON; JSON.stringify = (value, ...rest) => { if (value?.type) seen.stringify = value; return stringify(value, ...rest); };`,
    code: `bot.log.info("x"); return seen.stringify;`,
  },
  {
    name: "JSON.parse",
    top: `const { parse } = JSON; JSON.parse = (json, ...rest) => { if (json.includes("dateMs")) seen.parse = json; return parse(json, ...rest); };`,
    code: `await null; return seen.parse;`,
  },
  { name: "a name of the bundle", code: `return typeof __run === "undefined" ? undefined : __run;` },
  {
    name: "the caller of a microtask",
    code: `return new Promise((resolve) => queueMicrotask(function f() { resolve(f.caller); }));`,
  },
  {
    name: "the caller of a then",
    code: `return new Promise((resolve) => { void Promise.resolve().then(function f() { resolve(f.caller); }); });`,
  },
  {
    name: "the caller of a thenable",
    code: `return new Promise((resolve) => { void Promise.resolve({ then: function f() { resolve(f.caller); } }); });`,
  },
  {
    name: "the caller of a timer",
    code: `return new Promise((resolve) => setTimeout(function f() { resolve(f.caller); }, 1));`,
  },
  {
    name: "the caller of toJSON",
    code: `let caller; bot.log.info("x", { o: { toJSON: function f() { caller = f.caller; } } }); return caller === JSON.stringify ? undefined : caller;`,
  },
  {
    name: "the caller of a getter",
    code: `let caller; const o = {}; Object.defineProperty(o, "message", { get: function f() { caller = f.caller; return ""; } }); bot.log.info("x", o); return caller;`,
  },
  {
    name: "the arguments of a handler's caller",
    code: `return (function f() { return f.caller?.caller?.arguments; })();`,
  },
  {
    name: "the functions of stack frames",
    code: `const before = Error.prepareStackTrace; Error.prepareStackTrace = (_, sites) => sites.map((site) => site.getFunction?.() ?? site.getThis?.());
      try { return new Error().stack.find(Boolean); } finally { Error.prepareStackTrace = before; }`,
  },
];

const PEEP = `const seen = {};
${PEEPHOLES.map(({ top = "" }) => `{ ${top} }`).join("\n")}
export default defineBot((bot) => {
  const peepholes = [${PEEPHOLES.map(({ code }) => `async () => { ${code} }`).join(",\n")}];
  bot.hears(/^peep (\\d+)$/, async (ctx) => {
    let saw;
    try { saw = await peepholes[Number(ctx.match[1])](); } catch {}
    await ctx.reply(saw == null ? "nothing" : "SAW " + typeof saw);
  });
});`;

describe("the inside of the sandbox", () => {
  it("shows a script nothing of ours", async (t) => {
    const { ask } = await stageBare(t, PEEP);
    const found: string[] = [];

    for (const [i, { name }] of PEEPHOLES.entries()) {
      const answer = await ask(`peep ${i}`);
      if (answer !== "nothing") found.push(`${name}: ${answer}`);
    }

    assert.deepEqual(found, []);
  });

  for (const [name, thrown, message] of [
    ["nothing", "null", /null was thrown, which is no Error/],
    ["what cannot be written", "{ toString() { throw new Error(); } }", /something that cannot be read was/],
    [
      "what lies about itself",
      "{ get name() { for (;;); }, get message() { throw 1; } }",
      /\[object Object\]/,
    ],
    [
      "an error that cannot be read",
      `Object.defineProperty(new Error("m"), "message", { get() { throw 1; } })`,
      /its message cannot be read/,
    ],
  ] as const) {
    it(`says of a script that throws ${name} at its top level that it failed`, async (t) => {
      const script = await scriptFile(t, `throw ${thrown};`);

      await assert.rejects(stageBot(t, script), { code: "SCRIPT_FAILED", message });
    });
  }

  it("says why a bot died that changed what everything stands on, and starts it again", async (t) => {
    const { event } = await stageBare(
      t,
      `export default defineBot((bot) => {
        setTimeout(() => { Object.prototype.toJSON = () => { throw new Error("pulled the rug"); }; bot.log.info("x"); }, 1);
      });`,
    );

    const { reason } = await event("crashed");

    assert.match(reason, /the bot's code broke its sandbox: Error: pulled the rug/);
    await event("restarted");
  });

  it("lets a bot take stack traces over, for its own lines alone", async (t) => {
    const { bot, ask } = await stageBot(
      t,
      await scriptFile(
        t,
        `Error.prepareStackTrace = (_error, sites) => sites;
        export default defineBot((bot) => {
          bot.hears("go", async (ctx) => { setTimeout(() => {}, 1); await ctx.reply("fine"); });
        });`,
      ),
    );

    assert.equal(await ask("go"), "fine");
    assert.equal(bot.state, "running");
  });

  it("keeps the place of an error within a frame, whatever is written there", async (t) => {
    const { ask, event } = await stageBot(
      t,
      await scriptFile(
        t,
        `export default defineBot((bot) => bot.hears("go", () => {
          const error = new Error("m");
          error.stack = "Error: m\\n    at " + "p".repeat(300_000);
          throw error;
        }));`,
      ),
    );

    assert.match(await ask("go"), /^Sorry/);
    assert.equal((await event("handler-failed")).error.message, "m");
  });
});
