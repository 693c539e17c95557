import { printable } from "../../client/interactive/printable.ts";
import { BotError } from "../../host/bot-error.ts";
import { type BotCheck, checkBot } from "../../host/check-bot.ts";
import { counted } from "../../scenario/counted.ts";
import { type BotFlags, ownersWord } from "../bot-options.ts";
import { adviceOn, complaintAboutBot } from "../complaint-about-bot.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJson, printLine } from "../terminal-output.ts";

export interface BotCheckCommandOptions {
  readonly script: string;
  readonly json: boolean;
  readonly flags: BotFlags;
}

/** So many of those that fill a bundle most are named; the others are added up. */
const SIZES_SHOWN = 4;

/** Says what there is to say of a bot before anybody runs it. */
export async function runBotCheckCommand({ script, json, flags }: BotCheckCommandOptions): Promise<ExitCode> {
  const check = await checkBot({ script, ...ownersWord(flags) });
  const { start } = check;
  if (start instanceof BotError && start.code === "SCRIPT_NOT_FOUND") throw complaintAboutBot(start);
  if (json) printJson(plain(check));
  else for (const line of linesOf(script, check)) printLine(printable(line));
  const isFine = !(start instanceof BotError) && (check.types?.length ?? 0) === 0;
  return isFine ? EXIT.ok : EXIT.failed;
}

function linesOf(script: string, { types, start, sizes }: BotCheck): readonly string[] {
  const lines = [script];
  const row = (name: string, [first = "", ...more]: readonly string[]): void => {
    lines.push(`  ${name.padEnd(9)} ${first}`, ...more.map((line) => `${" ".repeat(12)}${line}`));
  };
  if (types === undefined)
    row("types", ["not checked: there is no TypeScript here (npm install typescript)"]);
  else if (types.length === 0) row("types", ["no mistakes"]);
  else {
    const count = counted(types.length, "mistake");
    row("types", [count, ...types.flatMap(mistakeLines)]);
  }
  if (start instanceof BotError) {
    row("starts", [`no: ${start.message}`, ...adviceOn(start)]);
  } else {
    const { manifest, tookMs } = start;
    row("starts", [`in ${tookMs} ms`]);
    if (manifest.description !== undefined) row("is", [manifest.description]);
    if (manifest.commands.length > 0) row("commands", manifest.commands);
    if (manifest.roles.length > 0) row("roles", [manifest.roles.join(", ")]);
    const needs = [
      ...manifest.http.map((host) => `http to ${host}`),
      ...manifest.secrets.map((name) => `the secret ${name}`),
    ];
    row("needs", [needs.length > 0 ? needs.join(", ") : "nothing"]);
    if (manifest.answersBots) row("answers", ["programs, too"]);
  }
  if (sizes.length > 0) row("size", [sizeText(sizes)]);
  return lines;
}

function mistakeLines({
  file,
  line,
  column,
  message,
  codeFrame,
}: NonNullable<BotCheck["types"]>[number]): readonly string[] {
  return [`${file}:${line}:${column}: ${message}`, ...(codeFrame ?? "").split("\n")].flatMap((text) =>
    text.split("\n"),
  );
}

function sizeText(sizes: BotCheck["sizes"]): string {
  const whole = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  const rest = sizes.slice(SIZES_SHOWN).reduce((sum, [, bytes]) => sum + bytes, 0);
  const parts = sizes.slice(0, SIZES_SHOWN).map(([from, bytes]) => `${from} ${kib(bytes)}`);
  return `${kib(whole)}: ${[...parts, ...(rest > 0 ? [`others ${kib(rest)}`] : [])].join(", ")}`;
}

function kib(bytes: number): string {
  return `${(bytes / 1_024).toFixed(1)} KiB`;
}

function plain({ types, start, sizes }: BotCheck) {
  return {
    types: types ?? null,
    start:
      start instanceof BotError
        ? { ok: false, code: start.code, message: start.message, place: start.place ?? null }
        : { ok: true, ...start },
    sizes: Object.fromEntries(sizes),
  };
}
