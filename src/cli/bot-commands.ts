/** The commands about bots. */
import { type Command, Option } from "commander";
import type { Address } from "../protocol/address.ts";
import { readNick, serverOption } from "./arguments.ts";
import { addBotOptions, type BotFlags } from "./bot-options.ts";
import type { ExitCode } from "./exit-codes.ts";
import { helpText } from "./help-text.ts";
import { addWhoOptions, type WhoFlags, whoOf } from "./who.ts";

const SCRIPT = "the TypeScript or JavaScript file that defines it";

export function addBot(program: Command, onExit: (code: ExitCode) => void): void {
  const bot = program
    .command("bot")
    .description("write, try, check and run bots")
    .addHelpText("after", helpText(BOT_HELP));
  bot
    .command("new")
    .description("write a bot, its test and its scenario")
    .argument("<name>", "what it is called: letters, digits and dashes")
    .option("--dir <folder>", "where to", "bots")
    .addHelpText("after", helpText(NEW_HELP))
    .action(async (name: string, options: { dir: string }) => {
      const { runBotNewCommand } = await import("./commands/bot-new.ts");
      onExit(await runBotNewCommand({ name, folder: options.dir }));
    });
  addBotOptions(
    bot
      .command("dev")
      .description("talk to a bot that reloads when its file is saved")
      .argument("<script>", SCRIPT),
  )
    .addOption(new Option("--as <nick>", "who you are").argParser(readNick).default("you"))
    .addHelpText("after", helpText(DEV_HELP))
    .action(async (script: string, { as, ...flags }: BotFlags & { as: string }) => {
      const { runBotDevCommand } = await import("./commands/bot-dev.ts");
      onExit(await runBotDevCommand({ script, as, flags }));
    });
  addBotOptions(
    bot
      .command("check")
      .description("see whether a bot compiles and starts, what it needs and what fills it")
      .argument("<script>", SCRIPT),
  )
    .option("--json", "print what was found as JSON")
    .addHelpText("after", helpText(CHECK_HELP))
    .action(async (script: string, { json = false, ...flags }: BotFlags & { json?: boolean }) => {
      const { runBotCheckCommand } = await import("./commands/bot-check.ts");
      onExit(await runBotCheckCommand({ script, json, flags }));
    });
  addBotOptions(
    addWhoOptions(bot.command("run"))
      .description("run one bot in its sandbox until Ctrl+C")
      .argument("<script>", SCRIPT)
      .addOption(new Option("--nick <nick>", "what it is called").argParser(readNick).makeOptionMandatory())
      .addOption(serverOption()),
  )
    .option("--data <folder>", "where it keeps what must survive (default: nowhere, it begins anew)")
    .option("--verbose", "log, too, why messages came to nothing")
    .addHelpText("after", helpText(RUN_HELP))
    .action(async (script: string, options: RunFlags) => {
      const { runBotRunCommand } = await import("./commands/bot-run.ts");
      const { nick, server, data, verbose = false, identity, protocol, ...flags } = options;
      const who = whoOf({ ...(identity && { identity }), ...(protocol && { protocol }) });
      onExit(await runBotRunCommand({ script, nick, server, data, verbose, flags, ...who }));
    });
}

interface RunFlags extends BotFlags, WhoFlags {
  readonly nick: string;
  readonly server: Address;
  readonly data?: string;
  readonly verbose?: boolean;
}

const BOT_HELP = `
A first bot:
  udpchat bot new quotes
  udpchat bot dev bots/quotes.ts
  udpchat bot check bots/quotes.ts
  udpchat bot run bots/quotes.ts --nick quotes --data ./quotes-data

Many bots are run by a host: udpchat host --help.`;

const NEW_HELP = `
It overwrites nothing. What it writes is green at once, and says how to go on.

Examples:
  udpchat bot new quotes
  udpchat bot new quotes --dir my-bots

Exit codes: 0 written, 1 there is such a file already, 3 wrong usage, 4 the folder or a file cannot be written.`;

const DEV_HELP = `
There is no network and no server: you and the bot are alone. What you type goes to the bot; lines that begin with a
slash do not: /as <nick> to be somebody else, /offline and /online, /store, /crash, /help, /quit. Lines of a pipe are typed one
after the other.

Examples:
  udpchat bot dev bots/echo.ts
  udpchat bot dev bots/helpdesk.ts --as sue --role staff=sue

Exit codes: 0 left, 1 the bot does not start (in a pipe), 3 wrong usage.`;

const CHECK_HELP = `
Whatever the bot needs counts as granted, so this says what its owner will have to grant.

Examples:
  udpchat bot check bots/helpdesk.ts
  udpchat bot check bots/away.ts --set owner=alice --json

Exit codes: 0 fine, 1 mistakes in its types or it does not start, 3 wrong usage.`;

const RUN_HELP = `
It prints one line when the bot is online; its log goes to stderr.

Examples:
  udpchat bot run bots/echo.ts --nick echo
  udpchat bot run bots/helpdesk.ts --nick desk --role staff=sue --set greeting=Hello --data ./desk
  udpchat bot run bots/echo.ts --nick echo --server chat.example.org:10000

Exit codes: 0 stopped by Ctrl+C or SIGTERM, 1 the bot does not start or crashed too often, 3 wrong usage,
4 the server does not answer, or the data folder is not to be had.`;
