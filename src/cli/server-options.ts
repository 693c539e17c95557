/** The options of `udpchat server`, and what they mean to the server. */
import { join } from "node:path";
import { type Command, Option } from "commander";
import type { Address } from "../protocol/address.ts";
import { V1_TABLE_ROWS_MAX } from "../protocol/limits.ts";
import type { V1Policy } from "../server/gate.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "../server/limits.ts";
import { userFolder } from "../store/user-folder.ts";
import { DEFAULT_PORT, readEndpoint, readPort, wholeNumber } from "./arguments.ts";
import { type LogLevel, logLevelOption } from "./log-level.ts";

/** As commander gives them. */
export interface ServerFlags extends Partial<ServerLimits> {
  readonly port: number;
  readonly host: string;
  readonly data?: string;
  readonly memory?: boolean;
  readonly v1: V1Policy;
  readonly logLevel: LogLevel;
  readonly stats?: boolean;
  readonly metrics?: Address;
}

type Limit = keyof ServerLimits;

const LIMIT_FLAGS: Readonly<Record<Limit, readonly [flag: string, description: string]>> = {
  nicksMax: ["--nicks-max <count>", "nicknames known at once; each is a row of everybody's table"],
  mailboxMessagesMax: ["--mailbox-messages-max <count>", "messages kept for one nickname"],
  mailboxBytesMax: ["--mailbox-bytes-max <bytes>", "bytes of text kept for one nickname"],
  clientRatePerSecond: [
    "--client-rate-per-second <count>",
    "datagrams and requests a second from one registered address",
  ],
  strangerRatePerSecond: [
    "--stranger-rate-per-second <count>",
    "datagrams a second from one that is not registered",
  ],
  addressesMax: ["--addresses-max <count>", "addresses whose rates are remembered"],
  heartbeatMs: ["--heartbeat-ms <ms>", "a client that was silent for so long is pinged"],
};

export function addServerOptions(command: Command): Command {
  command
    .addOption(
      new Option("--port <port>", "UDP port; 0 takes any that is free")
        .argParser(readPort)
        .default(DEFAULT_PORT),
    )
    .addOption(
      new Option("--host <host>", "where to listen; 0.0.0.0 is all of IPv4, :: all of IPv6").default(
        "127.0.0.1",
      ),
    )
    .addOption(
      new Option(
        "--data <folder>",
        "where to keep clients and messages (default: a folder of your own, by port)",
      ),
    )
    .addOption(new Option("--memory", "keep nothing; the default with --port 0").conflicts("data"))
    .addOption(
      new Option(
        "--v1 <whom>",
        "who is served in the original's protocol, which cannot tell forged addresses",
      )
        .choices(["always", "private", "never"])
        .default("private"),
    )
    .addOption(logLevelOption())
    .option("--stats", "print what the server did when it ends; SIGUSR2 prints it at any time")
    .addOption(
      new Option("--metrics <host:port>", "serve figures for Prometheus over HTTP, at /metrics").argParser(
        readEndpoint,
      ),
    );
  for (const [limit, [flag, description]] of Object.entries(LIMIT_FLAGS)) {
    const read = wholeNumber(1, COUNTS_MAX[limit as Limit]);
    const option = new Option(flag, description).argParser(read).default(DEFAULT_LIMITS[limit as Limit]);
    command.addOption(option);
  }
  return command;
}

/** `udpchat -s <port>`: like the original it forgets everything when it ends. */
export function classicFlags(port: number): ServerFlags {
  return { port, host: "127.0.0.1", memory: true, v1: "private", logLevel: "info" };
}

export function limitsOf(flags: ServerFlags): Partial<ServerLimits> {
  const named = Object.keys(LIMIT_FLAGS).map((limit) => [limit, flags[limit as Limit]] as const);
  return Object.fromEntries(named.filter(([, value]) => value !== undefined));
}

/** `undefined`: nothing is kept. */
export function dataFolderOf({ data, memory, port }: ServerFlags): string | undefined {
  if (data !== undefined) return data;
  // Nobody could say next time which server's data those of a port picked by the system are.
  if (memory === true || port === 0) return undefined;
  return join(userFolder("data", process.env), `server-${port}`);
}

/** Above it, our own clients would refuse the table. */
const COUNTS_MAX: Partial<Record<Limit, number>> = { nicksMax: V1_TABLE_ROWS_MAX };
