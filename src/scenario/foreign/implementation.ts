/** An implementation under test: a driver, and the command it is started with. */
import { dirname } from "node:path";
import type { Driver, KnownProfile } from "../language/driver/model.ts";

export interface Implementation {
  readonly driver: Driver;
  /** With what both modes begin. Empty where the driver has a command of its own for each mode. */
  readonly command: readonly string[];
  /** Absolute: where it is started. */
  readonly cwd: string;
  /** The driver's, with nothing left to find out. */
  readonly profile: KnownProfile;
}

/** Whose server and whose clients a run is about. With two implementations the clients alternate. */
export interface UnderTest {
  readonly server: Implementation;
  readonly clients: readonly [Implementation, ...Implementation[]];
}

/** What the run knows and a driver's `${...}` stand for. */
export interface CommandValues {
  readonly nick?: string;
  readonly host?: string;
  readonly serverPort?: number;
  readonly port?: number;
}

/** `undefined` when neither the caller nor the driver says how it is started. */
export function commandOf(driver: Driver, given: readonly string[]): readonly string[] | undefined {
  if (given.length > 0) return given;
  if (driver.command !== undefined) return driver.command;
  return driver.server.command !== undefined && driver.client.command !== undefined ? [] : undefined;
}

/** A command on the command line counts from where one is, one in a driver from the folder of its file. */
export function folderOf(driver: Driver, given: readonly string[]): string {
  return driver.cwd ?? (given.length > 0 ? process.cwd() : dirname(driver.file));
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

/** A profile in which what is still open is as the exercise has it. */
export function closed(driver: Driver): KnownProfile {
  const { registersAtStart, secondClient, vanishedReturns, ...rest } = driver.profile;
  return {
    ...rest,
    registersAtStart: registersAtStart === "detect" ? false : registersAtStart,
    secondClient: secondClient === "detect" ? "refused" : secondClient,
    vanishedReturns: vanishedReturns === "detect" ? true : vanishedReturns,
  };
}
