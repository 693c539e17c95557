import type { ClientOptions } from "../../client/api.ts";
import { journalNews } from "../../host/log-record.ts";
import { startBot } from "../../host/start-bot.ts";
import { systemWorld } from "../../net/system-world.ts";
import { type Address, formatAddress } from "../../protocol/address.ts";
import { SqliteJournal } from "../../store/sqlite-journal.ts";
import { StoreError } from "../../store/store-error.ts";
import { BotLog } from "../bot-log.ts";
import { type BotFlags, ownersWord } from "../bot-options.ts";
import { complaintAboutBot } from "../complaint-about-bot.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { catchInterruption } from "../interruption.ts";
import { complaintAboutRegistration } from "../registration.ts";
import { complaintAboutStore } from "../store-advice.ts";
import { printLine, printNote } from "../terminal-output.ts";

export interface BotRunCommandOptions extends Pick<ClientOptions, "identity" | "protocol"> {
  readonly script: string;
  readonly nick: string;
  readonly server: Address;
  /** Where it keeps what must survive. Default: nowhere. */
  readonly data: string | undefined;
  /** Whether lines of the level debug are shown. */
  readonly verbose: boolean;
  readonly flags: BotFlags;
}

/** Keeps one bot running until it is interrupted or has failed for good. */
export async function runBotRunCommand(options: BotRunCommandOptions): Promise<ExitCode> {
  try {
    return await runBot(options);
  } catch (error) {
    throw error instanceof StoreError ? complaintAboutStore(error, "--data") : error;
  }
}

async function runBot(options: BotRunCommandOptions): Promise<ExitCode> {
  const { script, nick, server, identity, protocol = "auto", data, verbose, flags } = options;
  using interruption = catchInterruption();
  const world = systemWorld();
  const failed = Promise.withResolvers<"failed">();
  const log = new BotLog(nick, printNote);
  const warn = (text: string) => log.write({ kind: "warning", text }, world.clock.dateMs());
  const journal = new SqliteJournal(data, { onTrouble: (trouble) => warn(journalNews(trouble)) });
  using _journal = { [Symbol.dispose]: () => journal.close() };
  const bot = await startBot({
    script,
    nick,
    server,
    protocol,
    ...(identity && { identity }),
    world,
    journal: journal.bot(nick),
    ...ownersWord(flags),
    onEvent: (event) => {
      const isHidden = event.kind === "log" && event.level === "debug" && !verbose;
      if (!isHidden) log.write(event, world.clock.dateMs());
      if (event.kind === "failed") failed.resolve("failed");
    },
  }).catch((error: unknown) => {
    throw complaintAboutBot(error) ?? complaintAboutRegistration(error, nick, server);
  });

  await using _ = bot;
  printLine(`udpchat bot ${nick} is online at ${formatAddress(server)}`);
  const end = await Promise.race([interruption.happened, failed.promise]);
  return end === "failed" ? EXIT.failed : EXIT.ok;
}
