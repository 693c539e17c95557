import "./state-home.ts";
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Finished, ROOT } from "./cli.ts";
import type { Answer, Call } from "./command-lines-process.ts";

const PROGRAM = fileURLToPath(new URL("./command-lines-process.ts", import.meta.url));

const waiting = new Map<number, PromiseWithResolvers<Finished>>();
let child: ChildProcess | undefined;
let lastId = 0;

/**
 * Runs a command that reads no input, one call after the other in one process: to start one takes far longer than most of what is
 * asked of it. So it shows what a command says and comes to. How the program begins and ends, and what signals, terminals and
 * pipes do to it, is for `runCli`.
 */
export function callCli(
  args: readonly string[],
  { cwd = ROOT, env = {} }: Partial<Pick<Call, "cwd" | "env">> = {},
): Promise<Finished> {
  child ??= begin();
  child.ref();
  child.channel?.ref();
  lastId += 1;
  const finished = Promise.withResolvers<Finished>();
  waiting.set(lastId, finished);
  child.send({ id: lastId, args, cwd, env: { NO_COLOR: "1", ...env } } satisfies Call);
  return finished.promise;
}

function begin(): ChildProcess {
  const begun = fork(PROGRAM, {
    execArgv: ["--conditions=source"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  begun.on("message", ({ id, finished }: Answer) => {
    waiting.get(id)?.resolve(finished);
    waiting.delete(id);
    if (waiting.size > 0) return;
    // Whoever has no more to ask may end.
    begun.unref();
    begun.channel?.unref();
  });
  begun.on("exit", (code, signal) => {
    child = undefined;
    const error = new Error(`a command ended the process that it shares: ${code ?? signal}`);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  });
  return begun;
}
