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
   * Rejects with a `TypeError` when nickname or text is no text.
   *
   * @param scope On whose behalf.
   */
  send(to: string, text: string, scope: Scope | undefined): Promise<Receipt> {
    if (typeof to !== "string")
      return Promise.reject(new TypeError(`the recipient is a nickname, not ${typeof to}`));
    if (typeof text !== "string")
      return Promise.reject(new TypeError(`the text is a string, not ${typeof text}`));
    const detail = nickFault(to);
    if (detail !== undefined) return failed("UNKNOWN_RECIPIENT", detail);
    if (scope?.isExpired) return failed("ABORTED", "the time of the handler is up");
    const receipts = splitText(text, this.#textBytesMax).map((part) => this.#sendPart(to, part, scope));
    const [only] = receipts;
    return only !== undefined && receipts.length === 1 ? only : Promise.all(receipts).then(ofAll);
  }

  #sendPart(to: string, part: string, scope: Scope | undefined): Promise<Receipt> {
    this.#loopGuard?.sent(to, part, this.#ports.nowMs());
    return this.#ports.send(to, part, scope?.nextTag());
  }
}

function failed(reason: "UNKNOWN_RECIPIENT" | "ABORTED", detail: string): Promise<Receipt> {
  return Promise.resolve({ kind: "failed", reason, detail, attempts: 0 });
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
