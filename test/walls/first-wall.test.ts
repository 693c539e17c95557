/** vm2 alone: no permission model, no limits, no other user. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stageBare } from "../support/bare-bot.ts";
import { ESCAPES } from "./escapes.ts";
import { NEWER_ESCAPES } from "./newer-escapes.ts";

const ALL = [...ESCAPES, ...NEWER_ESCAPES];

/** Tries one way out for each message, and tells what came of it without showing it to anybody. */
const SCRIPT = `
const escapes = [${ALL.map(({ code }) => `function (ctx, bot) { ${code} }`).join(",\n")}];
const isHosts = (value) => {
  try {
    const all = [value, value?.process, value?.mainModule];
    return all.some((one) => one != null && (typeof one.pid === "number" || typeof one.binding === "function" || typeof one.readFileSync === "function"));
  } catch { return false; }
};
export default defineBot((bot) => {
  bot.hears(/^try (\\d+)$/, async (ctx) => {
    let out = "contained";
    try {
      const caught = escapes[Number(ctx.match[1])].call(globalThis, ctx, bot);
      if (isHosts(caught) || isHosts(await Promise.race([caught, new Promise((end) => setTimeout(end, 100))])) || isHosts(globalThis.leak)) out = "OUT";
    } catch (error) { if (isHosts(error)) out = "OUT"; }
    delete globalThis.leak;
    await ctx.reply(out);
  });
  bot.hears("ping", (ctx) => ctx.reply("pong"));
});`;

describe("the first wall, vm2 alone", () => {
  it("lets none of the known ways out reach anything, and the bot goes on", async (t) => {
    const { ask } = await stageBare(t, SCRIPT);
    const found: string[] = [];

    for (const [i, { name }] of ALL.entries()) {
      const answer = await ask(`try ${i}`);
      if (answer !== "contained" && !answer.startsWith("Sorry")) found.push(`${name}: ${answer}`);
    }

    assert.deepEqual(found, []);
    assert.equal(await ask("ping"), "pong");
    assert.ok(ALL.length > 90);
  });

  it("is tried by something that would notice", async (t) => {
    const open = SCRIPT.replace("escapes[Number(ctx.match[1])].call(globalThis, ctx, bot)", "{ pid: 1 }");
    const { ask } = await stageBare(t, open);

    assert.equal(await ask("try 0"), "OUT");
  });
});
