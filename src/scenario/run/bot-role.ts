import type { BotEvent } from "../../host/bot-event.ts";
import { type RunningBot, startBot } from "../../host/start-bot.ts";
import type { World } from "../../net/network.ts";
import type { Address } from "../../protocol/address.ts";
import type { BotSpec, Place } from "../language/model.ts";
import type { LedgerView } from "./result.ts";
import { count, describeReceipt, formatMs, quote } from "./wording.ts";

/** Lines of a bot's log that a failure shows. */
const LINES_MAX = 30;

/** One bot of the scenario, started as its owner would start it, and what its host said of it. */
export class BotRole implements AsyncDisposable {
  readonly #name: string;
  readonly #spec: BotSpec;
  readonly #world: World;
  readonly #nowMs: () => number;
  readonly #log: { readonly atMs: number; readonly text: string }[] = [];
  #starting: Promise<RunningBot> | undefined;

  constructor(options: {
    readonly name: string;
    readonly spec: BotSpec;
    readonly world: World;
    /** Time since the scenario began. */
    readonly nowMs: () => number;
  }) {
    this.#name = options.name;
    this.#spec = options.spec;
    this.#world = options.world;
    this.#nowMs = options.nowMs;
  }

  get place(): Place {
    return this.#spec.place;
  }

  /** Resolves when the bot takes messages. @throws {BotError} {ClientError} {NetworkError} as `startBot` does. */
  async start(server: Address): Promise<void> {
    const { script, nick } = this.#spec;
    const onEvent = (event: BotEvent) => this.#log.push({ atMs: this.#nowMs(), text: describe(event) });
    this.#starting = startBot({ script, nick, server, world: this.#world, onEvent });
    await this.#starting;
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
}

function describe(event: BotEvent): string {
  switch (event.kind) {
    case "log":
      return `${event.level} ${quote(event.message)}${fieldsOf(event.fields)}`;
    case "handler-failed": {
      const { name, message, place } = event.error;
      const where = place === undefined ? "" : ` at ${place.file}:${place.line}:${place.column}`;
      return `${event.handler} failed: ${name}: ${quote(message)}${where}`;
    }
    case "send-failed":
      return `could not send to ${event.to}: ${describeReceipt(event.receipt)}`;
    case "hung":
      return `hung in ${event.handler}, silent for ${formatMs(event.silentMs)}; its process was killed`;
    case "crashed":
      return `crashed: ${event.reason}, ${count(event.unfinished.length, "handler")} unfinished`;
    case "restarting":
      return `restarts in ${formatMs(event.delayMs)}, attempt ${event.attempt}`;
    case "restarted":
      return `restarted, attempt ${event.attempt}`;
    case "failed":
      return `failed for good: ${event.reason}`;
    case "warning":
      return `warning: ${event.text}`;
  }
}

function fieldsOf(fields: Readonly<Record<string, unknown>>): string {
  return Object.keys(fields).length === 0 ? "" : ` ${quote(JSON.stringify(fields))}`;
}
