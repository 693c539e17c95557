import { BotError } from "../../host/bot-error.ts";
import { startBot } from "../../host/start-bot.ts";
import { systemWorld } from "../../net/system-world.ts";
import { type Address, formatAddress } from "../../protocol/address.ts";
import { BotLog } from "../bot-log.ts";
import { Complaint } from "../complaint.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { catchInterruption } from "../interruption.ts";
import { complaintAboutRegistration } from "../registration.ts";
import { printLine, printNote } from "../terminal-output.ts";

export interface BotRunCommandOptions {
  readonly script: string;
  readonly nick: string;
  readonly server: Address;
}

/** Keeps one bot running until it is interrupted or has failed for good. */
export async function runBotRunCommand({ script, nick, server }: BotRunCommandOptions): Promise<ExitCode> {
  using interruption = catchInterruption();
  const world = systemWorld();
  const failed = Promise.withResolvers<"failed">();
  const log = new BotLog(nick, printNote);
  const bot = await startBot({
    script,
    nick,
    server,
    world,
    onEvent: (event) => {
      log.write(event, world.clock.dateMs());
      if (event.kind === "failed") failed.resolve("failed");
    },
  }).catch((error: unknown) => {
    throw complaintAboutStart(error, nick, server);
  });

  await using _ = bot;
  printLine(`udpchat bot ${nick} is online at ${formatAddress(server)}`);
  const end = await Promise.race([interruption.happened, failed.promise]);
  return end === "failed" ? EXIT.failed : EXIT.ok;
}

function complaintAboutStart(error: unknown, nick: string, server: Address): unknown {
  if (!(error instanceof BotError)) return complaintAboutRegistration(error, nick, server);
  const exitCode = error.code === "SCRIPT_NOT_FOUND" ? EXIT.usage : EXIT.failed;
  return new Complaint(exitCode, error.message, { cause: error, advice: error.codeFrame?.split("\n") ?? [] });
}
