import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import path from "node:path";
import { messageOf } from "../error-message.ts";
import type { LogRecord } from "../log-record.ts";
import {
  CONTROL_SOCKET,
  ControlRefusal,
  type ControlReply,
  type ControlRequest,
  type ControlResult,
  REQUEST_CHARS_MAX,
  readRequest,
} from "./protocol.ts";

export interface ControlPorts {
  /** @throws {ControlRefusal} */
  perform(request: Exclude<ControlRequest, { command: "logs" }>): Promise<ControlResult>;
  /** What is there of the log, oldest first. @throws {ControlRefusal} when there is no such bot */
  recentLog(bot: string | undefined, lines: number): readonly LogRecord[];
  /** Calls with what comes; returns a function that ends it. */
  followLog(bot: string | undefined, listener: (record: LogRecord) => void): () => void;
}

/** A reader that is so far behind is let go, or the host would hold his log for him. */
const BACKLOG_BYTES_MAX = 4 * 1_048_576;

/** Linux's `sun_path` (unix(7)), less its end. */
const SOCKET_PATH_BYTES_MAX = 107;

/** Listens for an operator's commands. */
export class ControlServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Answers that are being worked out; the host's last is that it has ended. */
  readonly #answers = new Set<Promise<void>>();
  readonly #ports: ControlPorts;
  readonly file: string;

  private constructor(file: string, ports: ControlPorts) {
    this.file = file;
    this.#ports = ports;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
  }

  /**
   * @param folder the host's data folder, which is locked already: a socket that is there was left behind
   * @throws {Error} when the socket cannot be opened
   */
  static async open(folder: string, ports: ControlPorts): Promise<ControlServer> {
    const file = path.join(folder, CONTROL_SOCKET);
    if (Buffer.byteLength(file) > SOCKET_PATH_BYTES_MAX) {
      throw new Error(
        `the path of the control socket is longer than ${SOCKET_PATH_BYTES_MAX} bytes: ${file}`,
      );
    }
    rmSync(file, { force: true });
    const control = new ControlServer(file, ports);
    await new Promise<void>((resolve, reject) => {
      control.#server.once("error", reject);
      control.#server.listen(file, () => resolve());
    });
    chmodSync(file, 0o600);
    return control;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.all(this.#answers);
    for (const socket of this.#sockets) socket.end();
    // Whoever does not read his end is not waited for.
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, 500);
    await closed;
    clearTimeout(timer);
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let text = "";
    let isRead = false;
    socket.setEncoding("utf8");
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("data", (chunk: string) => {
      if (isRead) return;
      text += chunk;
      const end = text.indexOf("\n");
      if (end === -1 && text.length <= REQUEST_CHARS_MAX) return;
      isRead = true;
      const answer = this.#answer(socket, end === -1 ? "" : text.slice(0, end));
      this.#answers.add(answer);
      void answer.then(() => this.#answers.delete(answer));
    });
    socket.on("end", () => {
      if (!isRead) socket.end();
    });
  }

  async #answer(socket: Socket, line: string): Promise<void> {
    const say = (reply: ControlReply) => {
      if (socket.writable) socket.write(`${JSON.stringify(reply)}\n`);
    };
    try {
      const request = readRequest(line);
      if (request === undefined)
        throw new ControlRefusal("BAD_REQUEST", "the host does not know this request");
      if (request.command === "logs") this.#log(socket, request, say);
      else {
        say({ kind: "done", result: await this.#ports.perform(request) });
        socket.end();
      }
    } catch (error) {
      say(refusalOf(error));
      socket.end();
    }
  }

  #log(
    socket: Socket,
    { bot, lines, follow }: Extract<ControlRequest, { command: "logs" }>,
    say: (reply: ControlReply) => void,
  ): void {
    for (const record of this.#ports.recentLog(bot, lines)) say({ kind: "log", record });
    if (!follow) {
      say({ kind: "done", result: {} });
      socket.end();
      return;
    }
    const end = this.#ports.followLog(bot, (record) => {
      if (socket.writableLength > BACKLOG_BYTES_MAX) socket.destroy();
      else say({ kind: "log", record });
    });
    socket.on("close", end);
    socket.on("end", () => socket.end());
  }
}

function refusalOf(error: unknown): ControlReply {
  if (error instanceof ControlRefusal) {
    const { code, message, known } = error;
    return { kind: "refused", code, message, known };
  }
  return {
    kind: "refused",
    code: "INTERNAL",
    message: messageOf(error),
  };
}
