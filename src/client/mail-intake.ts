import type { Mail } from "../protocol/packets.ts";

/**
 * Takes in the messages that a v1 server kept. When the server is not sure that they arrived it hands over the same
 * list again; what was shown already is recognised by its place among equals: of two equal messages (sender,
 * second, text) the second is new as long as only one was shown.
 *
 * States: idle → noticed → counted → idle.
 */
export class MailIntake {
  #state: State = { kind: "idle" };
  /** How often each message was shown, oldest first. */
  readonly #shown = new Map<string, number>();
  #latest: string | undefined;

  /** True while messages were announced that have not all come. */
  get incomplete(): boolean {
    return this.#state.kind !== "idle";
  }

  handleNotice(): void {
    this.#state = { kind: "noticed", seen: new Map() };
    this.#latest = undefined;
  }

  handleCount(count: number): void {
    const seen = this.#state.kind === "noticed" ? this.#state.seen : new Map<string, number>();
    let left = count;
    for (const times of seen.values()) left -= times;
    this.#state = { kind: "counted", left, seen };
    this.#finish();
  }

  /** True when the message was not shown before. */
  handleMail({ from, savedAtLocalMs, text }: Mail): boolean {
    const key = JSON.stringify([from, savedAtLocalMs, text]);
    // A server takes the same text twice in a row for a repeat, so the network made this copy.
    if (key === this.#latest) return false;
    this.#latest = key;
    const state = this.#state;
    if (state.kind === "idle") return this.#show(key, 1);

    const nth = (state.seen.get(key) ?? 0) + 1;
    state.seen.set(key, nth);
    if (state.kind === "counted") state.left -= 1;
    this.#finish();
    return this.#show(key, nth);
  }

  /** Stops waiting; what was shown stays remembered, for the server will hand it over again. */
  giveUp(): void {
    this.#state = { kind: "idle" };
  }

  #show(key: string, nth: number): boolean {
    if (nth <= (this.#shown.get(key) ?? 0)) return false;
    this.#shown.set(key, nth);
    if (this.#shown.size > SHOWN_MAX) {
      const [oldest] = this.#shown.keys();
      if (oldest !== undefined) this.#shown.delete(oldest);
    }
    return true;
  }

  #finish(): void {
    if (this.#state.kind === "counted" && this.#state.left <= 0) this.#state = { kind: "idle" };
  }
}

/** Twice what a full mailbox holds. */
const SHOWN_MAX = 2_000;

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "noticed"; readonly seen: Map<string, number> }
  | { readonly kind: "counted"; left: number; readonly seen: Map<string, number> };
