import type { ChatClient, Receipt } from "../client/api.ts";
import type { Conversation } from "./conversation.ts";

/** Somebody who talks to the bot. He comes online when he first says something. */
export interface TestUser {
  readonly nick: string;
  /**
   * Says something to the bot, or to whom is named, and resolves when everybody has come to rest.
   *
   * @param options.auto Marked as written by a program.
   */
  says(text: string, options?: { readonly to?: string; readonly auto?: boolean }): Promise<Receipt>;
  /**
   * Takes the first message that he has heard and that nothing has taken yet, and that is equal to the text or matches the
   * pattern. Returns its text.
   *
   * @throws {AssertionError} when there is none, with the conversation so far.
   */
  hears(expected: string | RegExp): string;
  /** @throws {AssertionError} when he heard something that nothing has taken. */
  hearsNothing(): void;
  /** All that he has heard so far. */
  readonly heard: readonly string[];
  /** Comes online, again or for the first time. */
  comes(): Promise<void>;
  /** Goes offline in an orderly way. */
  leaves(): Promise<void>;
}

export interface TestUserParts {
  readonly nick: string;
  readonly bot: string;
  readonly conversation: Conversation;
  /** Opens his client. */
  open(): Promise<ChatClient>;
  /** Does something while time passes, until all is at rest. */
  act<T>(work: () => Promise<T>): Promise<T>;
}

interface Heard {
  readonly text: string;
  isTaken: boolean;
}

export class SimulatedUser implements TestUser {
  readonly nick: string;
  readonly #parts: TestUserParts;
  readonly #heard: Heard[] = [];
  #client: ChatClient | undefined;

  constructor(parts: TestUserParts) {
    this.nick = parts.nick;
    this.#parts = parts;
  }

  get heard(): readonly string[] {
    return this.#heard.map(({ text }) => text);
  }

  get busy(): boolean {
    return this.#client?.busy ?? false;
  }

  says(text: string, { to = this.#parts.bot, auto = false } = {}): Promise<Receipt> {
    return this.#parts.act(async () => {
      const client = await this.#online();
      this.#parts.conversation.said(this.nick, to, text);
      const receipt = await client.send(to, text, { auto });
      this.#parts.conversation.receipt(to, receipt);
      return receipt;
    });
  }

  hears(expected: string | RegExp): string {
    const untaken = this.#heard.filter(({ isTaken }) => !isTaken);
    const found = untaken.find(({ text }) =>
      typeof expected === "string" ? text === expected : text.search(expected) >= 0,
    );
    if (found === undefined) {
      const wanted = typeof expected === "string" ? JSON.stringify(expected) : String(expected);
      throw this.#failure(`${this.nick} has not heard ${wanted}`, untaken, this.hears);
    }
    found.isTaken = true;
    return found.text;
  }

  hearsNothing(): void {
    const untaken = this.#heard.filter(({ isTaken }) => !isTaken);
    if (untaken.length > 0)
      throw this.#failure(`${this.nick} has heard something`, untaken, this.hearsNothing);
  }

  comes(): Promise<void> {
    return this.#parts.act(async () => void (await this.#online()));
  }

  leaves(): Promise<void> {
    return this.#parts.act(async () => {
      await this.#client?.deregister();
      this.#parts.conversation.add(`${this.nick} goes offline`);
    });
  }

  async close(): Promise<void> {
    await this.#client?.close();
  }

  async #online(): Promise<ChatClient> {
    const client = this.#client ?? (await this.#open());
    if (!client.registered) {
      this.#parts.conversation.add(`${this.nick} comes online`);
      await client.register();
    }
    return client;
  }

  async #open(): Promise<ChatClient> {
    const client = await this.#parts.open();
    this.#client = client;
    client.subscribe((event) => {
      if (event.kind !== "message") return;
      this.#heard.push({ text: event.text, isTaken: false });
      this.#parts.conversation.said(event.from, this.nick, event.text);
    });
    return client;
  }

  #failure(what: string, untaken: readonly Heard[], at: (...args: never[]) => unknown): Error {
    const list = untaken.map(({ text }) => `  ${JSON.stringify(text)}`);
    const rest =
      list.length === 0
        ? "Nothing that he heard is left."
        : `What he heard and nothing has taken:\n${list.join("\n")}`;
    return this.#parts.conversation.failure(`${what}\n\n${rest}`, at);
  }
}
