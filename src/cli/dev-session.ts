import { watch } from "node:fs";
import path from "node:path";
import { storeEntries } from "../bot/state.ts";
import type { ChatClient } from "../client/api.ts";
import { openClient } from "../client/client.ts";
import { printable } from "../client/interactive/printable.ts";
import { BotError } from "../host/bot-error.ts";
import type { BotEvent } from "../host/bot-event.ts";
import { bundleBot } from "../host/bundle.ts";
import { messageOf } from "../host/error-message.ts";
import { type RunningBot, startBot } from "../host/start-bot.ts";
import { type Identity, identityFrom } from "../net/keys.ts";
import type { World } from "../net/network.ts";
import { isNick } from "../protocol/limits.ts";
import type { RunningServer } from "../server/api.ts";
import type { BotJournal } from "../store/journal.ts";
import { faultLines, fieldsText } from "./bot-log.ts";
import { type BotFlags, ownersWord } from "./bot-options.ts";
import { adviceOn } from "./complaint-about-bot.ts";

export interface DevSessionOptions {
  readonly script: string;
  /** Who talks first. */
  readonly as: string;
  readonly flags: BotFlags;
  readonly world: World;
  readonly server: RunningServer;
  /** What the bot remembers while it is being written. */
  readonly journal: BotJournal;
  readonly print: (line: string) => void;
}

/** An editor writes a file in several steps. */
const SAVED_MS = 100;

const HELP = [
  "What you type goes to the bot. These do not:",
  "  /as <nick>           be somebody else",
  "  /offline, /online    go, and come back",
  "  /store               what the bot keeps",
  "  /crash               kill its process; another starts",
  "  /quit                leave",
];

