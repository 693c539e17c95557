import { messageOf } from "../../host/error-message.ts";
import { systemWorld } from "../../net/system-world.ts";
import { formatAddress } from "../../protocol/address.ts";
import type { RunningServer } from "../../server/api.ts";
import { serveMetrics } from "../../server/metrics.ts";
import { startServer } from "../../server/start-server.ts";
import type { ChatStore } from "../../store/chat-store.ts";
import { MemoryStore } from "../../store/memory-store.ts";
import { SqliteStore } from "../../store/sqlite-store.ts";
import { StoreError } from "../../store/store-error.ts";
import { Complaint } from "../complaint.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { catchInterruption } from "../interruption.ts";
import { ServerLog } from "../server-log.ts";
import { dataFolderOf, limitsOf, type ServerFlags } from "../server-options.ts";
import { statsLines } from "../server-stats.ts";
import { complaintAboutStore } from "../store-advice.ts";
import { printLine, printNote } from "../terminal-output.ts";

/** Runs a server until it is interrupted. The one line on stdout says that it takes requests, and where. */
export async function runServerCommand(flags: ServerFlags): Promise<ExitCode> {
  try {
    return await runServer(flags);
  } catch (error) {
    throw error instanceof StoreError ? complaintAboutStore(error, "--data", STORE_ADVICE) : error;
  }
}

const WITHOUT = ["A server can keep nothing, too: --memory."];
const STORE_ADVICE = { IN_USE: WITHOUT, UNAVAILABLE: WITHOUT };

async function runServer(flags: ServerFlags): Promise<ExitCode> {
  using interruption = catchInterruption();
  const log = await ServerLog.open(flags.logLevel);
  const folder = dataFolderOf(flags);
  const store: ChatStore = folder === undefined ? new MemoryStore() : new SqliteStore(folder);
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => store.close());

  const server = await startServer({
    host: flags.host,
    port: flags.port,
    v1: flags.v1,
    limits: limitsOf(flags),
    store,
    world: systemWorld(),
    onEvent: (event) => log.write(event),
  });
  cleanup.use(server);
  if (flags.metrics !== undefined) cleanup.use(await openMetrics(server, flags.metrics, log));
  const printStats = () => {
    for (const line of statsLines(server)) printNote(line);
  };
  process.on("SIGUSR2", printStats);
  cleanup.defer(() => void process.off("SIGUSR2", printStats));

  if (folder === undefined) log.info({}, "nothing is kept when the server ends");
  else log.info({ folder, known: server.population.known }, "clients and messages are kept");
  printLine(`udpchat server listening on ${formatAddress(server.address)}`);
  await interruption.happened;
  if (flags.stats === true) printStats();
  return EXIT.ok;
}

async function openMetrics(server: RunningServer, address: { host: string; port: number }, log: ServerLog) {
  try {
    const endpoint = await serveMetrics(server, address);
    log.info({ url: endpoint.url }, "figures are served");
    return endpoint;
  } catch (cause) {
    const reason = messageOf(cause);
    throw new Complaint(
      EXIT.environment,
      `the figures cannot be served on ${formatAddress(address)}: ${reason}`,
      {
        cause,
        advice: ["Name another port with --metrics, or 0 for any that is free."],
      },
    );
  }
}
