import type { Mail } from "../../protocol/v1/packets.ts";

/**
 * Takes in the messages that a v1 server kept. They are given on when all announced have come, in the server's
 * order. When the server is not sure that they arrived it hands over the same list again; what was given on
 * already is recognised by its place among equals: of two equal messages (sender, second, text) the second is
 * new as long as only one was given on.
 *
 * States: idle → noticed → counted → idle.
 */
export class MailIntake {
  #state: State = { kind: "idle" };
  /** How often each message was given on, oldest first. */
  readonly #known = new Map<string, number>();
  #complete: Mail[] = [];

  /** True while messages were announced that have not all come. */
  get incomplete(): boolean {
    return this.#state.kind !== "idle";
  }

  /** A list begins, perhaps again. */
  handleNotice(): void {
    this.#state = { kind: "noticed", mail: [] };
  }

  handleCount(count: number): void {
    const mail = this.#state.kind === "noticed" ? this.#state.mail : [];
    this.#state = { kind: "counted", mail, count };
    this.#finish();
  }

  handleMail(mail: Mail): void {
    const state = this.#state;
    if (state.kind === "idle") {
      // Not a copy of one that was given on: its announcement was lost, and perhaps more of the list.
      if (!this.#known.has(keyOf(mail))) this.#state = { kind: "noticed", mail: [mail] };
      return;
    }
    const latest = state.mail.at(-1);
    // A server takes the same text twice in a row for a repeat, so the network made this copy.
    if (latest !== undefined && keyOf(latest) === keyOf(mail)) return;
    state.mail.push(mail);
    this.#finish();
  }

  /** Messages to be shown now. */
  takeComplete(): readonly Mail[] {
    return this.#complete.splice(0);
  }

  /** Forgets a list that is incomplete; the server will hand it over again. */
  drop(): void {
    this.#state = { kind: "idle" };
  }

  /** The server has gone on to other things, so what is missing is lost: gives on what has come. */
  giveUp(): void {
    if (this.#state.kind !== "idle") this.#release(this.#state.mail);
    this.#state = { kind: "idle" };
  }

  #finish(): void {
    const state = this.#state;
    if (state.kind !== "counted" || state.mail.length < state.count) return;
    this.#state = { kind: "idle" };
    this.#release(state.mail);
  }

  #release(list: readonly Mail[]): void {
    const seen = new Map<string, number>();
    for (const mail of list) {
      const key = keyOf(mail);
      const nth = (seen.get(key) ?? 0) + 1;
      seen.set(key, nth);
      if (nth <= (this.#known.get(key) ?? 0)) continue;
      this.#known.set(key, nth);
      this.#complete.push(mail);
    }
    while (this.#known.size > KNOWN_MAX) {
      const [oldest = ""] = this.#known.keys();
      this.#known.delete(oldest);
    }
  }
}

/** Twice what a full mailbox holds. */
const KNOWN_MAX = 2_000;

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "noticed"; readonly mail: Mail[] }
  | { readonly kind: "counted"; readonly mail: Mail[]; readonly count: number };

function keyOf({ from, savedAtLocalMs, text }: Mail): string {
  return JSON.stringify([from, savedAtLocalMs, text]);
}
