/** How an implementation is started. */
import { basename, dirname } from "node:path";
import type { InputCommand } from "../language/actions.ts";
import { closed } from "../language/driver/closed.ts";
import { GENERIC_DRIVER } from "../language/driver/load.ts";
import type { Driver } from "../language/driver/model.ts";
import type { Implementation } from "../language/program-spec.ts";

/** How it is started: as the caller says, or else its driver. `undefined` when neither does. */
export function commandOf(driver: Driver, given: readonly string[]): readonly string[] | undefined {
  if (given.length > 0) return given;
  if (driver.command !== undefined) return driver.command;
  return driver.server.command !== undefined && driver.client.command !== undefined ? [] : undefined;
}

/** A command that the caller gives is started where he is, a driver's in the folder of its file. */
export function implementationFrom(driver: Driver, given: readonly string[]): Implementation {
  const cwd = driver.cwd ?? (given.length > 0 ? process.cwd() : dirname(driver.file));
  const isGeneric = driver.file === GENERIC_DRIVER && given.length > 0;
  const name = isGeneric ? basename(given.at(-1) ?? driver.name).replace(/\.\w+$/, "") : driver.name;
  const command = commandOf(driver, given) ?? [];
  return { driver: { ...driver, name }, command, cwd, profile: closed(driver) };
}

/** For people: how its server is started. */
export function wholeCommand(implementation: Implementation): string {
  return commandLine(implementation, "server", {}).map(shellWord).join(" ");
}

/** As one would type it into a shell. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** What the run knows and a driver's `${...}` stand for. */
export interface CommandValues {
  readonly nick?: string;
  readonly host?: string;
  readonly serverPort?: number;
  readonly port?: number;
}

/** The whole command of one mode, with its values put in. */
export function commandLine(
  { driver, command }: Implementation,
  mode: "server" | "client",
  values: CommandValues,
): readonly string[] {
  const { command: own, arguments: more } = driver[mode];
  return [...(own ?? command), ...more].map((word) => fillIn(word, { ...values }));
}

/** Puts values where `${name}` stands. */
export function fillIn(text: string, values: Readonly<Record<string, string | number | undefined>>): string {
  return text.replaceAll(/\$\{([^{}]*)\}/g, (reference, name: string) => String(values[name] ?? reference));
}

/** What is typed for a command with these arguments, wrong and missing ones too: `send` has a recipient and a text, the others a nickname. */
export function commandInput({ type }: Pick<Driver, "type">, command: InputCommand, given: string): string {
  const [, to = "", text = ""] = /^(\S*)\s*(.*)$/su.exec(given) ?? [];
  return fillIn(type[command] ?? "", { nick: given, to, text }).trim();
}
