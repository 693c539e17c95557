/** Greets everybody who comes online, each time anew. */
import { defineBot } from "udpchat/bot";

export default defineBot({ description: "I greet whoever comes online." }, (bot) => {
  bot.on("online", ({ nick }) => bot.send(nick, `Welcome, ${nick}!`));
});
