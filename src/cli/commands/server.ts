import { systemWorld } from "../../net/system-world.ts";
import { formatAddress } from "../../protocol/address.ts";
import { startServer } from "../../server/start-server.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { catchInterruption } from "../interruption.ts";
import { ServerLog } from "../server-log.ts";
import { printLine, printNote } from "../terminal-output.ts";

export interface ServerCommandOptions {
  readonly host: string;
  readonly port: number;
}

/** Runs a server until it is interrupted. The one line on stdout says that it takes requests, and where. */
export async function runServerCommand({ host, port }: ServerCommandOptions): Promise<ExitCode> {
  using interruption = catchInterruption();
  const world = systemWorld();
  const log = new ServerLog(printNote);
  await using server = await startServer({
    host,
    port,
    world,
    onEvent: (event) => log.write(event, world.clock.dateMs()),
  });

  printLine(`udpchat server listening on ${formatAddress(server.address)}`);
  await interruption.happened;
  return EXIT.ok;
}
