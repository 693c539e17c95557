import { Argument, Command } from "commander";
import type { Address } from "../protocol/address.ts";
import { DEFAULT_SERVER, readNick, readServer, serverOption } from "./arguments.ts";
import { addBot } from "./bot-commands.ts";
import type { ExitCode } from "./exit-codes.ts";
import { addConformance, addDriver } from "./foreign-commands.ts";
import { helpText } from "./help-text.ts";
import { addHost } from "./host-commands.ts";
import { addScenarioCommands } from "./scenario-commands.ts";
import { addServerOptions, type ServerFlags } from "./server-options.ts";
import { addTestOptions, type TestFlags, testCommandOptions } from "./test-options.ts";
import { addWhoOptions, type WhoFlags, whoOf } from "./who.ts";

/** What each command came to is handed to `onExit`; a command that fails throws. */
export function createProgram(version: string, onExit: (code: ExitCode) => void): Command {
  const program = new Command("udpchat")
    .description("A chat network over UDP: server, clients, sandboxed bots, and scenarios that test them.")
    .usage("<command> [options]")
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "explain a command, with examples")
    .helpCommand(false)
    .option("--debug", "show stack traces (as UDPCHAT_DEBUG=1 does)")
    .exitOverride()
    .showSuggestionAfterError()
    // As wide as the longest command, and still broken at 80 columns.
    .configureHelp({ showGlobalOptions: false, minWidthToWrap: 28 })
    .addHelpText("after", helpText(PROGRAM_HELP));

  addServer(program, onExit);
  addChat(program, onExit);
  addSend(program, onExit);
  addBot(program, onExit);
  addHost(program, onExit);
  addTest(program, onExit);
  addScenarioCommands(program, onExit);
  addConformance(program, onExit);
  addDriver(program, onExit);
  addHelp(program);
  for (const command of everyCommand(program)) {
    command.showHelpAfterError(`For help: ${fullName(command)} --help`);
  }
  return program;
}

function addServer(program: Command, onExit: (code: ExitCode) => void): void {
  addServerOptions(program.command("server").description("run a chat server until Ctrl+C"))
    .addHelpText("after", helpText(SERVER_HELP))
    .action(async (flags: ServerFlags) => {
      const { runServerCommand } = await import("./commands/server.ts");
      onExit(await runServerCommand(flags));
    });
}

function addChat(program: Command, onExit: (code: ExitCode) => void): void {
  addWhoOptions(program.command("chat"))
    .description("chat on the terminal, or line by line in a pipe")
    .addArgument(nickArgument("<nick>", "what you are called"))
    .addArgument(
      new Argument("[server]", "host:port")
        .argParser(readServer)
        .default(readServer(DEFAULT_SERVER), DEFAULT_SERVER),
    )
    .addHelpText("after", helpText(CHAT_HELP))
    .action(async (nick: string, server: Address, flags: WhoFlags) => {
      const { runChatCommand } = await import("./commands/chat.ts");
      onExit(await runChatCommand({ nick, server, ...whoOf(flags), manner: "modern" }));
    });
}

function addSend(program: Command, onExit: (code: ExitCode) => void): void {
  addWhoOptions(program.command("send"))
    .description("send one message and say what became of it")
    .addArgument(nickArgument("<nick>", "what you are called"))
    .addArgument(nickArgument("<to>", "whom to write to"))
    .argument("<text...>", "what to say; after -- it may begin with a dash")
    .addOption(serverOption())
    .option("--json", "print the receipt as JSON")
    .addHelpText("after", helpText(SEND_HELP))
    .action(async (nick: string, to: string, words: string[], options: SendFlags) => {
      const { runSendCommand } = await import("./commands/send.ts");
      const { server, json = false } = options;
      onExit(await runSendCommand({ nick, to, text: words.join(" "), server, json, ...whoOf(options) }));
    });
}

interface SendFlags extends WhoFlags {
  readonly server: Address;
  readonly json?: boolean;
}

function addTest(program: Command, onExit: (code: ExitCode) => void): void {
  addTestOptions(program.command("test").description("run scenarios on real UDP or in simulation"))
    .addHelpText("after", helpText(TEST_HELP))
    .action(async (paths: string[], flags: TestFlags) => {
      const { runTestCommand } = await import("./commands/test.ts");
      onExit(await runTestCommand(testCommandOptions(paths, flags)));
    });
}

/** Commander's own takes no command of a command, and says nothing of one that there is not. */
function addHelp(program: Command): void {
  program
    .command("help")
    .description("explain a command, with examples")
    .argument("[command...]", "which one")
    .action((names: string[]) => {
      let command = program;
      for (const name of names) {
        const inner = command.commands.find((one) => one.name() === name);
        if (inner === undefined) command.error(`error: there is no command ${fullName(command)} ${name}`);
        else command = inner;
      }
      command.help();
    });
}

function nickArgument(flags: string, description: string): Argument {
  return new Argument(flags, description).argParser(readNick);
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

const PROGRAM_HELP = `
The classic command line works too:
  udpchat -s <port>
  udpchat -c <nick> <server-ip> <server-port> <client-port>

Examples:
  udpchat server --port 10000
  udpchat chat alice 127.0.0.1:10000
  udpchat test scenarios --net sim --seed 7

Exit codes:
  0  all went well
  1  it did not: a scenario failed, a message reached nobody, no bot started
  2  a scenario file, or a host's, has mistakes
  3  wrong usage, or nothing selected
  4  the environment: a port in use, no server answers, Node.js too old
  5  a defect of udpchat
  7  test --fail-on-flaky: a scenario passed only when it was run again
  8  send: the recipient is away, the server keeps the message`;

const SERVER_HELP = `
It prints one line when it is ready, "udpchat server listening on 127.0.0.1:10000"; its log goes to stderr:
pretty on a terminal, JSON lines otherwise. What it acknowledged survives it, even kill -9 and a power cut.

Examples:
  udpchat server
  udpchat server --port 0 2>server.log
  udpchat server --data ./chat --metrics 127.0.0.1:9100 --stats

Exit codes: 0 stopped by Ctrl+C or SIGTERM, 3 wrong usage, 4 the port, address or data folder is not to be had.`;

const CHAT_HELP = `
At the prompt: send <nick> <text>, table, dereg, reg, /help, /quit.

Examples:
  udpchat chat alice
  echo "send bob hi" | udpchat chat alice chat.example.org:10000

Your nickname is yours in udpchat/2: nobody without your identity can take it. Where the server speaks v1 only, so do you.

Exit codes: 0 left, 1 the nickname is online elsewhere (in a pipe), 3 wrong usage, 4 the server does not answer.`;

const SEND_HELP = `
Examples:
  udpchat send alice bob see you at noon
  udpchat send alice bob --server chat.example.org:10000 --json -- "--- see below ---"

Exit codes: 0 delivered, 8 saved by the server until the recipient is back, 1 failed, 3 wrong usage,
4 the server does not answer.`;

const TEST_HELP = `
What earlier runs leave for later ones (durations, what failed) and traces are in .udpchat/test/.

Examples:
  udpchat test
  udpchat test scenarios/greet.yaml --net sim --seed 7
  udpchat test --net sim --seeds 1..1000 --bail
  udpchat test --retries 2 --reporter pretty,junit=report.xml --trace on-failure

Exit codes: 0 passed, 1 failed, 2 a scenario has mistakes, 3 wrong usage or nothing selected,
4 the environment (a port, a bot that does not start), 5 a defect of udpchat, 7 flaky with --fail-on-flaky.`;
