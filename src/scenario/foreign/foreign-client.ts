import type { Receipt } from "../../client/api.ts";
import type { Clock, World } from "../../net/network.ts";
import type { Relay } from "../../net/relay.ts";
import type { Address } from "../../protocol/address.ts";
import type { ClientCommand, InputCommand } from "../language/actions.ts";
import type { Showing } from "../language/driver/model.ts";
import type { Implementation } from "../language/program-spec.ts";
import type { Entry, Ledger } from "../run/ledger.ts";
import type { CommandEnd, Participant } from "../run/participant.ts";
import { sleep, waitFor } from "../run/waiting.ts";
import {
  DEREGISTERED,
  DEREGISTRATION,
  endOf,
  REGISTERED,
  REGISTERED_FOR_SURE,
  REGISTRATION,
  receiptOf,
  SENT,
} from "./answers.ts";
import { commandInput, fillIn } from "./implementation.ts";
import { type LeasedPort, leasePort } from "./ports.ts";
import { ScreenedProgram } from "./screened-program.ts";

/** What a client that answers at all has answered by then: six tries of half a second, and a slow machine. */
const ANSWER_MS_MAX = 8_000;

/** How long a person waits for an answer before he types the next line. */
const PATIENCE_MS = 6_000;

/** A client that neither prompts nor says anything is taken for ready after so long. */
const MUTE_START_MS = 1_500;

/** A virtual machine takes its time. */
const START_MS_MAX = 10_000;

/** After its first words: they may come in several portions. */
const START_QUIET_MS = 120;

/** A client that was asked to leave. */
const LEAVE_MS_MAX = 3_000;

export interface ForeignClientOptions {
  readonly name: string;
  readonly implementation: Implementation;
  /** All nicknames of the scenario. */
  readonly nicks: readonly string[];
  readonly world: World;
  readonly serverAddress: () => Promise<Address>;
  /** What stands between it and everybody else; `undefined`: nothing. */
  readonly relay?: (() => Promise<Relay>) | undefined;
  readonly ledger: Ledger;
}

/** One client of the scenario that is a program of somebody else's, played by its command line and its screen. */
export class ForeignClient implements Participant {
  readonly name: string;
  readonly ledger: Ledger;
  readonly #options: ForeignClientOptions;
  readonly #clock: Clock;
  #nick: string;
  #program: ScreenedProgram | undefined;
  #starting: Promise<ScreenedProgram> | undefined;
  #port: LeasedPort | undefined;
  #pendingSends = 0;
  /** Settles when the last message was answered that no step waits for, or after a while. */
  #answered: Promise<unknown> = Promise.resolve();
  /** Lines that have answered a message already. */
  readonly #answers = new Set<number>();

  constructor(options: ForeignClientOptions) {
    this.name = options.name;
    this.ledger = options.ledger;
    this.#options = options;
    this.#clock = options.world.clock;
    this.#nick = options.name;
  }

  get pendingSends(): number {
    return this.#pendingSends;
  }

  /** Its screen is read loosely. */
  get isEvidence(): boolean {
    return false;
  }

