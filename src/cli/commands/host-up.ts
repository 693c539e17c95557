import { existsSync } from "node:fs";
import path from "node:path";
import { ControlRefusal } from "../../host/control/protocol.ts";
import { ControlServer } from "../../host/control/server.ts";
import { messageOf } from "../../host/error-message.ts";
import { Host } from "../../host/host.ts";
import type { HostConfig } from "../../host/host-config.ts";
import { serveHostMetrics } from "../../host/metrics.ts";
import { serviceManager } from "../../host/sd-notify.ts";
import { systemWorld } from "../../net/system-world.ts";
import { type Address, formatAddress } from "../../protocol/address.ts";
import { counted } from "../../scenario/counted.ts";
import { hostJsonSchema, loadHostFile, renderProblem } from "../../scenario/index.ts";
import { SqliteJournal } from "../../store/sqlite-journal.ts";
import { StoreError } from "../../store/store-error.ts";
import { Complaint } from "../complaint.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { HostLog } from "../host-log.ts";
import { catchInterruption } from "../interruption.ts";
import type { LogLevel } from "../log-level.ts";
import { printProblems } from "../print-problems.ts";
import { complaintAboutStore } from "../store-advice.ts";
import { printJson, printLine, printNote } from "../terminal-output.ts";
import { whoOf } from "../who.ts";

export interface HostUpOptions {
  readonly file: string;
  readonly logLevel: LogLevel;
  /** The file of the key that owns the bots' nicknames. Default: `identity` in the data folder. */
  readonly identity: string | undefined;
}

/** Runs a host until it is interrupted or told to end. The one line on stdout says that all bots were started. */
export async function runHostUpCommand(options: HostUpOptions): Promise<ExitCode> {
  try {
    return await runHost(options);
  } catch (error) {
    // Also at its end, when the journal is full.
    if (!(error instanceof StoreError)) throw error;
    throw complaintAboutStore(error, "`data` in the file", STORE_ADVICE);
  }
}

async function runHost({ file, logLevel, identity: named }: HostUpOptions): Promise<ExitCode> {
  const config = checkedConfig(file, "; nothing was started");
  if (config === undefined) return EXIT.invalidScenario;
  using interruption = catchInterruption();
  // Node.js would open its inspector to whoever may signal us: a bot that broke out, where both are of one user.
  process.on("SIGUSR1", () => {});
  const world = systemWorld();
  const log = new HostLog(logLevel);
  await using cleanup = new AsyncDisposableStack();
  let host: Host | undefined;
  const onTrouble = (trouble: Error | undefined) => host?.noteJournal(trouble);
  const journal = new SqliteJournal(config.data, { onTrouble });
  cleanup.defer(() => journal.close());
  const { identity } = whoOf({ identity: named ?? path.join(config.data, "identity") });
  const down = Promise.withResolvers<void>();
  host = new Host({
    config,
    world,
    ...(identity && { identity }),
    journal,
    reread: () => rereadConfig(file),
    onRecord: (record) => log.write(record),
    onDown: down.resolve,
  });
  // In this order at the end: bots first, so that an operator can watch them go.
  const control = await openControl(config.data, host);
  cleanup.defer(() => control.close());
  if (config.metrics !== undefined) cleanup.use(await openMetrics(host, config.metrics));
  cleanup.defer(() => host.close());

  const changes = await Promise.race([host.start(), interruption.happened, down.promise]);
  const manager = serviceManager(process.env, (reason) =>
    host.note("warn", `systemd cannot be told how the host is: ${reason}`),
  );
  if (changes !== undefined) {
    const failed = changes.filter(({ outcome }) => outcome === "failed").length;
    const count = changes.length - failed;
    const trouble = failed === 0 ? "" : `; ${failed} did not start`;
    const status = `runs ${counted(count, "bot")} at ${formatAddress(config.server)}${trouble}`;
    printLine(`udpchat host ${status}`);
    manager?.notify("READY=1", `STATUS=${status}`);
    const end = manager?.keepAlive();
    await Promise.race([interruption.happened, down.promise]);
    end?.();
  }
  manager?.notify("STOPPING=1");
  return EXIT.ok;
}

/** Says what is wrong with a file, or that nothing is. */
export function runHostCheckCommand(file: string): ExitCode {
  const config = checkedConfig(file, "");
  if (config === undefined) return EXIT.invalidScenario;
  printLine(`${file}: ${counted(config.bots.length, "bot")}, no mistakes`);
  return EXIT.ok;
}

export function runHostSchemaCommand(): ExitCode {
  printJson(hostJsonSchema(), 2);
  return EXIT.ok;
}

/** `undefined` when there are mistakes, which have been shown, with what comes of them. */
function checkedConfig(file: string, consequence: string): HostConfig | undefined {
  if (!existsSync(file)) {
    throw new Complaint(EXIT.usage, `there is no file ${file}`, {
      advice: ["Name the host's file: udpchat host up <file>. What stands in it: udpchat host schema"],
    });
  }
  const { config, problems } = loadHostFile(file, process.env);
  printProblems(problems);
  if (problems.length > 0) printNote(`\n${counted(problems.length, "mistake")}${consequence}`);
  return config;
}

function rereadConfig(file: string): HostConfig {
  const { config, problems } = loadHostFile(file, process.env);
  if (config !== undefined) return config;
  const text = problems.map((problem) => renderProblem(problem)).join("\n");
  throw new ControlRefusal("BAD_FILE", `the file has mistakes, and nothing was changed:\n${text}`);
}

const STORE_ADVICE = {
  IN_USE: ["Is a host running there? udpchat host ps --data <folder> tells, and udpchat host down ends it."],
} as const;

async function openControl(folder: string, host: Host): Promise<ControlServer> {
  try {
    return await ControlServer.open(folder, host);
  } catch (cause) {
    const message = `the control socket cannot be opened: ${messageOf(cause)}`;
    const advice = ["Name another folder with `data` in the file."];
    throw new Complaint(EXIT.environment, message, { cause, advice });
  }
}

async function openMetrics(host: Host, address: Address) {
  try {
    return await serveHostMetrics(() => host.status(), address);
  } catch (cause) {
    const reason = messageOf(cause);
    const message = `the figures cannot be served on ${formatAddress(address)}: ${reason}`;
    throw new Complaint(EXIT.environment, message, { cause, advice: ["Name another port with `metrics`."] });
  }
}
