import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import type { ChatClient, ClientOptions } from "../../client/api.ts";
import { openClient } from "../../client/client.ts";
import { Conversation, type ConversationOptions } from "../../client/interactive/conversation.ts";
import type { Manner } from "../../client/interactive/manner.ts";
import { systemWorld } from "../../net/system-world.ts";
import type { Address } from "../../protocol/address.ts";
import { paint } from "../chat-colors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { catchInterruption, type Interruption } from "../interruption.ts";
import { Prompt } from "../prompt.ts";
import { colorsOf, isOnTerminal, printLine } from "../terminal-output.ts";

export interface ChatCommandOptions extends Pick<ClientOptions, "identity" | "protocol"> {
  readonly nick: string;
  readonly server: Address;
  readonly manner: Manner;
  /** Where to listen. Default: any free port. */
  readonly port?: number;
}

/** Chats on the terminal, or line by line in a pipe. */
export async function runChatCommand(options: ChatCommandOptions): Promise<ExitCode> {
  const { manner, port, ...who } = options;
  using interruption = catchInterruption();
  const world = systemWorld();
  await using client = await openClient({ ...who, bind: { port: port ?? 0 } }, world);
  const conversation = {
    manner,
    utcOffsetMs: (dateMs: number) => -new Date(dateMs).getTimezoneOffset() * 60_000,
  };

  return isOnTerminal()
    ? await chatOnTerminal(client, conversation, interruption)
    : await chatInPipe(client, conversation, interruption);
}

type HowToTalk = Omit<ConversationOptions, "print">;

async function chatOnTerminal(
  client: ChatClient,
  howToTalk: HowToTalk,
  interruption: Interruption,
): Promise<ExitCode> {
  const failure = Promise.withResolvers<never>();
  const color = colorsOf(process.stdout);
  const conversation = new Conversation(client, {
    ...howToTalk,
    // As the original, the classic manner ends when the server is silent.
    patient: howToTalk.manner === "modern",
    print: (line, tone) => prompt.printAbove(color ? paint(line, tone) : line),
  });
  const leave = () => conversation.leave({ inHaste: true }).catch(failure.reject);
  const prompt: Prompt = new Prompt(process.stdin, process.stdout, {
    onLine: (line) => void conversation.handleLine(line).catch(failure.reject),
    onClose: () => {
      // From here on Ctrl+C ends the program at once.
      interruption[Symbol.dispose]();
      leave();
    },
    complete: (typed) => conversation.complete(typed),
  });
  interruption.signal.addEventListener("abort", leave);
  // The terminal was closed. It says so more than once, and the shell in it again.
  process.on("SIGHUP", leave);

  try {
    conversation.begin().catch(failure.reject);
    const ending = await Promise.race([conversation.ended, failure.promise]);
    return ending === "left" ? EXIT.ok : EXIT.environment;
  } finally {
    process.off("SIGHUP", leave);
    prompt.close();
  }
}

/** One line at a time, so that the answers stand in the order of the questions; at the end of the input it leaves. */
async function chatInPipe(
  client: ChatClient,
  howToTalk: HowToTalk,
  interruption: Interruption,
): Promise<ExitCode> {
  const conversation = new Conversation(client, {
    ...howToTalk,
    print: printLine,
    handover: () => handedOver(client),
  });
  const interrupted = once(interruption.signal, "abort").then(() => conversation.leave({ inHaste: true }));

  const talk = async (): Promise<ExitCode> => {
    const online = await conversation.begin();
    if (!online && howToTalk.manner === "modern") return EXIT.failed;
    // Not before: the interface would read on and lose what nobody listens for yet.
    const input = createInterface({ input: process.stdin, terminal: false });
    for await (const line of input) await conversation.handleLine(line);
    await conversation.leave();
    return over;
  };
  const over = conversation.ended.then((ending) => (ending === "left" ? EXIT.ok : EXIT.environment));
  try {
    return await Promise.race([talk(), over, interrupted.then(() => over)]);
  } finally {
    process.stdin.destroy();
  }
}

/** Saved messages and the table follow the welcome, so that lines after it find them there. */
async function handedOver(client: ChatClient): Promise<void> {
  const deadlineMs = performance.now() + HANDOVER_MS_MAX;
  while (client.busy && performance.now() < deadlineMs) await setTimeout(20);
}

/** Several round trips on a slow network. */
const HANDOVER_MS_MAX = 2_000;