/** A bot that is being written, and those who talk to it, alone on a network of their own. */
export class DevSession {
  readonly #options: DevSessionOptions;
  readonly #botNick: string;
  readonly #people = new Map<string, ChatClient>();
  readonly #identities = new Map<string, Identity>();
  readonly #watchers = new Map<string, () => void>();
  #nick: string;
  #bot: RunningBot | undefined;
  #reload: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(options: DevSessionOptions) {
    this.#options = options;
    this.#nick = options.as;
    const name = path.basename(options.script).replace(/\.\w+$/, "");
    this.#botNick = isNick(name) && name !== options.as ? name : "bot";
  }

  /** The same for a nickname each time: it comes back as who it was. */
  #identityOf(nick: string): Identity {
    const identity = this.#identities.get(nick) ?? identityFrom(this.#options.world.random.bytes(32));
    this.#identities.set(nick, identity);
    return identity;
  }

  get isRunning(): boolean {
    return this.#bot !== undefined;
  }

  get isBusy(): boolean {
    return this.#bot?.busy === true || [...this.#people.values()].some(({ busy }) => busy);
  }

  /**
   * Starts the bot; where its script is at fault it says why, and tries again when a file is saved.
   *
   * @throws {Error} what is wrong besides, such as a port that cannot be opened.
   */
  async start(): Promise<void> {
    const { script, flags, world, server, journal } = this.#options;
    await this.#watchSources();
    try {
      this.#bot = await startBot({
        script,
        nick: this.#botNick,
        server: server.address,
        world,
        identity: this.#identityOf(this.#botNick),
        journal,
        antiloop: false,
        ...ownersWord(flags),
        onEvent: (event) => this.#note(event),
      });
      this.#say(`${this.#botNick} is here. Say something, or /help`);
    } catch (error) {
      if (!(error instanceof BotError)) throw error;
      this.#complain(error);
      const isOwners = error.code === "SETTINGS_REFUSED" || error.code === "NOT_GRANTED";
      this.#say(isOwners ? "Begin again with that: /quit leaves." : "Save the file when that is mended.");
    }
  }

  /** @returns false when the session is to end. */
  async handleLine(line: string): Promise<boolean> {
    const [, command, argument = ""] = /^\/(\w+)\s*(.*)$/.exec(line.trim()) ?? [];
    if (line.trim() === "") return true;
    switch (command) {
      case undefined:
        await this.#tell(line);
        return true;
      case "quit":
        return false;
      case "as":
        if (isNick(argument) && argument !== this.#botNick) {
          this.#nick = argument;
          await this.#person(argument);
          this.#say(`You are ${argument}.`);
        } else this.#say(`"${argument}" is no nickname that you can have.`);
        return true;
      case "offline":
        await this.#people.get(this.#nick)?.deregister();
        return true;
      case "online":
        await this.#person(this.#nick);
        return true;
      case "store":
        this.#showStore();
        return true;
      case "crash":
        await this.#bot?.crash();
        return true;
      default:
        for (const one of command === "help" ? HELP : [`There is no /${command}.`, ...HELP]) this.#say(one);
        return true;
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#reload);
    for (const stop of this.#watchers.values()) stop();
    await this.#work;
    await this.#bot?.close();
    for (const person of this.#people.values()) await person.close();
  }

  async #tell(text: string): Promise<void> {
    const person = await this.#person(this.#nick);
    const receipt = await person.send(this.#botNick, text);
    if (receipt.kind === "failed") this.#say(`It did not arrive: ${receipt.detail}`);
  }

  async #person(nick: string): Promise<ChatClient> {
    const { world, server } = this.#options;
    let person = this.#people.get(nick);
    if (person === undefined) {
      person = await openClient({ nick, server: server.address, identity: this.#identityOf(nick) }, world);
      this.#people.set(nick, person);
      person.subscribe((event) => {
        if (event.kind !== "message") return;
        const to = nick === this.#nick ? "" : ` → ${nick}`;
        for (const line of event.text.split("\n")) this.#say(`${event.from}${to}: ${line}`);
      });
    }
    if (!person.registered) await person.register();
    return person;
  }

  #showStore(): void {
    const entries = storeEntries(this.#options.journal.entries());
    if (entries.length === 0) this.#say("The store is empty.");
    for (const [key, json] of entries) this.#say(`  ${key}: ${json}`);
  }

  async #watchSources(): Promise<void> {
    const { script } = this.#options;
    const files = await bundleBot(script).then(
      ({ sources }) => [...sources.keys()].filter((file) => !file.includes("node_modules")),
      () => [],
    );
    const folders = new Set([script, ...files].map((file) => path.dirname(path.resolve(file))));
    for (const folder of folders) {
      if (this.#watchers.has(folder)) continue;
      this.#watchers.set(folder, this.#watch(folder));
    }
  }

  /** @returns what ends it. */
  #watch(folder: string): () => void {
    try {
      const watcher = watch(folder, (_, file) => {
        if (file === null || /\.(?:[cm]?[jt]s|json)$/.test(file)) this.#reloadSoon();
      });
      watcher.on("error", () => {});
      return () => watcher.close();
    } catch (error) {
      this.#say(`Changes in ${folder} are not noticed: ${messageOf(error)}`);
      return () => {};
    }
  }

  #reloadSoon(): void {
    clearTimeout(this.#reload);
    this.#reload = setTimeout(() => {
      this.#work = this.#work.then(() => this.#reloadNow());
    }, SAVED_MS);
  }

  /** Whatever goes wrong, the version before goes on, and the next save is another chance. */
  async #reloadNow(): Promise<void> {
    const bot = this.#bot;
    try {
      if (bot === undefined) {
        await this.start();
        return;
      }
      await bot.reload();
      this.#say("Reloaded.");
      await this.#watchSources();
    } catch (error) {
      this.#complain(error);
      this.#say(bot === undefined ? "Save the file to try again." : "The version before goes on.");
    }
  }

  #complain(error: unknown): void {
    if (error instanceof BotError) {
      this.#say(`error: ${error.message}`);
      for (const line of adviceOn(error)) this.#say(`  ${line}`);
    } else {
      const [line] = messageOf(error).split("\n");
      this.#say(`error: it cannot be loaded: ${line}`);
    }
  }

  #note(event: BotEvent): void {
    if (event.kind === "log" && event.level !== "debug") {
      this.#say(`[${event.level}] ${event.message}${fieldsText(event.fields)}`);
    } else if (event.kind === "handler-failed") {
      this.#say(`error in ${event.handler}`);
      for (const line of faultLines(event.error)) this.#say(line);
    } else if (event.kind === "hung") this.#say(`It hung in ${event.handler} and was killed.`);
    else if (event.kind === "crashed") this.#say(`It crashed: ${event.reason}`);
    else if (event.kind === "restarted") this.#say("It runs again.");
    else if (event.kind === "failed") this.#say(`It failed for good: ${event.reason}`);
  }

  #say(text: string): void {
    this.#options.print(printable(text));
  }
}
