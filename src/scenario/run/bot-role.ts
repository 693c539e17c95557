import type { BotEvent } from "../../host/bot-event.ts";
import { recordOf } from "../../host/log-record.ts";
import { formatPlace } from "../../host/source-place.ts";
import { type RunningBot, startBot } from "../../host/start-bot.ts";
import type { Identity } from "../../net/keys.ts";
import type { World } from "../../net/network.ts";
import type { Address } from "../../protocol/address.ts";
import type { BotJournal } from "../../store/journal.ts";
import { SqliteJournal } from "../../store/sqlite-journal.ts";
import { counted } from "../counted.ts";
import type { BotSpec } from "../language/model.ts";
import type { Place } from "../language/place.ts";
import { type Life, mortal } from "./mortal-world.ts";
import type { LedgerView } from "./result.ts";
import { roleIdentity } from "./role-identity.ts";
import type { SentLog } from "./sent.ts";
import { describeReceipt, formatMs, inQuotes } from "./wording.ts";

/** Lines of a bot's log that a failure shows. */
const LINES_MAX = 30;

/** One bot of the scenario, started as its owner would start it, and what its host said of it. */
export class BotRole implements AsyncDisposable {
  readonly #name: string;
  readonly #spec: BotSpec;
  readonly #life: Life;
  readonly #nowMs: () => number;
  readonly #sent: SentLog;
  /** Messages on their way, by their numbers: what to call with their receipts. */
  readonly #underWay = new Map<number, ReturnType<SentLog["add"]>>();
  readonly #log: { readonly atMs: number; readonly text: string }[] = [];
  /** In memory: it lives as long as the scenario, over all that happens to the bot in it. */
  readonly #journal: BotJournal;
  readonly #identity: Identity;
  #starting: Promise<RunningBot> | undefined;
  #running: RunningBot | undefined;

  constructor(options: {
    readonly name: string;
    readonly spec: BotSpec;
    readonly world: World;
    readonly sent: SentLog;
    /** Time since the scenario began. */
    readonly nowMs: () => number;
  }) {
    this.#name = options.name;
    this.#spec = options.spec;
    this.#life = mortal(options.world);
    this.#identity = roleIdentity(options.spec.nick);
    this.#journal = new SqliteJournal(undefined).bot(options.spec.nick);
    this.#sent = options.sent;
    this.#nowMs = options.nowMs;
  }

  /** In the scenario. */
  get name(): string {
    return this.#name;
  }

  get place(): Place {
    return this.#spec.place;
  }

  /** Its port. @throws {TypeError} before it was started. */
  async address(): Promise<Address> {
    const { address } = this.#life;
    if (address === undefined) throw new TypeError(`the bot ${this.#name} has no port yet`);
    return address;
  }

  /** Messages whose receipt is awaited. */
  get pendingSends(): number {
    return this.#underWay.size;
  }

  get busy(): boolean {
    return this.#running?.busy ?? false;
  }

  /** Resolves when the bot takes messages. @throws {BotError} {ClientError} {NetworkError} as `startBot` does. */
  async start(server: Address): Promise<void> {
    const { script, nick, settings, grant, roles } = this.#spec;
    this.#sent.addBot(nick);
    this.#starting = startBot({
      script,
      nick,
      server,
      settings,
      grant,
      roles,
      world: this.#life.world,
      identity: this.#identity,
      journal: this.#journal,
      onEvent: (event) => this.#note(event),
    });
    this.#running = await this.#starting;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Ends it in good order; what it remembers is there for the next start. */
  async stop(): Promise<void> {
    await this.#running?.close();
    this.#running = undefined;
  }

  /** Ends its process as a crash would; its host starts another. */
  async crash(): Promise<void> {
    await this.#running?.crash();
  }

  /** Its log, as a failure shows it; `undefined` when there is none. */
  view(): LedgerView | undefined {
    if (this.#log.length === 0) return undefined;
    const shown = this.#log.slice(-LINES_MAX);
    return {
      client: `${this.#name} (bot)`,
      omitted: this.#log.length - shown.length,
      lines: shown.map(({ atMs, text }) => ({ atMs, text, unconsumed: false, near: false })),
    };
  }

  /** Ends its process, also when it is still starting. */
  async [Symbol.asyncDispose](): Promise<void> {
    const bot = await this.#starting?.catch(() => undefined);
    await bot?.close();
  }

  #note(event: BotEvent): void {
    const atMs = this.#nowMs();
    if (event.kind === "sending") {
      const { number, to, text } = event;
      const { nick, place } = this.#spec;
      const finish = this.#sent.add({ sender: this.#name, from: nick, to, text, place, sentAtMs: atMs });
      this.#underWay.set(number, finish);
      return;
    }
    if (event.kind === "online") return;
    if (event.kind === "sent") {
      this.#underWay.get(event.number)?.(event.receipt, atMs);
      this.#underWay.delete(event.number);
    }
    this.#log.push({ atMs, text: describe(event) });
  }
}

function describe(event: Exclude<BotEvent, { kind: "sending" }>): string {
  switch (event.kind) {
    case "log":
      return `${event.level} ${inQuotes(event.message)}${fieldsOf(event.fields)}`;
    case "handler-failed": {
      const { name, message, place } = event.error;
      const where = place === undefined ? "" : ` at ${formatPlace(place)}`;
      return `${event.handler} failed: ${name}: ${inQuotes(message)}${where}`;
    }
    case "sent":
      return `sent ${inQuotes(event.text)} to ${event.to}: ${describeReceipt(event.receipt)}`;
    case "hung":
      return `hung in ${event.handler}, silent for ${formatMs(event.silentMs)}; its process was killed`;
    case "crashed":
      return `crashed: ${event.reason}, ${counted(event.unfinished.length, "handler")} unfinished`;
    case "restarting":
      return `restarts in ${formatMs(event.delayMs)}, attempt ${event.attempt}`;
    case "restarted":
      return `restarted, attempt ${event.attempt}`;
    case "failed":
      return `failed for good: ${event.reason}`;
    case "warning":
      return `warning: ${event.text}`;
    default:
      return recordOf(event, "", 0)?.message ?? event.kind;
  }
}

function fieldsOf(fields: Readonly<Record<string, unknown>>): string {
  return Object.keys(fields).length === 0 ? "" : ` ${inQuotes(JSON.stringify(fields))}`;
}
