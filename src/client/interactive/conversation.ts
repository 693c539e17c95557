import { type ChatClient, ClientError, type ClientEvent, type Receipt } from "../api.ts";
import { type Completion, complete } from "./completion.ts";
import type { Manner } from "./manner.ts";
import { Presence } from "./presence.ts";
import { printable } from "./printable.ts";
import { HELP_LINES, readAction } from "./read-action.ts";
import { EXITING, eventLines, receiptLines, refusalLines, SERVER_SILENT } from "./status-lines.ts";
import { tableLines } from "./table-lines.ts";
import type { Tone } from "./tone.ts";

export interface ConversationOptions {
  readonly manner: Manner;
  /** Whether a server that falls silent is waited for once the user was online. Default: that is the end. */
  readonly patient?: boolean;
  /** What to wait for after a registration before the next line is read. Default: nothing. */
  readonly handover?: () => Promise<void>;
  /** Shows one line, safe to print. */
  readonly print: (line: string, tone: Tone) => void;
  /** See `eventLines`. */
  readonly utcOffsetMs: (dateMs: number) => number;
}

/** `left`: the user is done; `server-silent`: the server does not answer, so there is nothing more to do. */
export type Ending = "left" | "server-silent";

/**
 * The interactive client without its terminal: typed lines in, printed lines out.
 *
 * The caller calls `begin`, then `handleLine` for each line. Waiting for one line's end before giving the next keeps
 * the output in the input's order; not waiting lets messages be under way side by side, while what goes online or
 * offline waits for the lines before it, and those after wait for it. `leave` says that no line follows. `ended` tells
 * when and how it is over; it never rejects. Closing the client stays with the caller.
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
  /** Commands that go online or offline, one after the other, and how many are not done. */
  #turns: Promise<void> = Promise.resolve();
  #turnsLeft = 0;
  readonly #presence = new Presence();
  #wasOnline = false;
  #serverLost = false;
  /** That the server is silent was said, and nothing was typed or shown since. */
  #silenceSaid = false;
  #latestPartner: string | undefined;
  #over = false;

  constructor(client: ChatClient, options: ConversationOptions) {
    this.#client = client;
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#end = resolve;
    this.#unsubscribe = client.subscribe((event) => this.#handleEvent(event));
  }

  /** Registers, in the modern manner. Resolves to whether the user is online now. */
  async begin(): Promise<boolean> {
    if (this.#options.manner === "modern") await this.#inTurn(() => this.#register());
    return this.#client.registered;
  }

  handleLine(line: string): Promise<void> {
    // Not read before: what it means depends on whether the user will be online.
    if (this.#turnsLeft > 0) return this.#turns.then(() => this.handleLine(line));
    if (this.#over || this.#cancel.signal.aborted) return Promise.resolve();
    this.#silenceSaid = false;
    return this.#act(line);
  }

  /** Goes offline and ends. `inHaste` does not wait for messages under way. */
  leave({ inHaste = false }: { readonly inHaste?: boolean } = {}): Promise<void> {
    if (inHaste) this.#cancel.abort();
    return this.#inTurn(() => this.#leave());
  }

  /** What may follow what is typed up to the cursor. */
  complete(line: string): Completion {
    const { nick, contacts } = this.#client;
    return complete(line, { own: nick, others: contacts.keys(), latest: this.#latestPartner });
  }

  async #act(line: string): Promise<void> {
    const { nick, registered, contacts } = this.#client;
    const action = readAction(line, { nick, registered, manner: this.#options.manner });
    switch (action.kind) {
      case "send":
        return this.#send(action.to, action.text);
      case "register":
        return this.#inTurn(() => this.#register());
      case "deregister":
        return this.#inTurn(() => this.#deregister());
      case "quit":
        return this.leave();
      case "table":
        return this.#showList("[Client table]", tableLines(contacts.values()));
      case "help":
        return this.#showList(
          "[Commands]",
          HELP_LINES.map((text) => ({ text, tone: "list" })),
        );
      case "mistake":
        return this.#show(action.lines, "problem");
      case "nothing":
    }
  }

  async #leave(): Promise<void> {
    if (this.#client.registered) {
      if (this.#serverLost) return this.#leaveSilentServer();
      await this.#deregister({ leaving: true });
    }
    this.#finish("left");
  }

  /** Tells it all the same, in case that it hears, but does not wait for an answer. */
  async #leaveSilentServer(): Promise<void> {
    const noWait = new AbortController();
    const told = this.#client.deregister({ signal: noWait.signal });
    noWait.abort();
    await told.catch(() => {});
    this.#giveUp();
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turnsLeft += 1;
    this.#turns = this.#turns.then(async () => {
      await Promise.all(this.#sends);
      if (!this.#over) await work();
      this.#turnsLeft -= 1;
    });
    return this.#turns;
  }

  #send(to: string, text: string): Promise<void> {
    const send = this.#client.send(to, text, { signal: this.#cancel.signal }).then((receipt) => {
      this.#sends.delete(send);
      this.#showReceipt(to, receipt);
    });
    this.#sends.add(send);
    return send;
  }

  #showReceipt(to: string, receipt: Receipt): void {
    if (receipt.kind !== "failed") this.#latestPartner = to;
    this.#show(receiptLines(to, receipt), receipt.kind === "failed" ? "problem" : "status");
    if (receipt.kind !== "failed" || receipt.reason !== "SERVER_NOT_RESPONDING") return;
    if (this.#staysInSilence)
      this.#show([`[Message to ${to} not sent. It may have arrived all the same.]`], "problem");
    else this.#giveUp();
  }

  async #register(): Promise<void> {
    await this.#request(() => this.#client.register({ signal: this.#cancel.signal }));
    if (this.#client.registered) await this.#options.handover?.();
  }

  #deregister({ leaving = false } = {}): Promise<void> {
    const options = leaving ? {} : { signal: this.#cancel.signal };
    return this.#request(() => this.#client.deregister(options), { leaving });
  }

  async #request(request: () => Promise<unknown>, { leaving = false } = {}): Promise<void> {
    try {
      await request();
    } catch (error) {
      if (this.#cancel.signal.aborted && !(error instanceof ClientError)) return;
      if (!(error instanceof ClientError)) throw error;
      this.#show(refusalLines(error), "problem");
      if (error.code === "SERVER_NOT_RESPONDING" && (leaving || !this.#staysInSilence)) this.#giveUp();
    }
  }

  get #staysInSilence(): boolean {
    return this.#options.patient === true && this.#wasOnline;
  }

  #giveUp(): void {
    this.#show([EXITING], "problem");
    this.#finish("server-silent");
  }

  #finish(ending: Ending): void {
    this.#over = true;
    this.#unsubscribe();
    this.#end(ending);
  }

  #handleEvent(event: ClientEvent): void {
    if (event.kind === "message") this.#latestPartner = event.from;
    else if (event.kind === "registered") this.#wasOnline = true;
    else if (event.kind === "server-lost" || event.kind === "server-back") {
      this.#serverLost = event.kind === "server-lost";
    }
    this.#show(this.#linesAbout(event), toneOf(event));
  }

  /** The original says that the table changed, again and again; the modern manner says who came and who left. */
  #linesAbout(event: ClientEvent): readonly string[] {
    if (event.kind !== "table" || this.#options.manner === "classic") {
      return eventLines(event, this.#options.utcOffsetMs);
    }
    const line = this.#presence.update(event.contacts);
    return line === undefined ? [] : [line];
  }

  #show(lines: readonly string[], tone: Tone): void {
    for (const line of lines) {
      // The client tells that the server is lost, and then what failed for it: once is enough.
      if (this.#over || (line === SERVER_SILENT && this.#silenceSaid)) continue;
      this.#silenceSaid = line === SERVER_SILENT;
      this.#options.print(`>>> ${printable(line)}`, tone);
    }
  }

  #showList(title: string, lines: readonly { readonly text: string; readonly tone: Tone }[]): void {
    this.#show([title], "status");
    for (const { text, tone } of lines) this.#options.print(`      ${printable(text)}`, tone);
  }
}

function toneOf({ kind }: ClientEvent): Tone {
  switch (kind) {
    case "message":
      return "message";
    case "unacknowledged":
    case "server-lost":
    case "notice":
      return "problem";
    default:
      return "status";
  }
}
