import { writeFile } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "../../host/error-message.ts";
import { makeFolder } from "../../store/folder.ts";
import { Complaint } from "../complaint.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printLine } from "../terminal-output.ts";

export interface BotNewCommandOptions {
  readonly name: string;
  readonly folder: string;
}

/** Writes a bot, its test and its scenario. */
export async function runBotNewCommand({ name, folder }: BotNewCommandOptions): Promise<ExitCode> {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) {
    throw new Complaint(EXIT.usage, `"${name}" cannot name a bot`, {
      advice: ["Use lower-case letters, digits and dashes, a letter first: quotes, lunch-poll."],
    });
  }
  try {
    makeFolder(path.resolve(folder));
  } catch (cause) {
    throw new Complaint(EXIT.environment, `cannot make the folder ${folder}: ${messageOf(cause)}`, {
      cause,
      advice: ["Name another one: --dir <folder>"],
    });
  }
  const files: readonly (readonly [file: string, text: string])[] = [
    [`${name}.ts`, SCRIPT],
    [`${name}.test.ts`, TEST],
    [`${name}.yaml`, SCENARIO],
  ];
  for (const [file, text] of files) {
    await writeNew(path.join(folder, file), text.replaceAll("NAME", name));
  }
  const at = (suffix: string) => path.join(folder, `${name}${suffix}`);
  printLine(`Wrote ${at(".ts")}, ${at(".test.ts")} and ${at(".yaml")}. Now:`);
  printLine(`  npx udpchat bot dev ${at(".ts")}     talk to it; it reloads when you save`);
  printLine(`  npx udpchat bot check ${at(".ts")}   its types, what it needs, its size`);
  printLine(`  npx node --test ${at(".test.ts")}    its test`);
  printLine(`  npx udpchat test ${at(".yaml")}      its scenario`);
  return EXIT.ok;
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: "wx" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST")
      throw new Complaint(EXIT.failed, `there is a file ${file} already`, { cause: error });
    throw new Complaint(EXIT.environment, `cannot write ${file}: ${message}`, { cause: error });
  }
}

const SCRIPT = `/** Keeps what it is told, and gives it back. */
import { defineBot } from "udpchat/bot";

export default defineBot({ description: "I keep quotes." }, (bot) => {
  bot.command("add <quote...>", { help: "Keep a quote", limit: "10/min" }, async (ctx, { quote }) => {
    const quotes = await bot.store.update("quotes", (kept: string[] = []) => [...kept, quote]);
    await ctx.reply(\`I know \${quotes.length} now.\`);
  });

  bot.command("quote [number]", { help: "Give one back" }, async (ctx, { number }) => {
    const quotes = (await bot.store.get<string[]>("quotes")) ?? [];
    const index = number === undefined ? Math.floor(Math.random() * quotes.length) : Number(number) - 1;
    await ctx.reply(quotes[index] ?? "I know none. Say: add <quote...>");
  });
});
`;

const TEST = `import { test } from "node:test";
import { testBot } from "udpchat/testing";

test("NAME keeps what it is told, also over a crash", async () => {
  await using t = await testBot(new URL("NAME.ts", import.meta.url));
  const alice = t.user("alice");

  await alice.says("quote");
  alice.hears(/I know none/);
  await alice.says("add less is more");
  alice.hears("I know 1 now.");
  await t.crash();
  await alice.says("quote 1");

  alice.hears("less is more");
  alice.hearsNothing();
});
`;

const SCENARIO = `scenario: 1
name: NAME keeps what it is told
tags: [bot]
clients: {alice: {}}
bots: {NAME: {script: NAME.ts}}
steps:
  - register: alice
  - expect: {at: alice, table: {NAME: online}}
  - send: {from: alice, to: NAME, text: add less is more, result: delivered}
  - expect: {at: alice, message: {from: NAME, text: I know 1 now.}, within: 2s}
  - send: {from: alice, to: NAME, text: quote 1}
  - expect: {at: alice, message: {from: NAME, text: less is more}, within: 2s}
`;
