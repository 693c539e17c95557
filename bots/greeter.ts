/** Greets everybody who comes online, each time anew. */
import { defineBot } from "udpchat/bot";
import * as z from "zod/mini";

export default defineBot(
  {
    description: "I greet whoever comes online.",
    settings: z.object({ greeting: z._default(z.string(), "Welcome, {nick}!") }),
  },
  (bot) => {
    bot.on("online", ({ nick }) => bot.send(nick, bot.settings.greeting.replaceAll("{nick}", nick)));
  },
);
