/** Requests over HTTP. The bot only asks: the host makes them, if they are granted. */
import type { Duration } from "./duration.ts";
import { readDuration } from "./duration.ts";
import { type StandardSchema, validateNow } from "./standard-schema.ts";

/**
 * HTTP for a bot, to the hosts that its `needs` name and its owner has granted.
 *
 * What comes back with a status of 400 or more is an answer, too: look at `ok`. A request that a crash cut off is made
 * again when the handler is.
 */
export interface Http {
  /** @throws {HttpError} when no answer came. */
  get(url: string, options?: HttpOptions): Promise<HttpResponse>;
  /** @throws {HttpError} */
  post(url: string, options?: HttpOptions): Promise<HttpResponse>;
  /** Any other method. @throws {HttpError} */
  request(method: string, url: string, options?: HttpOptions): Promise<HttpResponse>;
}

export interface HttpOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly body?: string;
  /** Sent as JSON, with the header that says so. */
  readonly json?: unknown;
  /** Default 10 s, at most a minute. */
  readonly timeout?: Duration;
}

export interface HttpResponse {
  readonly status: number;
  /** Whether the status is from 200 to 299. */
  readonly ok: boolean;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most 200 KiB; a larger answer is an error. */
  readonly text: string;
  /** @throws {SyntaxError} when the text is no JSON. */
  json(): unknown;
  /** @throws {TypeError} when it does not fit the schema, and says where. */
  json<Output>(schema: StandardSchema<Output>): Output;
}

export type HttpErrorCode =
  /** The owner has not granted this host. */
  | "NOT_GRANTED"
  /** The URL, a header or the method is none, or the URL is not http(s). */
  | "BAD_REQUEST"
  | "TIMED_OUT"
  | "TOO_LARGE"
  /** No connection, or one that broke. */
  | "UNREACHABLE"
  /** More requests at once than a bot may make. */
  | "TOO_MANY";

export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly code: HttpErrorCode;

  constructor(code: HttpErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** What crosses to the host. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
}

/** What comes back. */
export type HttpOutcome =
  | {
      readonly kind: "response";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly text: string;
    }
  | { readonly kind: "error"; readonly code: HttpErrorCode; readonly message: string };

const TIMEOUT_MS_DEFAULT = 10_000;
const TIMEOUT_MS_MAX = 60_000;

/** The author's side of `ask`, which hands a request to the host. */
export function createHttp(ask: (request: HttpRequest) => Promise<HttpOutcome>): Http {
  const request = async (
    method: string,
    url: string,
    { headers = {}, body, json, timeout = TIMEOUT_MS_DEFAULT }: HttpOptions = {},
  ): Promise<HttpResponse> => {
    if (typeof url !== "string") throw new TypeError("a request needs a URL as text");
    const text = json === undefined ? body : JSON.stringify(json);
    const outcome = await ask({
      method: method.toUpperCase(),
      url,
      headers: { ...(json !== undefined && { "content-type": "application/json" }), ...headers },
      timeoutMs: Math.min(readDuration(timeout), TIMEOUT_MS_MAX),
      ...(text !== undefined && { body: text }),
    });
    if (outcome.kind === "error") throw new HttpError(outcome.code, outcome.message);
    return response(outcome);
  };
  return {
    get: (url, options) => request("GET", url, options),
    post: (url, options) => request("POST", url, options),
    request,
  };
}

function response({ status, headers, text }: Extract<HttpOutcome, { kind: "response" }>): HttpResponse {
  return {
    status,
    ok: status >= 200 && status <= 299,
    headers,
    text,
    json: <Output>(schema?: StandardSchema<Output>): Output => {
      const value: unknown = JSON.parse(text);
      return schema === undefined ? (value as Output) : validateNow(schema, value, "the answer");
    },
  };
}
