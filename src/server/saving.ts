import { sameAddress } from "../protocol/address.ts";
import { V1_TEXT_BYTES_MAX } from "../protocol/limits.ts";
import type { RefusalReason } from "./api.ts";
import type { Instant, ServerContext } from "./context.ts";
import type { Liveness } from "./liveness.ts";
import type { Client } from "./registry.ts";

/** Keeps messages for those who are away, and says so of those who are not. */
export class Saving {
  readonly #context: ServerContext;
  readonly #liveness: Liveness;

  constructor(context: ServerContext, liveness: Liveness) {
    this.#context = context;
    this.#liveness = liveness;
  }

  /** A registered client wants a text kept. */
  handle(sender: Client, to: string, text: string, at: Instant): void {
    const recipient = this.#context.registry.byNick(to);
    if (recipient === undefined) {
      this.#context.reply(sender.address, { kind: "unknown-nick", nick: to });
      this.#context.report({
        kind: "refused",
        request: "save",
        reason: "UNKNOWN_NICK",
        address: sender.address,
      });
    } else if (recipient === sender) {
      this.#context.reply(sender.address, { kind: "online", nick: to });
    } else if (isRepeat(sender, to, text, at)) {
      this.#context.reply(sender.address, { kind: "saved" });
    } else if (recipient.presence !== "online" || !recipient.announced) {
      this.#keep(sender, recipient, text, at);
    } else {
      this.#keepUnlessThere(sender, recipient, text, at);
    }
  }

  #keepUnlessThere(sender: Client, recipient: Client, text: string, at: Instant): void {
    const { address, saving } = sender;
    if (saving?.to === recipient.nick && saving.text === text) return;
    const asked = { to: recipient.nick, text };
    sender.saving = asked;
    this.#liveness.ask(recipient, at.nowMs, (alive, nowMs) => {
      this.#context.begin(address);
      if (sender.saving === asked) sender.saving = undefined;
      // He may have been let in from another address meanwhile: kept now, it would wait until he comes once more.
      if (!alive && recipient.presence !== "online") {
        this.#keep(sender, recipient, text, { nowMs, dateMs: Math.round(at.dateMs + nowMs - at.nowMs) });
        return;
      }
      this.#context.reply(address, { kind: "online", nick: recipient.nick });
      if (sameAddress(sender.address, address)) this.#context.tables.mark(sender, nowMs);
    });
  }

  #keep(sender: Client, recipient: Client, text: string, at: Instant): void {
    const { address, nick: from } = sender;
    const { nick: to } = recipient;
    const refusal = this.#refusal(to, text);
    if (refusal !== undefined) {
      this.#context.refuse(address, "save", ...refusal);
      return;
    }
    const before = sender.latestSave;
    this.#context.turn.write(
      (store) => store.addMail({ to, from, text, savedAtMs: at.dateMs }),
      () => {
        sender.latestSave = before;
      },
    );
    sender.latestSave = { to, text, when: { nowMs: at.nowMs } };
    this.#context.reply(address, { kind: "saved" });
    this.#context.report({ kind: "saved", from, to });
    this.#context.tables.markAll(at.nowMs, { changed: false });
  }

  #refusal(to: string, text: string): readonly [RefusalReason, string] | undefined {
    const { limits, store } = this.#context;
    const sizeBytes = Buffer.byteLength(text);
    if (sizeBytes === 0) return ["TEXT_EMPTY", "There is no text to save."];
    if (sizeBytes > V1_TEXT_BYTES_MAX) {
      return ["TEXT_TOO_LONG", `The text is too long: at most ${V1_TEXT_BYTES_MAX} bytes can be saved.`];
    }
    const mailbox = store.mailboxSize(to);
    const isFull =
      mailbox.messages >= limits.mailboxMessagesMax || mailbox.sizeBytes + sizeBytes > limits.mailboxBytesMax;
    return isFull ? ["MAILBOX_FULL", `The mailbox of ${to} is full.`] : undefined;
  }
}

/** v1 requests have no id: the same text to the same recipient again, this soon, is the same request. */
function isRepeat({ latestSave }: Client, to: string, text: string, at: Instant): boolean {
  if (latestSave === undefined || latestSave.to !== to || latestSave.text !== text) return false;
  const { when } = latestSave;
  return "nowMs" in when
    ? at.nowMs - when.nowMs <= REPEAT_WINDOW_MS
    : Math.abs(at.dateMs - when.dateMs) <= RESTART_WINDOW_MS;
}

/** v1 clients repeat a `send` after 1 s. */
const REPEAT_WINDOW_MS = 1_500;

/** They do so five times, and the server may have been away meanwhile. */
const RESTART_WINDOW_MS = 7_000;