  /** The port that its command line gives it, whether it uses that one or not. */
  async address(): Promise<Address> {
    const relay = await this.#options.relay?.();
    if (relay !== undefined) return relay.address;
    this.#port ??= await leasePort(this.#options.world);
    return { host: "127.0.0.1", port: this.#port.port };
  }

  /** Its own port is its own: it goes out from another, unless there is a relay that is seen in its stead. */
  async sendRaw(to: Address, bytes: Uint8Array): Promise<void> {
    const relay = await this.#options.relay?.();
    if (relay !== undefined) {
      relay.send(to, bytes);
      return;
    }
    const endpoint = await this.#options.world.network.bind({ onDatagrams: () => {} });
    endpoint.send(to, bytes);
    await endpoint.close();
  }

  async control(command: ClientCommand, signal: AbortSignal): Promise<string | undefined> {
    if (command === "start") {
      if (this.running) return "it runs already";
      await this.start(signal);
      return undefined;
    }
    if (!this.running) return "it does not run";
    switch (command) {
      case "stop":
        await this.stop();
        return undefined;
      case "kill":
        await this.kill();
        return undefined;
      case "pause":
        this.#program?.signal("SIGSTOP");
        return undefined;
      case "resume":
        this.#program?.signal("SIGCONT");
        return undefined;
    }
  }

  /** Nobody sees whether it will transmit something. */
  get busy(): boolean {
    return false;
  }

  /** The port that its command line gives it. */
  get port(): number | undefined {
    return this.#port?.port;
  }

  get running(): boolean {
    return this.#program !== undefined && this.#program.exit === undefined;
  }

  /** Starts it if it does not run, types what registers it unless it does so by itself, and reads what came of it. */
  async register(nick: string, signal: AbortSignal): Promise<CommandEnd> {
    const { driver, profile } = this.#options.implementation;
    const from = this.ledger.entries.length;
    const began = await this.#running(nick, signal);
    // A line of one's own is answered by what comes after it; a program that has just begun has answered already, perhaps.
    const byItself = profile.registersAtStart && began === "now";
    if (!byItself) this.#type(fillIn(driver.type.register ?? "", { nick }));
    const answered = await this.#untilRegistered(from, signal);
    const end = endOf(answered, REGISTRATION);
    if (end.kind === "ok") await this.#untilSettled(from, signal);
    return end;
  }

  /** Some say no more than that the table came. But who says more is heard out, for it may still be at work. */
  async #untilRegistered(from: number, signal: AbortSignal): Promise<Entry | undefined> {
    const hint = await this.#until(from, REGISTERED, signal);
    if (hint?.seen.kind !== "line" || (hint.seen.shows !== "table" && hint.seen.shows !== "mail"))
      return hint;
    return (await this.#until(from, REGISTERED_FOR_SURE, signal, SURE_MS)) ?? hint;
  }

  /** The table comes after the welcome, and whom it does not know nobody can write to. */
  async #untilSettled(from: number, signal: AbortSignal): Promise<void> {
    const beganMs = this.#clock.nowMs();
    for (;;) {
      const nowMs = this.#clock.nowMs();
      const quietMs = nowMs - Math.max(beganMs, this.#program?.lastTextMs ?? beganMs);
      const hasTable = this.ledger.entries
        .slice(from)
        .some(({ seen }) => seen.kind === "line" && seen.shows === "table");
      if (quietMs >= (hasTable ? TABLE_QUIET_MS : NO_TABLE_QUIET_MS)) return;
      if (!this.running || nowMs - beganMs > SETTLE_MS_MAX) return;
      await sleep(this.#clock, READY_LOOK_MS, signal);
    }
  }

  async deregister(signal: AbortSignal): Promise<CommandEnd> {
    await this.#running(this.#nick, signal);
    await this.#answered;
    const from = this.ledger.entries.length;
    this.#type(fillIn(this.#options.implementation.driver.type.deregister ?? "", { nick: this.#nick }));
    const answered = await this.#until(from, DEREGISTERED, signal);
    return endOf(answered, DEREGISTRATION);
  }

  /**
   * Types a message and, if somebody waits for it, reads what became of it. As a person does, it first looks what became of the
   * message before.
   */
  async send(
    to: string,
    text: string,
    _place: unknown,
    signal: AbortSignal,
    { awaited }: { readonly awaited: boolean } = { awaited: true },
  ): Promise<Receipt> {
    this.#pendingSends += 1;
    try {
      await this.#running(this.#nick, signal);
      await this.#answered;
      signal.throwIfAborted();
      const from = this.ledger.entries.length;
      const beganMs = this.#clock.nowMs();
      this.#type(fillIn(this.#options.implementation.driver.type.send ?? "", { nick: this.#nick, to, text }));
      if (!awaited) {
        this.#answered = this.#answerTo(to, from, signal, PATIENCE_MS).catch(() => undefined);
        return { kind: "failed", reason: "ABORTED", detail: "nobody asked what became of it", attempts: 1 };
      }
      const found = await this.#answerTo(to, from, signal, ANSWER_MS_MAX);
      return receiptOf(found, this.#clock.nowMs() - beganMs);
    } finally {
      this.#pendingSends -= 1;
    }
  }

  #answerTo(to: string, from: number, signal: AbortSignal, withinMs: number): Promise<Entry | undefined> {
    return this.#until(from, SENT, signal, withinMs, (entry, index) => this.#claims(entry, index, to));
  }

  /** Types a line as it is, or ends the input. */
  async input(
    line: string | undefined,
    signal: AbortSignal,
    command?: InputCommand,
  ): Promise<string | undefined> {
    await this.#running(this.#nick, signal);
    if (!this.running) return "the program has ended";
    if (line === undefined) this.#program?.endInput();
    else if (command === undefined) this.#type(line);
    else this.#type(commandInput(this.#options.implementation.driver, command, line));
    return undefined;
  }

  /** Starts it, and waits until it can be typed to. */
  async start(signal: AbortSignal = new AbortController().signal): Promise<void> {
    await this.#running(this.#nick, signal);
  }

  /** Whether its screen shows, or has shown, one of these. */
  async showsWithin(withinMs: number, what: readonly Showing[], signal: AbortSignal): Promise<boolean> {
    const found = await this.#until(0, new Set(what), signal, withinMs);
    return found?.seen.kind === "line";
  }

  /** Leaves it as a person would, and ends it if that is no use. */
  async stop(): Promise<void> {
    const program = this.#program;
    if (program === undefined) return;
    const { leave } = this.#options.implementation.driver.type;
    if (leave === undefined) program.interrupt();
    else program.type(fillIn(leave, { nick: this.#nick }));
    await program.untilExit(LEAVE_MS_MAX);
    await this.kill();
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    this.#program?.signal("SIGKILL");
    await this.close();
  }

  async close(): Promise<void> {
    const program = this.#program ?? (await this.#starting?.catch(() => undefined));
    this.#program = undefined;
    this.#starting = undefined;
    await program?.end();
    this.#port?.[Symbol.dispose]();
    this.#port = undefined;
  }

  async #running(nick: string, signal: AbortSignal): Promise<"now" | "before"> {
    if (this.running && nick === this.#nick) return "before";
    await this.close();
    signal.throwIfAborted();
    this.#nick = nick;
    this.#starting = this.#begin(nick);
    this.#program = await this.#starting;
    this.#starting = undefined;
    await this.#untilReady(this.#program, signal);
    return "now";
  }

  async #begin(nick: string): Promise<ScreenedProgram> {
    const { implementation, nicks, serverAddress, relay, world, ledger } = this.#options;
    const { host, port: serverPort } = (await relay?.())?.server ?? (await serverAddress());
    this.#port ??= await leasePort(world);
    return await ScreenedProgram.start({
      implementation,
      mode: "client",
      values: { nick, host, serverPort, port: this.#port.port },
      nicks: nicks.filter((other) => other !== nick),
      clock: this.#clock,
      ledger,
      nick,
    });
  }

  /** Its first words, and a moment more: a line typed before a program has set up its terminal may be lost. */
  async #untilReady(program: ScreenedProgram, signal: AbortSignal): Promise<void> {
    const { startupMs } = this.#options.implementation.driver.client;
    const beganMs = this.#clock.nowMs();
    for (;;) {
      const nowMs = this.#clock.nowMs();
      const { lastTextMs, exit } = program;
      if (exit !== undefined || nowMs - beganMs > START_MS_MAX) return;
      const quietMs = lastTextMs === undefined ? 0 : nowMs - lastTextMs;
      const spoke = lastTextMs !== undefined && quietMs >= START_QUIET_MS;
      const mute = lastTextMs === undefined && nowMs - beganMs >= MUTE_START_MS;
      if ((spoke || mute) && nowMs - beganMs >= startupMs) return;
      await sleep(this.#clock, READY_LOOK_MS, signal);
    }
  }

  #type(line: string): void {
    this.#program?.type(line);
  }

  /** The first entry from an index on that answers; its end is an answer, too. */
  #until(
    from: number,
    answers: ReadonlySet<Showing>,
    signal: AbortSignal,
    withinMs: number = ANSWER_MS_MAX,
    fits: (entry: Entry, index: number) => boolean = () => true,
  ): Promise<Entry | undefined> {
    return waitFor({
      probe: () => {
        this.ledger.throwIfUnreadable();
        return this.ledger.entries
          .slice(from)
          .find(
            (entry, offset) =>
              entry.seen.kind === "exit" ||
              (entry.seen.kind === "line" &&
                entry.seen.shows !== undefined &&
                answers.has(entry.seen.shows) &&
                fits(entry, from + offset)),
          );
      },
      watch: (changed) => this.ledger.watch(changed),
      clock: this.#clock,
      withinMs,
      signal,
    });
  }

  /** A line answers one message: that of the recipient it names, or else the oldest. */
  #claims({ seen }: Entry, index: number, to: string): boolean {
    if (seen.kind !== "line" || this.#answers.has(index)) return false;
    if (seen.to !== undefined && seen.to.toLowerCase() !== to.toLowerCase()) return false;
    this.#answers.add(index);
    return true;
  }
}

const READY_LOOK_MS = 20;

/** After the table, for a welcome that comes later. */
const SURE_MS = 1_000;

/** Silence after a registration that tells that nothing more belongs to it. */
const TABLE_QUIET_MS = 100;
const NO_TABLE_QUIET_MS = 700;
const SETTLE_MS_MAX = 3_000;
