/** The commands about other people's programs. */
import { type Command, Option } from "commander";
import { wholeNumber } from "./arguments.ts";
import type { ExitCode } from "./exit-codes.ts";
import { helpText } from "./help-text.ts";
import { type ConformanceReportKind, type ReportTarget, readConformanceReporters } from "./report-targets.ts";

export function addDriver(program: Command, onExit: (code: ExitCode) => void): void {
  const driver = program
    .command("driver")
    .description("drivers: how to play any UdpChat by its command line");
  driver
    .command("new")
    .description("write a first driver by starting a program and asking it a few things")
    .argument("<command...>", "after --: how the program is started, without -s or -c")
    .option("--out <file>", "write it there; there must be no such file yet (default: stdout)")
    .option("--name <name>", "what to call the implementation (default: the last word of the command)")
    .addHelpText("after", helpText(DRIVER_NEW_HELP))
    .action(async (command: string[], options: { out?: string; name?: string }) => {
      const { runDriverNewCommand } = await import("./commands/driver-new.ts");
      onExit(await runDriverNewCommand({ command, ...options }));
    });
}

interface ConformanceFlags {
  readonly driver?: string;
  readonly pair?: string;
  readonly clause: readonly string[];
  readonly jobs: number;
  readonly list?: boolean;
  readonly reporter: readonly ReportTarget<ConformanceReportKind>[];
}

export function addConformance(program: Command, onExit: (code: ExitCode) => void): void {
  program
    .command("conformance")
    .description("judge any UdpChat, clause by clause, by its command line alone")
    .argument("[command...]", "after --: how it is started, without -s or -c (default: as its driver says)")
    .option(
      "--driver <file>",
      "how to play it (default: the generic driver; without a command: our own program)",
    )
    .option("--pair <file>", "a second driver: its clients, too, on the first one's server (`own`: ours)")
    .addOption(
      new Option("--clause <id>", "only this clause and those that it needs; may be given several times")
        .argParser((id: string, ids: readonly string[]) => [...ids, id])
        .default([], "all"),
    )
    .addOption(
      new Option("--jobs <number>", "clauses at the same time").argParser(wholeNumber(1, 64)).default(6),
    )
    .option("--list", "list the clauses, in words")
    .addOption(
      new Option("--reporter <list>", "pretty, json, junit and html, each to stdout or =FILE")
        .argParser(readConformanceReporters)
        .default([{ kind: "pretty", file: undefined }], "pretty"),
    )
    .addHelpText("after", helpText(CONFORMANCE_HELP))
    .action(async (command: string[], { driver, pair, clause, jobs, list, reporter }: ConformanceFlags) => {
      const { runConformanceCommand } = await import("./commands/conformance.ts");
      const options = {
        command,
        driver,
        pair,
        clauses: clause,
        jobs,
        list: list ?? false,
        reports: reporter,
      };
      onExit(await runConformanceCommand(options));
    });
}

const DRIVER_NEW_HELP = `
It starts a server and a few clients on 127.0.0.1, finds out what the program does where the exercise leaves it open, and
notes as comments what its lines are that the generic driver does not understand. It takes about 20 s.

Examples:
  udpchat driver new -- python3 UdpChat.py
  udpchat driver new --out drivers/mine.yaml -- java -cp bin UdpChat

Exit codes: 0 written, 3 wrong usage, 4 the program does not start, its server is never ready, or the file cannot be written.`;

const CONFORMANCE_HELP = `
Each clause is a scenario in scenarios/conformance/, played through the command line that every UdpChat has: -s <port>,
-c <nick> <server-ip> <server-port> <client-port>, reg, dereg and send. What the exercise leaves open is found out first, unless the
driver's profile says it. A clause is passed, failed, expected by profile, or not applicable: another that it needs failed.

Examples:
  udpchat conformance -- python3 UdpChat.py
  udpchat conformance --driver mine.yaml --reporter pretty,html=report.html,junit=report.xml
  udpchat conformance --clause saved-once -- java -cp bin UdpChat
  udpchat conformance --pair own -- python3 UdpChat.py

Exit codes: 0 nothing failed, 1 something did, 2 the driver has mistakes, 3 wrong usage,
4 the program does not start, or a report cannot be written.`;
