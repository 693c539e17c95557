import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { loopbackWorld } from "../../net/sim/loopback-world.ts";
import { startServer } from "../../server/start-server.ts";
import { SqliteJournal } from "../../store/sqlite-journal.ts";
import type { BotFlags } from "../bot-options.ts";
import { Complaint } from "../complaint.ts";
import { DevSession } from "../dev-session.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { catchInterruption } from "../interruption.ts";
import { Prompt } from "../prompt.ts";
import { isOnTerminal, printLine } from "../terminal-output.ts";

export interface BotDevCommandOptions {
  readonly script: string;
  readonly as: string;
  readonly flags: BotFlags;
}

/** Lets one talk to a bot that reloads when it is saved, on the terminal or line by line in a pipe. */
export async function runBotDevCommand({ script, as, flags }: BotDevCommandOptions): Promise<ExitCode> {
  const found = await stat(script).catch(() => undefined);
  if (found?.isFile() !== true) throw new Complaint(EXIT.usage, `there is no script ${script}`);
  const world = loopbackWorld();
  await using server = await startServer({ world });
  const journal = new SqliteJournal(undefined).bot("dev");
  const session = (print: (line: string) => void) =>
    new DevSession({ script, as, flags, world, server, journal, print });
  return isOnTerminal() ? await onTerminal(session) : await inPipe(session);
}

type OpenSession = (print: (line: string) => void) => DevSession;

async function onTerminal(open: OpenSession): Promise<ExitCode> {
  using interruption = catchInterruption();
  const end = Promise.withResolvers<void>();
  const session = open((line) => prompt.printAbove(line));
  const prompt: Prompt = new Prompt(process.stdin, process.stdout, {
    onLine: (line) => {
      session.handleLine(line).then((goesOn) => goesOn || end.resolve(), end.reject);
    },
    onClose: end.resolve,
    complete: (typed) => ({ typed, candidates: [] }),
  });
  void interruption.happened.then(end.resolve);
  try {
    await session.start();
    await end.promise;
    return EXIT.ok;
  } finally {
    prompt.close();
    await session.close();
  }
}

/** How long nothing may be said before the next line is read. */
const QUIET_MS = 200;
const QUIET_MS_MAX = 5_000;

/** One line at a time, so that the answers stand in the order of the questions. */
async function inPipe(open: OpenSession): Promise<ExitCode> {
  using interruption = catchInterruption();
  let lastMs = 0;
  const session = open((line) => {
    lastMs = performance.now();
    printLine(line);
  });
  try {
    await session.start();
    if (!session.isRunning) return EXIT.failed;
    const lines = createInterface({ input: process.stdin });
    void interruption.happened.then(() => lines.close());
    for await (const line of lines) {
      if (!(await session.handleLine(line))) break;
      const sinceMs = performance.now();
      lastMs = sinceMs;
      while (performance.now() - sinceMs < QUIET_MS_MAX) {
        if (performance.now() - lastMs >= QUIET_MS && !session.isBusy) break;
        await setTimeout(10);
      }
    }
    return EXIT.ok;
  } finally {
    process.stdin.destroy();
    await session.close();
  }
}
