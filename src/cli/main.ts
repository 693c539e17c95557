import { readFileSync } from "node:fs";
import { type ClassicCommand, readClassic } from "./classic.ts";
import { complain } from "./complaint.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { createProgram } from "./program.ts";
import { endWhenNobodyReads } from "./terminal-output.ts";

/** Runs the command line and sets the exit code; the process ends when nothing is left to do. */
export async function main(args: readonly string[]): Promise<void> {
  endWhenNobodyReads();
  try {
    process.exitCode = await run(args);
  } catch (error) {
    process.exitCode = complain(error, { debug: wantsDebug(args) });
  }
}

async function run(args: readonly string[]): Promise<ExitCode> {
  const classic = readClassic(args);
  if (classic !== undefined) return runClassic(classic);

  let exitCode: ExitCode = EXIT.ok;
  const program = createProgram(version(), (code) => {
    exitCode = code;
  });
  await program.parseAsync(args, { from: "user" });
  return exitCode;
}

async function runClassic(command: ClassicCommand): Promise<ExitCode> {
  if (command.kind === "server") {
    const { runServerCommand } = await import("./commands/server.ts");
    const { classicFlags } = await import("./server-options.ts");
    return runServerCommand(classicFlags(command.port));
  }
  const { runChatCommand } = await import("./commands/chat.ts");
  const { whoOf } = await import("./who.ts");
  return runChatCommand({
    ...whoOf({}),
    nick: command.nick,
    server: { host: command.serverHost, port: command.serverPort },
    manner: "classic",
    port: command.clientPort,
  });
}

function wantsDebug(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const options = end === -1 ? args : args.slice(0, end);
  return options.includes("--debug") || !["", "0", undefined].includes(process.env["UDPCHAT_DEBUG"]);
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
