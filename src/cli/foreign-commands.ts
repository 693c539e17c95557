/** The commands about other people's programs. */
import type { Command } from "commander";
import type { ExitCode } from "./exit-codes.ts";

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
    .addHelpText("after", DRIVER_NEW_HELP)
    .action(async (command: string[], options: { out?: string; name?: string }) => {
      const { runDriverNewCommand } = await import("./commands/driver-new.ts");
      onExit(await runDriverNewCommand({ command, ...options }));
    });
}

const DRIVER_NEW_HELP = `
It starts a server and a few clients on 127.0.0.1, finds out what the program does where the exercise leaves it open, and
notes as comments what its lines are that the generic driver does not understand. It takes about 20 s.

Examples:
  udpchat driver new -- python3 UdpChat.py
  udpchat driver new --out drivers/mine.yaml -- java -cp bin UdpChat

Exit codes: 0 written, 3 wrong usage, 4 the program does not start or its server is never ready.`;
