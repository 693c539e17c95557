import { connect } from "node:net";
import path from "node:path";
import type { LogRecord } from "../log-record.ts";
import {
  CONTROL_SOCKET,
  ControlRefusal,
  type ControlReply,
  type ControlRequest,
  type ControlResult,
} from "./protocol.ts";

/** No host answers in that folder. */
export class NoHostError extends Error {
  override readonly name = "NoHostError";
}

/**
 * Asks a running host for something.
 *
 * @param folder the host's data folder
 * @param onLog called with each line of the log, for `logs`
 * @returns what the host answers; for a log that is followed, when it follows no more: the host has ended, or has let go of a
 * reader who was too far behind
 * @throws {NoHostError} when none runs there, or it ends before it has answered
 * @throws {ControlRefusal} when the host says no
 * @throws the signal's reason when it aborts
 */
export async function askHost(
  folder: string,
  request: ControlRequest,
  {
    onLog = () => {},
    signal,
  }: { readonly onLog?: (record: LogRecord) => void; readonly signal?: AbortSignal } = {},
): Promise<ControlResult> {
  const socket = connect(path.join(folder, CONTROL_SOCKET));
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  socket.on("error", (cause) => failure.reject(noHost(folder, cause)));
  const abort = () => {
    failure.reject(signal?.reason);
    socket.destroy();
  };
  if (signal?.aborted === true) abort();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([
      new Promise<void>((resolve) => socket.once("connect", () => resolve())),
      failure.promise,
    ]);
    socket.write(`${JSON.stringify(request)}\n`);
    const reply = await Promise.race([lastReply(socket, onLog), failure.promise]);
    if (reply !== undefined) return reply;
    if (request.command === "logs" && request.follow) return {};
    throw noHost(folder);
  } finally {
    signal?.removeEventListener("abort", abort);
    socket.destroy();
  }
}

/** `undefined` when there is none. */
async function lastReply(
  socket: ReturnType<typeof connect>,
  onLog: (record: LogRecord) => void,
): Promise<ControlResult | undefined> {
  let rest = "";
  for await (const chunk of socket.setEncoding("utf8")) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const reply = JSON.parse(line) as ControlReply;
      if (reply.kind === "log") onLog(reply.record);
      else if (reply.kind === "done") return reply.result;
      else throw new ControlRefusal(reply.code, reply.message, reply.known);
    }
  }
  return undefined;
}

function noHost(folder: string, cause?: unknown): NoHostError {
  const { code } = (cause ?? {}) as { readonly code?: unknown };
  if (cause === undefined) return new NoHostError(`the host in ${folder} ended before it answered`);
  if (code === "EACCES") return new NoHostError(`the host in ${folder} belongs to somebody else`, { cause });
  return new NoHostError(`no host runs in ${folder}`, { cause });
}
