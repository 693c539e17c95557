/** Says back what it is told: "say hello" is answered with "hello". */
import { defineBot } from "udpchat/bot";

export default defineBot({ description: "I repeat what you say." }, (bot) => {
  bot.command("say <text...>", { help: "Say it back to you" }, (ctx, { text }) => ctx.reply(text));
});
