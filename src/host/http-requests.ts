import type { HttpOutcome, HttpRequest } from "../bot/http.ts";
import type { Clock } from "../net/network.ts";
import { REQUESTS_MAX } from "./pipe/bounds.ts";

/** What comes back is kept in memory twice, here and in the bot. */
const RESPONSE_BYTES_MAX = 204_800;
const REQUEST_BYTES_MAX = 204_800;
const HEADERS_CHARS_MAX = 16_384;
const TIMEOUT_MS_MAX = 60_000;

/** What would let a bot speak in the name of another, or break the framing of the request. */
const HEADERS_OF_OURS = new Set([
  ...["host", "connection", "content-length", "transfer-encoding", "upgrade", "expect", "keep-alive", "te"],
  ...["trailer", "proxy-authorization", "proxy-connection"],
]);

/** Answers a request that is granted. */
export type HttpTransport = (request: HttpRequest, signal: AbortSignal) => Promise<HttpOutcome>;

/** The requests of one bot: each is held against the bot's grants, bounded in size and time, and made by the host. */
export class HttpRequests {
  readonly #granted: ReadonlySet<string>;
  readonly #clock: Clock;
  readonly #transport: HttpTransport;
  #underWay = 0;

  /** @param granted Hosts, as `status.example.org` or `127.0.0.1:8080`. A host without a port is granted the usual ones. */
  constructor(granted: readonly string[], clock: Clock, transport: HttpTransport = fetchOverNetwork) {
    this.#granted = new Set(granted.map((host) => host.toLowerCase()));
    this.#clock = clock;
    this.#transport = transport;
  }

  /** Never rejects. Virtual time stands still meanwhile, since the request is made in real time. */
  async perform(request: HttpRequest): Promise<HttpOutcome> {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) return refusal;
    const release = this.#clock.hold();
    this.#underWay++;
    try {
      const signal = AbortSignal.timeout(Math.min(Math.max(request.timeoutMs, 1), TIMEOUT_MS_MAX));
      return await this.#transport(request, signal);
    } catch (error) {
      return errorOutcome(error, request);
    } finally {
      this.#underWay--;
      release();
    }
  }

  #refusal({ url, headers, body = "" }: HttpRequest): HttpOutcome | undefined {
    const parsed = URL.parse(url);
    if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
      return refused("BAD_REQUEST", `${JSON.stringify(url)} is no URL of http or https`);
    }
    if (parsed.username !== "" || parsed.password !== "") {
      return refused("BAD_REQUEST", "a URL with a password in it is not taken; send a header");
    }
    if (!this.#granted.has(parsed.host)) {
      return refused("NOT_GRANTED", `requests to ${parsed.host} are not granted to this bot`);
    }
    const ours = Object.keys(headers).find((name) => HEADERS_OF_OURS.has(name.toLowerCase()));
    if (ours !== undefined) return refused("BAD_REQUEST", `the header ${ours} is not the bot's to set`);
    if (Buffer.byteLength(body) > REQUEST_BYTES_MAX) {
      return refused("TOO_LARGE", `a request has at most ${REQUEST_BYTES_MAX} bytes`);
    }
    if (this.#underWay >= REQUESTS_MAX) {
      return refused("TOO_MANY", `more than ${REQUESTS_MAX} requests are under way`);
    }
    return undefined;
  }
}

/** A redirection is an answer like any other: where it leads may not be granted. */
async function fetchOverNetwork(
  { method, url, headers, body }: HttpRequest,
  signal: AbortSignal,
): Promise<HttpOutcome> {
  const response = await fetch(url, {
    method,
    headers,
    signal,
    redirect: "manual",
    ...(body !== undefined && { body }),
  });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > RESPONSE_BYTES_MAX) {
      return refused("TOO_LARGE", `the answer has more than ${RESPONSE_BYTES_MAX} bytes`);
    }
    chunks.push(chunk);
  }
  const texts = Object.fromEntries(response.headers);
  if (JSON.stringify(texts).length > HEADERS_CHARS_MAX) {
    return refused("TOO_LARGE", `the answer's headers have more than ${HEADERS_CHARS_MAX} characters`);
  }
  const text = new TextDecoder().decode(Buffer.concat(chunks));
  return { kind: "response", status: response.status, headers: texts, text };
}

function errorOutcome(error: unknown, { url, timeoutMs }: HttpRequest): HttpOutcome {
  const { name, message, cause } = error instanceof Error ? error : new Error(String(error));
  if (name === "TimeoutError") return refused("TIMED_OUT", `${url} did not answer within ${timeoutMs} ms`);
  // What fetch says of a connection that failed is in the cause; of a request that is none it throws without one.
  const why = cause instanceof Error ? cause.message || String((cause as { code?: unknown }).code) : message;
  return refused(cause === undefined ? "BAD_REQUEST" : "UNREACHABLE", `${url}: ${why}`);
}

function refused(
  code: Extract<HttpOutcome, { kind: "error" }>["code"],
  message: string,
): Extract<HttpOutcome, { kind: "error" }> {
  return { kind: "error", code, message };
}
