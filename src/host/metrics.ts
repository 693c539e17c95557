import { createServer } from "node:http";
import { Gauge, Registry } from "prom-client";
import { type Address, formatAddress } from "../protocol/address.ts";
import type { BotStatus, HostStatus } from "./host-status.ts";

export interface HostEndpoint extends AsyncDisposable {
  /** Where to ask, e.g. `http://127.0.0.1:9101`. */
  readonly url: string;
}

/**
 * Serves a host's figures at `/metrics`, in the text format that Prometheus reads, and at `/health` whether all its bots are
 * well: 200 or 503, with the states as JSON.
 *
 * @throws the system's error when the port cannot be opened, e.g. with `code` `EADDRINUSE`.
 */
export async function serveHostMetrics(
  status: () => HostStatus,
  { host, port }: Address,
): Promise<HostEndpoint> {
  const registry = metricsOf(status);
  const http = createServer((request, response) => {
    if (request.method === "GET" && request.url === "/health") {
      const { isWell, bots, journal } = healthOf(status());
      response.writeHead(isWell ? 200 : 503, { "content-type": "application/json" });
      response.end(`${JSON.stringify({ ok: isWell, bots, journal })}\n`);
    } else if (request.method === "GET" && request.url === "/metrics") {
      registry.metrics().then(
        (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
        (error: unknown) =>
          response.writeHead(500, { "content-type": "text/plain" }).end(`${String(error)}\n`),
      );
    } else {
      response
        .writeHead(404, { "content-type": "text/plain" })
        .end("the figures are at /metrics, the health at /health\n");
    }
  });
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject).listen({ host, port }, resolve);
  });
  const bound = http.address();
  const address = { host, port: typeof bound === "object" && bound !== null ? bound.port : port };
  return {
    url: `http://${formatAddress(address)}`,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}

/** A bot that waits for its nickname, or that was stopped, is as it should be. */
function healthOf({ bots, journalTrouble }: HostStatus): {
  readonly isWell: boolean;
  readonly bots: Readonly<Record<string, string>>;
  readonly journal: string | undefined;
} {
  const isWell = journalTrouble === undefined && bots.every(({ state }) => state !== "failed");
  return {
    isWell,
    bots: Object.fromEntries(bots.map(({ name, state }) => [name, state])),
    journal: journalTrouble,
  };
}

const FIGURES: readonly (readonly [
  name: string,
  help: string,
  of: (bot: BotStatus) => number | undefined,
])[] = [
  ["up", "1 while the bot is running and registered.", ({ state }) => (state === "running" ? 1 : 0)],
  ["failed", "1 when the bot has failed for good.", ({ state }) => (state === "failed" ? 1 : 0)],
  ["uptime_seconds", "How long its process has lived.", ({ uptimeMs }) => uptimeMs && uptimeMs / 1_000],
  ["queue_messages", "Messages and timers that wait or are being handled.", ({ queue }) => queue],
  ["dead_letters", "Messages that were given up.", ({ deadLetters }) => deadLetters],
  ["memory_bytes", "Resident memory of its process.", ({ memoryBytes }) => memoryBytes],
  ["cpu_ratio", "Share of one processor over the last seconds.", ({ cpu }) => cpu],
  ["restarts_total", "Processes started after the first.", ({ restarts }) => restarts],
  ["messages_received_total", "Messages taken into the journal.", ({ counts }) => counts.received],
  ["messages_handled_total", "Messages and timers whose handlers are done.", ({ counts }) => counts.handled],
  ["messages_sent_total", "Messages sent by the bot.", ({ counts }) => counts.sent],
  ["messages_not_delivered_total", "Of those, how many reached nobody.", ({ counts }) => counts.notDelivered],
  [
    "messages_flooded_total",
    "Messages left out because their sender asked too much.",
    ({ counts }) => counts.flooded,
  ],
  ["handler_errors_total", "Errors that the bot's code threw.", ({ counts }) => counts.handlerErrors],
];

function metricsOf(status: () => HostStatus): Registry {
  const registry = new Registry();
  const registers = [registry];
  for (const [name, help, figureOf] of FIGURES) {
    new Gauge({
      name: `udpchat_bot_${name}`,
      help,
      registers,
      labelNames: ["bot"],
      collect() {
        this.reset();
        for (const bot of status().bots) {
          const figure = figureOf(bot);
          if (figure !== undefined) this.set({ bot: bot.name }, figure);
        }
      },
    });
  }
  new Gauge({
    name: "udpchat_host_memory_bytes",
    help: "Resident memory of the host's own process.",
    registers,
    collect() {
      this.set(status().memoryBytes);
    },
  });
  new Gauge({
    name: "udpchat_host_journal_writable",
    help: "0 while the journal cannot be written, as on a full disk, and no message is acknowledged.",
    registers,
    collect() {
      this.set(status().journalTrouble === undefined ? 1 : 0);
    },
  });
  return registry;
}
