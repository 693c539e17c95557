/** `udpchat host …`: running many bots, and asking a host that runs. */
import { Argument, type Command, Option } from "commander";
import { wholeNumber } from "./arguments.ts";
import type { ExitCode } from "./exit-codes.ts";
import { helpText } from "./help-text.ts";
import type { HostFlags } from "./host-flags.ts";
import { type LogLevel, logLevelOption } from "./log-level.ts";

export function addHost(program: Command, onExit: (code: ExitCode) => void): void {
  const host = program
    .command("host")
    .description("run many bots, each in its sandbox, and see how they are")
    .addHelpText("after", helpText(HOST_HELP));
  host
    .command("up")
    .description("start the bots of a file and keep them running until Ctrl+C")
    .addArgument(fileArgument())
    .addOption(logLevelOption())
    .option(
      "--identity <file>",
      "the key that owns the bots' nicknames; default: identity in the data folder",
    )
    .addHelpText("after", helpText(UP_HELP))
    .action(async (file: string, { logLevel, identity }: { logLevel: LogLevel; identity?: string }) => {
      const { runHostUpCommand } = await import("./commands/host-up.ts");
      onExit(await runHostUpCommand({ file, logLevel, identity }));
    });
  host
    .command("check")
    .description("look for mistakes in a host's file without running anything")
    .addArgument(fileArgument())
    .addHelpText("after", helpText(HOST_CHECK_HELP))
    .action(async (file: string) => {
      const { runHostCheckCommand } = await import("./commands/host-up.ts");
      onExit(runHostCheckCommand(file));
    });
  host
    .command("schema")
    .description("print the JSON Schema of a host's file, for editors")
    .addHelpText("after", helpText(HOST_SCHEMA_HELP))
    .action(async () => {
      const { runHostSchemaCommand } = await import("./commands/host-up.ts");
      onExit(runHostSchemaCommand());
    });

  const ask = () => import("./commands/host-ask.ts");
  const add = (name: string, description: string): Command =>
    host
      .command(name)
      .description(description)
      .addOption(new Option("--data <folder>", "the host's data folder").default(".udpchat"))
      .option("--json", "print for programs");

  add("ps", "show the bots: state, uptime, restarts, queue, last error, memory, CPU, messages").action(
    async (flags: HostFlags) => onExit(await (await ask()).runPsCommand(flags)),
  );
  add("logs", "show the log, of all bots or of one")
    .argument("[bot]", "one bot's lines only")
    .option("-f, --follow", "show what comes, too, until Ctrl+C")
    .addOption(
      new Option("-n, --lines <count>", "so many of the last lines")
        .argParser(wholeNumber(0, 9_999))
        .default(100),
    )
    .action(async (bot: string | undefined, flags: HostFlags & { follow?: boolean; lines: number }) =>
      onExit(await (await ask()).runLogsCommand(bot, flags)),
    );
  add("reload", "read the file and the scripts again; a version that does not start changes nothing")
    .argument("[bot]", "one bot only")
    .action(async (bot: string | undefined, flags: HostFlags) =>
      onExit(
        await (await ask()).runChangeCommand({ command: "reload", ...(bot !== undefined && { bot }) }, flags),
      ),
    );
  for (const [command, description] of [
    ["restart", "replace a bot's process by a fresh one; its nickname stays"],
    ["stop", "stop a bot: running handlers finish, then its nickname is free"],
    ["start", "start a bot that was stopped or has failed"],
  ] as const) {
    add(command, description)
      .argument("<bot>", "its name in the file")
      .action(async (bot: string, flags: HostFlags) =>
        onExit(await (await ask()).runChangeCommand({ command, bot }, flags)),
      );
  }
  add("why", "explain a message's way: journal, handlers, replies, receipts")
    .argument("<id>", "as it stands in the log, or as the sender was told it, such as helpdesk-42")
    .action(async (id: string, flags: HostFlags) => onExit(await (await ask()).runWhyCommand(id, flags)));
  add("dead-letters", "list, retry or drop messages that were given up")
    .addArgument(
      new Argument("[action]", "what to do").choices(["list", "show", "retry", "drop"]).default("list"),
    )
    .argument("[id]", "which one, for show, retry and drop; a bot's name, for list")
    .action(async (action: string, id: string | undefined, flags: HostFlags) =>
      onExit(await (await ask()).runDeadLettersCommand(action, id, flags)),
    );
  add("store", "see what a bot has stored, or change it while the bot is stopped")
    .argument("<bot>", "its name in the file")
    .addArgument(
      new Argument("[action]", "what to do").choices(["list", "get", "set", "delete"]).default("list"),
    )
    .argument("[key]", "which entry")
    .argument("[json]", "its value, for set")
    .action(
      async (
        bot: string,
        action: string,
        key: string | undefined,
        json: string | undefined,
        flags: HostFlags,
      ) => onExit(await (await ask()).runStoreCommand({ bot, action, key, json }, flags)),
    );
  add("down", "stop all bots and end the host").action(async (flags: HostFlags) =>
    onExit(await (await ask()).runDownCommand(flags)),
  );
  for (const command of host.commands) {
    const examples = EXAMPLES[command.name()];
    if (examples === undefined) continue;
    const lines = examples.map((example) => `  udpchat host ${example}`).join("\n");
    command.addHelpText("after", helpText(`${ASK_HELP}\n\nExamples:\n${lines}\n\n${ASK_EXIT_CODES}`));
  }
}

