import { accessSync, constants, existsSync, writeFileSync } from "node:fs";
import { basename, dirname, relative, resolve } from "node:path";
import { messageOf } from "../../host/error-message.ts";
import { systemWorld } from "../../net/system-world.ts";
import {
  closed,
  driverText,
  GENERIC_DRIVER,
  interview,
  loadDriverFile,
  ProgramError,
} from "../../scenario/foreign/index.ts";
import { Complaint } from "../complaint.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { catchInterruption } from "../interruption.ts";
import { printLine, printNote } from "../terminal-output.ts";

export interface DriverNewCommandOptions {
  readonly command: readonly string[];
  readonly out?: string;
  readonly name?: string;
}

/** Writes a first driver for a program. */
export async function runDriverNewCommand({
  command,
  out,
  name,
}: DriverNewCommandOptions): Promise<ExitCode> {
  if (out !== undefined && existsSync(out)) {
    throw new Complaint(EXIT.usage, `${out} is there already`, {
      advice: ["Name another file, or move it away."],
    });
  }
  const cwd = process.cwd();
  const folder = out === undefined ? cwd : dirname(resolve(out));
  // Before the program is asked, which takes a while.
  if (out !== undefined) orComplain(out, () => accessSync(folder, constants.W_OK));
  const { driver } = loadDriverFile(GENERIC_DRIVER);
  if (driver === undefined) throw new Error(`the generic driver ${GENERIC_DRIVER} has mistakes`);
  using interruption = catchInterruption();
  printNote(`Starting ${command.join(" ")} a few times, on 127.0.0.1 ...`);
  const implementation = { driver, command, cwd, profile: closed(driver) };
  const found = await interview(implementation, systemWorld(), interruption.signal).catch(
    (error: unknown) => {
      if (error instanceof ProgramError)
        throw new Complaint(EXIT.environment, error.message, { cause: error });
      throw interruption.signal.aborted ? new Complaint(EXIT.failed, "interrupted") : error;
    },
  );

  const text = driverText(
    {
      name: name ?? basename(command.at(-1) ?? "").replace(/\.\w+$/, ""),
      command,
      cwd: folder === cwd ? undefined : relative(folder, cwd),
    },
    found,
  );
  const missed = found.findings.filter(({ understood }) => !understood).map(({ showing }) => showing);
  if (out === undefined) printLine(text.trimEnd());
  else orComplain(out, () => writeFileSync(out, text, { flag: "wx" }));
  printNote(
    missed.length === 0
      ? "Everything that it showed was understood."
      : `Not understood: ${missed.join(", ")}. The driver says what came instead.`,
  );
  return EXIT.ok;
}

function orComplain(out: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    throw new Complaint(EXIT.environment, `the driver ${out} cannot be written: ${messageOf(cause)}`, {
      cause,
    });
  }
}
