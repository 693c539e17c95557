import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Address } from "../../src/protocol/address.ts";
import type { Answer, Command } from "./other-end.ts";

const OTHER_END = fileURLToPath(new URL("./other-end.ts", import.meta.url));

/** The process at the other end, and what it can be told. */
export class OtherEnd implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, PromiseWithResolvers<Answer>>();
  #lastId = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", ({ id, answer, error }: { id: number; answer?: Answer; error?: string }) => {
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      if (error === undefined) pending?.resolve(answer ?? {});
      else pending?.reject(new Error(`at the other end: ${error}`));
    });
    child.on("exit", (code) => {
      for (const { reject } of this.#pending.values()) reject(new Error(`the other end ended with ${code}`));
    });
  }

  static start(): OtherEnd {
    return new OtherEnd(fork(OTHER_END, { execArgv: ["--conditions=source"] }));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  tell(command: Command): Promise<Answer> {
    this.#lastId += 1;
    const pending = Promise.withResolvers<Answer>();
    this.#pending.set(this.#lastId, pending);
    this.#child.send({ id: this.#lastId, command });
    return pending.promise;
  }

  /** Of what a command opened. */
  async open(command: Command): Promise<Address> {
    const { address } = await this.tell(command);
    if (address === undefined) throw new TypeError(`${command.kind} opens nothing`);
    return address;
  }

  async count(command: Command): Promise<number> {
    return (await this.tell(command)).count ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.disconnect();
    await exit;
  }
}
