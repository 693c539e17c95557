/** The real program's bot host in a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../src/cli/bin.ts", import.meta.url));
const READY = /^udpchat host runs /;
const READY_MS = 30_000;

export class HostProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves once its bots have been started. */
  static async start(file: string): Promise<HostProcess> {
    const args = ["--conditions=source", BIN, "host", "up", file, "--log-level", "error"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout });
    const signal = AbortSignal.timeout(READY_MS);
    const [line] = await Promise.race([
      once(lines, "line", { signal }),
      once(child, "exit", { signal }).then(([code]) => {
        throw new Error(`the host ended with ${code} before it was ready`);
      }),
    ]);
    if (!READY.test(String(line))) throw new Error(`not a ready line: ${line}`);
    return new HostProcess(child);
  }

  /** Ends it by a signal and resolves when it is gone. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.kill(signal);
    await exit;
  }
}
