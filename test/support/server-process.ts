/** The real program's server in a process of its own. */
import "./state-home.ts";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Address, parseAddress } from "../../src/protocol/address.ts";

const BIN = fileURLToPath(new URL("../../src/cli/bin.ts", import.meta.url));
const READY = /^udpchat server listening on (\S+)$/;
const READY_MS = 20_000;

export class ServerProcess implements AsyncDisposable {
  readonly address: Address;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, address: Address) {
    this.#child = child;
    this.address = address;
  }

  /** Resolves once it takes requests. */
  static async start(args: readonly string[]): Promise<ServerProcess> {
    const child = spawn(
      process.execPath,
      ["--conditions=source", BIN, "server", "--log-level", "error", ...args],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const lines = createInterface({ input: child.stdout });
    const signal = AbortSignal.timeout(READY_MS);
    const [line] = await Promise.race([
      once(lines, "line", { signal }),
      once(child, "exit", { signal }).then(([code]) => {
        throw new Error(`the server ended with ${code} before it was ready`);
      }),
    ]);
    const address = parseAddress(READY.exec(String(line))?.[1] ?? "");
    if (address === undefined) throw new Error(`not a ready line: ${line}`);
    return new ServerProcess(child, address);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Ends it by a signal and resolves when it is gone. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const exit = once(this.#child, "exit");
    this.#child.kill(signal);
    const [code] = await exit;
    return code as number | null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }
}
