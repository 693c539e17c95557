import { type ChatClient, ClientError } from "../api.ts";
import type { Manner } from "./manner.ts";
import { printable } from "./printable.ts";
import { type Action, HELP_LINES, readAction } from "./read-action.ts";
import { eventLines, receiptLines, refusalLines, tableRows } from "./status-lines.ts";

export interface ConversationOptions {
  readonly manner: Manner;
  /** Shows one line, safe to print. */
  readonly print: (line: string) => void;
  /** See `eventLines`. */
  readonly utcOffsetMs: (dateMs: number) => number;
}

/** `left`: the user is done; `server-silent`: the server does not answer, so there is nothing more to do. */
export type Ending = "left" | "server-silent";

/**
 * The interactive client without its terminal: typed lines in, printed lines out.
 *
 * The caller calls `begin`, then `handleLine` for each line. Waiting for one line's end before giving the next keeps
 * the output in the input's order; not waiting lets messages be under way side by side, while commands other than
 * `send` wait for those before them. `leave` says that no line follows. `ended` tells when and how it is over; it never
 * rejects. Closing the client stays with the caller.
 */
export class Conversation {
  readonly ended: Promise<Ending>;
  readonly #client: ChatClient;
  readonly #options: ConversationOptions;
  readonly #end: (ending: Ending) => void;
  readonly #cancel = new AbortController();
  readonly #unsubscribe: () => void;
  /** Messages under way. */
  readonly #sends = new Set<Promise<void>>();
  /** All commands but `send`, one after the other. */
  #commands: Promise<void> = Promise.resolve();
  #over = false;

  constructor(client: ChatClient, options: ConversationOptions) {
    this.#client = client;
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#end = resolve;
    this.#unsubscribe = client.subscribe((event) => this.#show(eventLines(event, options.utcOffsetMs)));
  }

  /** Registers, in the modern manner. Resolves to whether the user is online now. */
  async begin(): Promise<boolean> {
    if (this.#options.manner === "modern") await this.#register();
    return this.#client.registered;
  }

  handleLine(line: string): Promise<void> {
    if (this.#over) return Promise.resolve();
    const situation = {
      nick: this.#client.nick,
      registered: this.#client.registered,
      manner: this.#options.manner,
    };
    const action = readAction(line, situation);
    return action.kind === "send"
      ? this.#send(action.to, action.text)
      : this.#inTurn(() => this.#act(action));
  }

  /** Goes offline and ends. `inHaste` does not wait for messages under way. */
  leave({ inHaste = false }: { readonly inHaste?: boolean } = {}): Promise<void> {
    if (inHaste) this.#cancel.abort();
    return this.#inTurn(() => this.#leave());
  }

  async #act(action: Exclude<Action, { kind: "send" }>): Promise<void> {
    switch (action.kind) {
      case "register":
        return this.#register();
      case "deregister":
        return this.#deregister();
      case "table":
        return this.#showList("[Client table]", tableRows(this.#client.contacts.values()));
      case "help":
        return this.#showList("[Commands]", HELP_LINES);
      case "mistake":
        return this.#show(action.lines);
      case "quit":
        return this.#leave();
      case "nothing":
    }
  }

  async #leave(): Promise<void> {
    if (this.#client.registered) await this.#deregister({ alsoWhenCancelled: true });
    this.#finish("left");
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#commands = this.#commands.then(async () => {
      await Promise.all(this.#sends);
      if (!this.#over) await work();
    });
    return this.#commands;
  }

  #send(to: string, text: string): Promise<void> {
    const tried = this.#client.contacts.get(to)?.online === true;
    const send = this.#client.send(to, text, { signal: this.#cancel.signal }).then((receipt) => {
      this.#sends.delete(send);
      this.#show(receiptLines(to, receipt, { tried }));
      if (receipt.kind === "failed" && receipt.reason === "SERVER_NOT_RESPONDING")
        this.#finish("server-silent");
    });
    this.#sends.add(send);
    return send;
  }

  #register(): Promise<void> {
    return this.#request(() => this.#client.register({ signal: this.#cancel.signal }));
  }

  #deregister({ alsoWhenCancelled = false } = {}): Promise<void> {
    const options = alsoWhenCancelled ? {} : { signal: this.#cancel.signal };
    return this.#request(() => this.#client.deregister(options));
  }

  async #request(request: () => Promise<unknown>): Promise<void> {
    try {
      await request();
    } catch (error) {
      if (this.#cancel.signal.aborted && !(error instanceof ClientError)) return;
      if (!(error instanceof ClientError)) throw error;
      this.#show(refusalLines(error));
      if (error.code === "SERVER_NOT_RESPONDING") this.#finish("server-silent");
    }
  }

  #finish(ending: Ending): void {
    this.#over = true;
    this.#unsubscribe();
    this.#end(ending);
  }

  #show(lines: readonly string[]): void {
    if (this.#over) return;
    for (const line of lines) this.#options.print(`>>> ${printable(line)}`);
  }

  #showList(title: string, lines: readonly string[]): void {
    this.#show([title]);
    for (const line of lines) this.#options.print(`      ${printable(line)}`);
  }
}
