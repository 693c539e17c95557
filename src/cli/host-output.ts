/** What `udpchat host` shows to people. */
import { styleText } from "node:util";
import { printable } from "../client/interactive/printable.ts";
import type { Letter } from "../host/control/protocol.ts";
import type { BotStatus, HostStatus } from "../host/host-status.ts";

type Style = Parameters<typeof styleText>[0];

const HEAD = [
  "BOT",
  "STATE",
  "UPTIME",
  "RESTARTS",
  "QUEUE",
  "DEAD",
  "MEMORY",
  "CPU",
  "IN",
  "OUT",
  "LAST ERROR",
];
const LEFT_COLUMNS = new Set([0, 1, 10]);
const ERROR_CHARS_MAX = 60;

/** One line a bot, the state in colour, and below it the host itself. */
export function statusTable(
  { bots, pid, uptimeMs, server, memoryBytes, journalTrouble }: HostStatus,
  color: boolean,
): readonly string[] {
  const rows = bots.map(rowOf);
  const widths = HEAD.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const lines = rows.map((row, i) => {
    const cells = row.map((cell, column) => padded(cell, column, widths));
    const style = STATE_STYLES[bots[i]?.state ?? "stopped"];
    if (color && style !== undefined) cells[1] = styleText(style, cells[1] ?? "", { validateStream: false });
    return cells.join("  ").trimEnd();
  });
  const head = HEAD.map((cell, column) => padded(cell, column, widths))
    .join("  ")
    .trimEnd();
  return [
    head,
    ...lines,
    "",
    `host ${pid}, up ${duration(uptimeMs)}, ${mebibytes(memoryBytes)}, server ${server}`,
    ...(journalTrouble === undefined ? [] : [printable(`no message is acknowledged: ${journalTrouble}`)]),
  ];
}

const STATE_STYLES: Readonly<Partial<Record<BotStatus["state"], Style>>> = {
  running: "green",
  standby: "cyan",
  starting: "cyan",
  restarting: "yellow",
  failed: "red",
  stopped: "dim",
};

function rowOf(bot: BotStatus): readonly string[] {
  const { name, nick, state, uptimeMs, restarts, queue, deadLetters, memoryBytes, cpu, counts } = bot;
  return [
    name === nick ? name : `${name} (${nick})`,
    state,
    uptimeMs === undefined ? "-" : duration(uptimeMs),
    String(restarts),
    String(queue),
    String(deadLetters),
    memoryBytes === undefined ? "-" : mebibytes(memoryBytes),
    cpu === undefined ? "-" : `${Math.round(cpu * 100)}%`,
    String(counts.received),
    String(counts.sent),
    printable(cut(troubleOf(bot))),
  ];
}

function troubleOf({ waitsFor, lastError }: BotStatus): string {
  return waitsFor === undefined ? (lastError?.text ?? "") : `waits: ${waitsFor}`;
}

function padded(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0;
  return LEFT_COLUMNS.has(column) ? cell.padEnd(width) : cell.padStart(width);
}

/** A message's way, line by line. */
export function letterLines(letter: Letter): readonly string[] {
  const { id, bot, kind, state, from, text, sentAtMs, receivedAtMs, endedAtMs, trace, replies } = letter;
  const at = (ms: number) => `+${Math.max(0, ms - receivedAtMs)} ms`;
  const source = kind === "message" ? `a message from ${from}` : from;
  const lines = [
    `${id}: ${source} to ${bot}, ${STATE_WORDS[state]}`,
    `  ${JSON.stringify(text)}`,
    `  sent ${stamp(sentAtMs)}, in the journal ${stamp(receivedAtMs)}`,
    ...trace.map((line) => `  ${at(line.atMs)}  ${line.text}`),
    ...(endedAtMs === undefined || state === "dead" ? [] : [`  ${at(endedAtMs)}  ${endingOf(letter)}`]),
    ...(replies.length === 0 ? ["  it was answered with nothing"] : []),
    ...replies.map((reply) => `  reply to ${reply.to}: ${JSON.stringify(reply.text)} — ${reply.receipt}`),
  ];
  return lines.map(printable);
}

const STATE_WORDS = {
  waiting: "waiting to be handled",
  done: "handled",
  dead: "given up: a dead letter",
  dropped: "dropped",
} as const;

function endingOf({ state, trace }: Letter): string {
  if (state === "dropped") return "dropped";
  return trace.every(({ text }) => text.startsWith("handed out"))
    ? "none of the bot's handlers is for it"
    : "its handler was done";
}

/** One line a dead letter. */
export function lettersTable(letters: readonly Letter[]): readonly string[] {
  return letters.map(({ id, from, text, attempts, receivedAtMs, trace }) => {
    const reason = trace.findLast((line) => line.text.startsWith("attempt "))?.text ?? "";
    return printable(
      `${id}  ${stamp(receivedAtMs)}  from ${from}: ${cut(text)}  (${attempts} attempts; ${reason})`,
    );
  });
}

function duration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${String(seconds % 60).padStart(2, "0")}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48
    ? `${hours}h${String(minutes % 60).padStart(2, "0")}m`
    : `${Math.floor(hours / 24)}d${hours % 24}h`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MiB`;
}

function stamp(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").slice(0, 23);
}

function cut(text: string): string {
  return text.length > ERROR_CHARS_MAX ? `${text.slice(0, ERROR_CHARS_MAX)}…` : text;
}
