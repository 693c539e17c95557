/** How an implementation is started. */
import type { Implementation } from "../language/program-spec.ts";

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