function fileArgument(): Argument {
  return new Argument("[file]", "which bots to run, and how").default("host.yaml");
}

const UP_HELP = `
The file says which server, which bots, and what each may do; "udpchat host schema" describes it. Messages are
acknowledged once they are in a journal in the data folder; kill -9 loses none, and no reply is seen twice (on a
network that has message ids, as v2 has).

Examples:
  udpchat host up
  udpchat host up bots/host.yaml --log-level warn 2>host.log

Exit codes: 0 stopped by Ctrl+C, SIGTERM or "udpchat host down", 2 the file has mistakes, 3 wrong usage,
4 the data folder or a port is not to be had.`;

const HOST_HELP = `
A host is the bots of one file, a process each. The other commands find it by its data folder.

Examples:
  udpchat host check host.yaml
  udpchat host up host.yaml
  udpchat host ps --data host-data`;

const HOST_CHECK_HELP = `
Examples:
  udpchat host check
  udpchat host check bots/host.yaml

Exit codes: 0 no mistakes, 2 the file has mistakes, 3 wrong usage, or there is no such file.`;

const HOST_SCHEMA_HELP = `
Example, for editors with the YAML language server:
  udpchat host schema > host.schema.json
  and as the first line of the file: # yaml-language-server: $schema=host.schema.json

Exit code: 0.`;

const ASK_HELP = `
The host is found by its data folder, the \`data\` of its file.`;

/** Of the commands that ask a host. */
const EXAMPLES: Readonly<Partial<Record<string, readonly string[]>>> = {
  ps: ["ps", "ps --data host-data --json"],
  logs: ["logs -f", "logs helpdesk --lines 20"],
  reload: ["reload", "reload helpdesk"],
  restart: ["restart helpdesk"],
  stop: ["stop helpdesk"],
  start: ["start helpdesk"],
  why: ["why helpdesk-42"],
  "dead-letters": ["dead-letters", "dead-letters show helpdesk-42", "dead-letters retry helpdesk-42"],
  store: ["store helpdesk", "store helpdesk get seq", "store helpdesk set seq 7"],
  down: ["down", "down --data host-data"],
};

const ASK_EXIT_CODES = `Exit codes: 0 done, 1 the host says no, 3 wrong usage, 4 no host runs there, or one of another version.`;
