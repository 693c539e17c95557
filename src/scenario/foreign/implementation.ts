/** An implementation under test: a driver, and the command it is started with. */
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
