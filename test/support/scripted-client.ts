import type {
  ChatClient,
  ClientEvent,
  Contact,
  MessageId,
  Receipt,
  Registration,
} from "../../src/client/api.ts";

/** A client whose answers the test decides, each when it likes. */
export class ScriptedClient implements ChatClient {
  readonly nick = "x";
  readonly address = { host: "127.0.0.1", port: 4_000 };
  readonly contacts = new Map<string, Contact>();
  readonly protocol = 1;
  registered = false;
  readonly busy = false;
  /** What was asked of it, in order, e.g. `send y hi`. */
  readonly asked: string[] = [];
  /** How registrations and deregistrations end; default well. */
  refusal: Error | undefined;
  /** Deregistrations do not end unless they are aborted. */
  silent = false;
  readonly #listeners = new Set<(event: ClientEvent) => void>();
  readonly #sends: { readonly resolve: (receipt: Receipt) => void }[] = [];

  async register(): Promise<Registration> {
    this.asked.push("register");
    if (this.refusal) throw this.refusal;
    this.registered = true;
    this.tell({ kind: "registered", outcome: "new" });
    return { outcome: "new" };
  }

  async deregister({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.asked.push("deregister");
    if (this.silent)
      await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    if (this.refusal) throw this.refusal;
    this.registered = false;
    this.tell({ kind: "deregistered" });
  }

  send(to: string, text: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Receipt> {
    this.asked.push(`send ${to} ${text}`);
    const { promise, resolve } = Promise.withResolvers<Receipt>();
    this.#sends.push({ resolve });
    signal?.addEventListener("abort", () => {
      resolve({ kind: "failed", reason: "ABORTED", detail: "the send was aborted", attempts: 1 });
    });
    return promise;
  }

  newMessageId(): MessageId {
    return { epoch: 0, seq: 1 };
  }

  /** Ends the oldest send that is under way. */
  answer(receipt: Receipt): void {
    this.#sends.shift()?.resolve(receipt);
  }

  tell(event: ClientEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  shows(nick: string, online: boolean): void {
    this.contacts.set(nick, { nick, online, address: { host: "127.0.0.1", port: 5_000 }, protocol: 1 });
  }

  subscribe(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  beforeTransmit(): never {
    throw new TypeError("a conversation keeps nothing");
  }

  events(): never {
    throw new TypeError("a conversation subscribes");
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
