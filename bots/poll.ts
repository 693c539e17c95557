/** One question at a time, put to everybody who is online; each has one vote, and can change it. */
import { defineBot, parseDuration } from "udpchat/bot";

interface Poll {
  readonly by: string;
  readonly question: string;
  readonly choices: readonly string[];
  /** Nicknames and the numbers of their choices. */
  readonly votes: Readonly<Record<string, number>>;
  readonly timer: string;
}

const LASTS_DEFAULT = "10m";

export default defineBot({ description: "I ask everybody one question and count the answers." }, (bot) => {
  const store = bot.store.typed<{ poll: Poll }>();

  const end = bot.timer("end of the poll", () => close());

  async function close(): Promise<void> {
    const poll = await store.get("poll");
    if (poll === undefined) return;
    await store.delete("poll");
    for (const nick of new Set([poll.by, ...Object.keys(poll.votes)])) {
      void bot.send(nick, `The poll is over.\n${resultOf(poll)}`);
    }
  }

  bot.command(
    "poll <question...> [--for <duration>]",
    { help: "Such as: poll Lunch? | pizza | soup --for 10m", limit: "3/min" },
    async (ctx, args) => {
      const [question = "", ...choices] = args.question.split("|").map((part) => part.trim());
      if (choices.length < 2 || choices.length > 9 || choices.includes("")) {
        return ctx.reply("A poll needs a question and two to nine choices: poll Lunch? | pizza | soup");
      }
      const lastsMs = parseDuration(args.for ?? LASTS_DEFAULT);
      if (lastsMs === undefined) return ctx.reply(`"${args.for}" is no time; say 30s, 10m or 2h.`);
      const running = await store.get("poll");
      if (running !== undefined) return ctx.reply(`${running.by} is asking already: ${running.question}`);

      const by = ctx.message.from;
      await store.set("poll", { by, question, choices, votes: {}, timer: await end.in(lastsMs) });
      const asked = [...bot.contacts.values()].filter(({ nick, online }) => online && nick !== by);
      const list = choices.map((choice, i) => `${i + 1}. ${choice}`).join("\n");
      for (const { nick } of asked)
        void bot.send(nick, `${by} asks: ${question}\n${list}\nSay: vote <number>`);
      return ctx.reply(`${asked.length} people were asked. You vote, too: vote <number>`);
    },
  );

  bot.command("vote <choice>", { help: "By the number of your choice" }, async (ctx, { choice }) => {
    const poll = await store.get("poll");
    if (poll === undefined) return ctx.reply("Nobody asks anything.");
    const name = poll.choices[Number(choice) - 1];
    if (name === undefined) return ctx.reply(`Say a number from 1 to ${poll.choices.length}.`);
    await store.set("poll", { ...poll, votes: { ...poll.votes, [ctx.message.from]: Number(choice) - 1 } });
    return ctx.reply(`You voted for ${name}.`);
  });

  bot.command("results", { help: "How it stands" }, async (ctx) => {
    const poll = await store.get("poll");
    await ctx.reply(poll === undefined ? "Nobody asks anything." : resultOf(poll));
  });

  bot.command("end", { help: "End your poll before its time" }, async (ctx) => {
    const poll = await store.get("poll");
    if (poll?.by !== ctx.message.from) return ctx.reply("You are asking nothing.");
    await end.cancel(poll.timer);
    await close();
    return undefined;
  });
});

function resultOf({ question, choices, votes }: Poll): string {
  const lines = choices.map((choice, i) => {
    const count = Object.values(votes).filter((vote) => vote === i).length;
    return `${choice}: ${count}`;
  });
  return [question, ...lines].join("\n");
}
