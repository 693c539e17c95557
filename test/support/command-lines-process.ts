/** The process in which `callCli` has its commands run. It ends with the one that began it. */
import { main } from "../../src/cli/main.ts";
import type { Finished } from "./cli.ts";

export interface Call {
  readonly id: number;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly id: number;
  readonly finished: Finished;
}

let before: Promise<unknown> = Promise.resolve();

process.on("message", ({ id, ...call }: Call) => {
  before = before.then(async () => {
    process.send?.({ id, finished: await perform(call) } satisfies Answer);
  });
});
process.on("disconnect", () => process.exit());

async function perform({ args, cwd, env }: Omit<Call, "id">): Promise<Finished> {
  using after = new DisposableStack();
  process.chdir(cwd);
  for (const [name, value] of Object.entries(env)) after.defer(setVariable(name, value));
  const stdout = after.use(new Capture(process.stdout));
  const stderr = after.use(new Capture(process.stderr));
  process.exitCode = undefined;

  await main(args);

  const exitCode = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

/** @returns what sets it back */
function setVariable(name: string, value: string): () => void {
  const old = process.env[name];
  process.env[name] = value;
  return () => {
    if (old === undefined) delete process.env[name];
    else process.env[name] = old;
  };
}

class Capture implements Disposable {
  text = "";
  readonly #stream: NodeJS.WriteStream;
  readonly #write: NodeJS.WriteStream["write"];

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#write = stream.write;
    stream.write = (chunk: string | Uint8Array, ...rest: readonly unknown[]) => {
      this.text += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
      const written = rest.find((one) => typeof one === "function");
      if (written !== undefined) process.nextTick(written);
      return true;
    };
  }

  [Symbol.dispose](): void {
    this.#stream.write = this.#write;
    // Each command listens for itself whether somebody reads.
    this.#stream.removeAllListeners("error");
  }
}
