import { createServer } from "node:http";
import { Counter, Gauge, Registry } from "prom-client";
import { type Address, formatAddress } from "../protocol/address.ts";
import type { RunningServer } from "./api.ts";
import type { ServerCounts } from "./server-counts.ts";

export interface MetricsEndpoint extends AsyncDisposable {
  /** Where to read them, e.g. `http://127.0.0.1:9100/metrics`. */
  readonly url: string;
}

/**
 * Serves a server's figures over HTTP in the text format that Prometheus reads.
 *
 * @throws the system's error when the port cannot be opened, e.g. with `code` `EADDRINUSE`.
 */
export async function serveMetrics(server: RunningServer, { host, port }: Address): Promise<MetricsEndpoint> {
  const registry = metricsOf(server);
  const http = createServer((request, response) => {
    if (request.url !== "/metrics" || request.method !== "GET") {
      response.writeHead(404, { "content-type": "text/plain" }).end("the figures are at /metrics\n");
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
      (error: unknown) => response.writeHead(500, { "content-type": "text/plain" }).end(`${String(error)}\n`),
    );
  });
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject).listen({ host, port }, resolve);
  });
  const bound = http.address();
  const url = `http://${formatAddress({ host, port: typeof bound === "object" && bound !== null ? bound.port : port })}/metrics`;
  return {
    url,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}

type Total = { [K in keyof ServerCounts]: ServerCounts[K] extends number ? K : never }[keyof ServerCounts];

const TOTALS: readonly (readonly [Total, name: string, help: string])[] = [
  ["datagramsReceived", "datagrams_received_total", "Datagrams received."],
  ["bytesReceived", "received_bytes_total", "Bytes of UDP payload received."],
  ["datagramsSent", "datagrams_sent_total", "Datagrams sent."],
  ["bytesSent", "sent_bytes_total", "Bytes of UDP payload sent."],
  ["registrations", "registrations_total", "Registrations, first ones and returns."],
  ["deregistrations", "deregistrations_total", "Clients that said goodbye."],
  ["vanished", "vanished_total", "Clients that did not answer any more."],
  ["messagesSaved", "messages_saved_total", "Messages kept for somebody who was away."],
  ["messagesDelivered", "messages_delivered_total", "Saved messages whose arrival was confirmed."],
];

const LABELLED = [
  ["refused", "requests_refused_total", "Requests refused, by request and reason."],
  ["dropped", "datagrams_dropped_total", "Datagrams not acted on, by reason."],
  ["faults", "faults_total", "Errors of the store and the network, by code."],
] as const;

function metricsOf(server: RunningServer): Registry {
  const registry = new Registry();
  const registers = [registry];
  for (const [key, name, help] of TOTALS) {
    new Counter({
      name: `udpchat_${name}`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(server.counts[key]);
      },
    });
  }
  for (const [key, name, help] of LABELLED) {
    new Counter({
      name: `udpchat_${name}`,
      help,
      registers,
      labelNames: ["reason"],
      collect() {
        this.reset();
        for (const [reason, count] of server.counts[key]) this.inc({ reason }, count);
      },
    });
  }
  for (const [key, help] of [
    ["known", "Nicknames that the server knows."],
    ["online", "Nicknames that are online."],
  ] as const) {
    new Gauge({
      name: `udpchat_clients_${key}`,
      help,
      registers,
      collect() {
        this.set(server.population[key]);
      },
    });
  }
  return registry;
}
