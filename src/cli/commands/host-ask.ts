/** The commands that ask a host which runs. */
import path from "node:path";
import { printable } from "../../client/interactive/printable.ts";
import { askHost, NoHostError } from "../../host/control/client.ts";
import {
  type BotChange,
  ControlRefusal,
  type ControlRequest,
  type ControlResult,
} from "../../host/control/protocol.ts";
import { Complaint } from "../complaint.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { HostFlags } from "../host-flags.ts";
import { recordLines } from "../host-log.ts";
import { letterLines, lettersTable, statusTable } from "../host-output.ts";
import { catchInterruption } from "../interruption.ts";
import { colorsOf, printJson, printLine, printNote } from "../terminal-output.ts";

export async function runPsCommand(flags: HostFlags): Promise<ExitCode> {
  const result = await ask(flags, { command: "ps" });
  if (!("status" in result)) throw otherVersion();
  if (flags.json === true) printJson(result.status);
  else for (const line of statusTable(result.status, colorsOf(process.stdout))) printLine(line);
  return EXIT.ok;
}

export async function runLogsCommand(
  bot: string | undefined,
  flags: HostFlags & { readonly follow?: boolean; readonly lines: number },
): Promise<ExitCode> {
  using interruption = catchInterruption();
  const { lines, follow = false } = flags;
  const color = colorsOf(process.stdout);
  const request: ControlRequest = { command: "logs", lines, follow, ...(bot !== undefined && { bot }) };
  try {
    await ask(flags, request, {
      signal: interruption.signal,
      onLog: (record) => {
        if (flags.json === true) printJson(record);
        else for (const line of recordLines(record, color)) printLine(line);
      },
    });
    if (follow) printNote("the log ends here: the host has ended, or this reader was too far behind");
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
  }
  return EXIT.ok;
}

export async function runChangeCommand(
  request: Extract<ControlRequest, { command: "reload" | "restart" | "stop" | "start" }>,
  flags: HostFlags,
): Promise<ExitCode> {
  const result = await ask(flags, request);
  if (!("bots" in result)) throw otherVersion();
  if (flags.json === true) printJson(result.bots);
  else for (const change of result.bots) printChange(change);
  return result.bots.some(({ outcome }) => outcome === "failed") ? EXIT.failed : EXIT.ok;
}

export async function runWhyCommand(id: string, flags: HostFlags): Promise<ExitCode> {
  return printLetter(await ask(flags, { command: "why", id }), flags);
}

export async function runDeadLettersCommand(
  action: string,
  id: string | undefined,
  flags: HostFlags,
): Promise<ExitCode> {
  if (action === "list") {
    const result = await ask(flags, { command: "dead-letters", ...(id !== undefined && { bot: id }) });
    if (!("letters" in result)) throw otherVersion();
    if (flags.json === true) printJson(result.letters);
    else if (result.letters.length === 0) printLine("no dead letters");
    else for (const line of lettersTable(result.letters)) printLine(line);
    return EXIT.ok;
  }
  if (id === undefined)
    throw new Complaint(EXIT.usage, `dead-letters ${action} needs the id of a dead letter`);
  if (action === "show") return runWhyCommand(id, flags);
  const command = action === "retry" ? "retry-dead-letter" : "drop-dead-letter";
  const result = await ask(flags, { command, id });
  if (flags.json === true) return printLetter(result, flags);
  printLine(action === "retry" ? `${id} is handed out again` : `${id} is dropped`);
  return EXIT.ok;
}

export async function runStoreCommand(
  {
    bot,
    action,
    key,
    json,
  }: {
    readonly bot: string;
    readonly action: string;
    readonly key: string | undefined;
    readonly json: string | undefined;
  },
  flags: HostFlags,
): Promise<ExitCode> {
  if (action !== "list" && key === undefined)
    throw new Complaint(EXIT.usage, `store ${bot} ${action} needs a key`);
  if (action === "set" && json === undefined) {
    throw new Complaint(EXIT.usage, `store ${bot} set ${key} needs a value`, {
      advice: [`A text stands in quotes: udpchat host store ${bot} set ${key} '"hello"'`],
    });
  }
  if (action === "set" || action === "delete") {
    const change: ControlRequest =
      action === "set"
        ? { command: "store-set", bot, key: key ?? "", json: json ?? "" }
        : { command: "store-delete", bot, key: key ?? "" };
    await ask(flags, change);
    if (flags.json === true) printJson({ bot, key, done: action });
    else printLine(`${bot}: ${key} is ${action === "set" ? "set" : "deleted"}`);
    return EXIT.ok;
  }
  const result = await ask(flags, { command: "store", bot, ...(key !== undefined && { key }) });
  if (!("entries" in result)) throw otherVersion();
  const { entries } = result;
  if (flags.json === true)
    printJson(Object.fromEntries(entries.map(([name, value]) => [name, JSON.parse(value)])));
  else if (action === "get") printLine(entries[0]?.[1] ?? "");
  else if (entries.length === 0) printLine(`${bot} has stored nothing`);
  else for (const [name, value] of entries) printLine(printable(`${name}  ${value}`));
  return EXIT.ok;
}

export async function runDownCommand(flags: HostFlags): Promise<ExitCode> {
  await ask(flags, { command: "down" });
  if (flags.json === true) printJson({ done: "down" });
  else printLine("the host has ended");
  return EXIT.ok;
}

async function ask(
  { data }: HostFlags,
  request: ControlRequest,
  options: Parameters<typeof askHost>[2] = {},
): Promise<ControlResult> {
  try {
    return await askHost(path.resolve(data), request, options);
  } catch (error) {
    if (error instanceof NoHostError) {
      throw new Complaint(EXIT.environment, error.message, {
        cause: error,
        advice: ["Start one with udpchat host up, or name the folder of one that runs with --data."],
      });
    }
    if (!(error instanceof ControlRefusal)) throw error;
    // Of a file with mistakes it says all of them.
    const [message = "", ...mistakes] = error.message.split("\n");
    const known = error.known.length > 0 ? [`There is: ${error.known.slice(0, 20).join(", ")}`] : [];
    throw new Complaint(error.code === "INTERNAL" ? EXIT.internal : EXIT.failed, message, {
      cause: error,
      advice: [...mistakes, ...known],
    });
  }
}

/** The answer is none to what was asked. */
function otherVersion(): Complaint {
  return new Complaint(EXIT.environment, "the host answers what was not asked: it is of another version", {
    advice: ["End it with udpchat host down, and start it with this version: udpchat host up"],
  });
}

function printLetter(result: ControlResult, { json }: HostFlags): ExitCode {
  if (!("letter" in result)) throw otherVersion();
  if (json === true) printJson(result.letter);
  else for (const line of letterLines(result.letter)) printLine(line);
  return EXIT.ok;
}

function printChange({ bot, outcome, reason, codeFrame }: BotChange): void {
  if (outcome !== "failed") {
    printLine(`${bot}: ${outcome}`);
    return;
  }
  printNote(printable(`${bot}: failed: ${reason ?? "for no known reason"}`));
  for (const line of codeFrame?.split("\n") ?? []) printNote(printable(`    ${line}`));
}
