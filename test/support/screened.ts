/** Programs of `foreign/`, started as scenarios start them, and what is read of their screens. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { systemWorld } from "../../src/net/system-world.ts";
import { ScreenedProgram } from "../../src/scenario/foreign/screened-program.ts";
import { closed } from "../../src/scenario/language/driver/closed.ts";
import { GENERIC_DRIVER, loadDriverFile } from "../../src/scenario/language/driver/load.ts";
import type { Driver } from "../../src/scenario/language/driver/model.ts";
import type { Implementation } from "../../src/scenario/language/program-spec.ts";
import { Ledger } from "../../src/scenario/run/ledger.ts";
import { SentLog } from "../../src/scenario/run/sent.ts";
import { waitFor } from "../../src/scenario/run/waiting.ts";
import { describeObservation } from "../../src/scenario/run/wording.ts";

export const FOREIGN: string = fileURLToPath(new URL("./foreign/", import.meta.url));

const DEADLINE_MS = 30_000;

export function genericDriver(changes: Partial<Driver> = {}): Driver {
  const { driver } = loadDriverFile(GENERIC_DRIVER);
  if (driver === undefined) throw new Error("the generic driver has mistakes");
  return { ...driver, ...changes };
}

export function implementationOf(command: readonly string[], changes: Partial<Driver> = {}): Implementation {
  const driver = genericDriver(changes);
  return { driver, command, cwd: FOREIGN, profile: closed(driver) };
}

/** One program and its screen. */
export class Screened implements AsyncDisposable {
  readonly ledger: Ledger;
  readonly program: ScreenedProgram;

  private constructor(ledger: Ledger, program: ScreenedProgram) {
    this.ledger = ledger;
    this.program = program;
  }

  /** Starts a mode of oddities.py or oddities.js. */
  static async start(
    file: "oddities.py" | "oddities.js",
    mode: string,
    {
      on = "terminal",
      ...changes
    }: Partial<Omit<Implementation, "driver">> & {
      readonly on?: "terminal" | "pipes";
      readonly driver?: Partial<Driver>;
    } = {},
  ): Promise<Screened> {
    const command = [file.endsWith(".py") ? "python3" : process.execPath, path.join(FOREIGN, file), mode];
    const { clock } = systemWorld();
    const ledger = new Ledger("x", new SentLog(), () => 0);
    const base = implementationOf(command, {
      ...changes.driver,
      terminal: on === "terminal",
      client: { command: undefined, arguments: [], startupMs: 0 },
    });
    const implementation = { ...base, ...changes, driver: base.driver };
    const program = await ScreenedProgram.start({
      implementation,
      mode: "client",
      values: { nick: "x" },
      nicks: ["y"],
      clock,
      ledger,
      nick: "x",
    });
    return new Screened(ledger, program);
  }

  /** What was seen, in words, without the start. */
  get seen(): readonly string[] {
    return this.ledger.entries.slice(1).map(({ seen }) => describeObservation(seen));
  }

  /** Resolves when this was seen. */
  sees(words: string): Promise<void> {
    return this.#until(() => this.seen.includes(words), words);
  }

  /** Resolves when a line like this was seen. */
  until(like: (line: { readonly text: string }) => boolean): Promise<void> {
    return this.#until(
      () => this.ledger.entries.some(({ seen }) => seen.kind === "line" && like(seen)),
      "such a line",
    );
  }

  async #until(satisfied: () => boolean, words: string): Promise<void> {
    const found = await waitFor({
      probe: () => satisfied() || undefined,
      watch: (changed) => this.ledger.watch(changed),
      clock: systemWorld().clock,
      withinMs: DEADLINE_MS,
      signal: new AbortController().signal,
    });
    if (found === undefined) throw new Error(`did not see ${words}, but:\n${this.seen.join("\n")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.end();
  }
}
