/**
 * Notices when the server has vanished, and when to ask whether it is back.
 *
 * Our server pings who is silent, so a client that hears nothing for long knows that something is wrong; the original
 * says nothing by itself, and is asked now and then.
 *
 * States: idle (not registered) → hearing → asking → hearing | lost → asking …
 */
export class ServerWatch {
  #state: State = { kind: "idle" };

  /** Something came from the server, or a registration went well. Returns true when it had been lost. */
  handleHeard(nowMs: number): boolean {
    if (this.#state.kind === "idle") return false;
    const wasLost = this.#state.lost;
    this.#state = { kind: "hearing", lost: false, askMs: nowMs + SILENCE_MS };
    return wasLost;
  }

  start(nowMs: number): void {
    this.#state = { kind: "hearing", lost: false, askMs: nowMs + SILENCE_MS };
  }

  stop(): void {
    this.#state = { kind: "idle" };
  }

  /** A request was not answered. Returns true when that is news. */
  handleSilence(nowMs: number): boolean {
    if (this.#state.kind === "idle") return false;
    const wasLost = this.#state.lost;
    this.#state = { kind: "hearing", lost: true, askMs: nowMs + RETRY_MS };
    return !wasLost;
  }

  pollTimeout(): number | undefined {
    return this.#state.kind === "hearing" ? this.#state.askMs : undefined;
  }

  /** True once when the server is to be asked now; `handleHeard` or `handleSilence` tells what came of it. */
  pollAsk(nowMs: number): boolean {
    if (this.#state.kind !== "hearing" || nowMs < this.#state.askMs) return false;
    this.#state = { kind: "asking", lost: this.#state.lost };
    return true;
  }
}

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "hearing"; readonly lost: boolean; readonly askMs: number }
  | { readonly kind: "asking"; readonly lost: boolean };

/** Twice the interval at which our server pings. */
const SILENCE_MS = 30_000;

/** Between two rounds of asking a server that is lost; each round lasts 3 s by itself. */
const RETRY_MS = 2_000;
