import type { Receipt } from "../client/api.ts";
import { nickFault } from "../protocol/limits.ts";
import type { LoopGuard } from "./antiloop.ts";
import type { BotPorts } from "./ports.ts";
import type { Scope } from "./scope.ts";
import { splitText } from "./split-text.ts";

/** What the bot says. */
export class Outgoing {
  readonly #ports: BotPorts;
  readonly #textBytesMax: number;
  readonly #loopGuard: LoopGuard | undefined;

  constructor(ports: BotPorts, textBytesMax: number, loopGuard: LoopGuard | undefined) {
    this.#ports = ports;
    this.#textBytesMax = textBytesMax;
    this.#loopGuard = loopGuard;
  }

  /**
   * @param scope On whose behalf.
   * @throws {TypeError} when nickname or text is no text.
   */
  async send(to: string, text: string, scope: Scope | undefined): Promise<Receipt> {
    if (typeof to !== "string") throw new TypeError(`the recipient is a nickname, not ${typeof to}`);
    if (typeof text !== "string") throw new TypeError(`the text is a string, not ${typeof text}`);
    const detail = nickFault(to);
    if (detail !== undefined) return { kind: "failed", reason: "UNKNOWN_RECIPIENT", detail, attempts: 0 };
    if (scope?.isExpired) {
      return { kind: "failed", reason: "ABORTED", detail: "the time of the handler is up", attempts: 0 };
    }
    const parts = splitText(text, this.#textBytesMax);
    const receipts = parts.map((part) => {
      this.#loopGuard?.sent(to, part, this.#ports.nowMs());
      return this.#ports.send(to, part, scope?.nextTag());
    });
    const [only, ...others] = receipts;
    return only !== undefined && others.length === 0 ? only : ofAll(await Promise.all(receipts));
  }
}

/** What became of a text is what became of its unluckiest part. */
function ofAll(receipts: readonly Receipt[]): Receipt {
  return receipts.reduce((worst, receipt) => {
    if (worst.kind === "failed") return worst;
    if (receipt.kind === "failed") return receipt;
    if (worst.kind === "saved") return worst;
    if (receipt.kind === "saved") return receipt;
    return receipt.roundTripMs > worst.roundTripMs ? receipt : worst;
  });
}
