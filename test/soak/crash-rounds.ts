import type { ChatClient } from "../../src/client/api.ts";
import { openClient } from "../../src/client/client.ts";
import { identityFrom } from "../../src/net/keys.ts";
import type { Endpoint } from "../../src/net/network.ts";
import { SeededRandom } from "../../src/net/seeded-random.ts";
import { systemWorld } from "../../src/net/system-world.ts";
import type { Address } from "../../src/protocol/address.ts";
import { SqliteStore } from "../../src/store/sqlite-store.ts";
import { ServerProcess } from "../support/server-process.ts";

export interface CrashReport {
  readonly rounds: number;
  /** Texts that the server said it had saved. */
  readonly acknowledged: number;
  readonly shown: number;
  /** Of these, how many are still kept. */
  readonly kept: number;
  /** Acknowledged, and neither shown nor kept. */
  readonly lost: readonly string[];
  readonly shownTwice: readonly string[];
}

/** Who reads, in all rounds. */
const READER = identityFrom(new Uint8Array(32));

/**
 * Kills a server with SIGKILL at random moments while many clients have messages saved and one reads them, starts it again
 * on the same folder, and in the end compares what was acknowledged with what was shown.
 */
export async function crashRounds(options: {
  readonly rounds: number;
  readonly seed: number;
  readonly folder: string;
  readonly onRound?: (round: number, acknowledged: number) => void;
}): Promise<CrashReport> {
  const random = new SeededRandom(options.seed, "crash");
  let server = await ServerProcess.start(["--port", "0", "--data", options.folder]);
  const { address } = server;
  const restart = () => ServerProcess.start(["--port", String(address.port), "--data", options.folder]);
  try {
    await using reader = await openClient({ nick: "reader", server: address, identity: READER });
    const shown: string[] = [];
    reader.subscribe((event) => {
      if (event.kind === "message") shown.push(event.text);
    });
    await reader.register();
    await reader.deregister();
    const senders = await Promise.all(
      Array.from({ length: SENDERS }, (_, n) => Sender.open(`s${n}`, address)),
    );

    for (let round = 1; round <= options.rounds; round += 1) {
      const reading = read(reader);
      await delay(LOAD_MS.min + random.next() * (LOAD_MS.max - LOAD_MS.min));
      await server.end("SIGKILL");
      server = await restart();
      await reading;
      options.onRound?.(
        round,
        senders.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0),
      );
    }

    for (const sender of senders) await sender.finish();
    await read(reader);
    await read(reader);
    await server.end("SIGKILL");
    const store = new SqliteStore(options.folder);
    const kept = store.mailFor("reader").map(({ text }) => text);
    store.close();
    const acknowledged = senders.flatMap((sender) => sender.acknowledged);
    const seen = new Set([...shown, ...kept]);
    return {
      rounds: options.rounds,
      acknowledged: acknowledged.length,
      shown: shown.length,
      kept: kept.length,
      lost: acknowledged.filter((text) => !seen.has(text)),
      shownTwice: shown.filter((text, index) => shown.indexOf(text) !== index),
    };
  } finally {
    await server.end("SIGKILL");
  }
}

const SENDERS = 8;
const LOAD_MS = { min: 20, max: 250 };

/** Comes online, takes what was saved, leaves again; the server may die at any moment of it. */
async function read(reader: ChatClient): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      if (!reader.registered) await reader.register();
      const quiet = Promise.withResolvers<void>();
      const world = systemWorld();
      // The table comes once all saved messages are confirmed.
      const end = reader.subscribe(({ kind }) => kind === "table" && quiet.resolve());
      const timer = world.clock.schedule(1_000, quiet.resolve);
      await quiet.promise;
      timer.cancel();
      end();
      await reader.deregister();
      return;
    } catch {
      // The server was killed meanwhile; it is being started again.
    }
  }
}

/** A v1 client that has one text after the other saved, and repeats each until it is answered. */
class Sender {
  readonly acknowledged: string[] = [];
  readonly #nick: string;
  readonly #server: Address;
  #endpoint: Endpoint | undefined;
  #text = "";
  #count = 0;
  #repeated = false;
  #timer: { cancel(): void } | undefined;
  #finished = Promise.withResolvers<void>();
  #finishing = false;

  private constructor(nick: string, server: Address) {
    this.#nick = nick;
    this.#server = server;
  }

  static async open(nick: string, server: Address): Promise<Sender> {
    const sender = new Sender(nick, server);
    const registered = Promise.withResolvers<void>();
    sender.#endpoint = await systemWorld().network.bind({
      onDatagrams: (datagrams) => {
        for (const { bytes } of datagrams) {
          const line = new TextDecoder().decode(bytes);
          if (line.includes("Welcome")) registered.resolve();
          else sender.#handle(line);
        }
      },
    });
    sender.#tell(`reg ${nick}`);
    await registered.promise;
    sender.#next();
    return sender;
  }

  /** Resolves when the text under way is answered; no other follows. */
  async finish(): Promise<void> {
    this.#finishing = true;
    await this.#finished.promise;
    this.#timer?.cancel();
    await this.#endpoint?.close();
  }

  #handle(line: string): void {
    if (line === "ping") this.#tell("ack");
    else if (line.includes("received by the server and saved")) this.#answered(true);
    // He is there, or his mailbox is full for the moment: the text is given up.
    else if (line.includes("exists") || line.includes("mailbox")) this.#answered(false);
  }

  #answered(saved: boolean): void {
    if (this.#text === "") return;
    if (saved) this.acknowledged.push(this.#text);
    this.#text = "";
    this.#timer?.cancel();
    if (this.#finishing) this.#finished.resolve();
    // After a repetition two answers may come; the second must not be taken for the next text's.
    else if (this.#repeated) this.#timer = systemWorld().clock.schedule(REPEAT_MS / 4, () => this.#next());
    else this.#next();
  }

  #next(): void {
    this.#count += 1;
    this.#text = `${this.#nick}-${this.#count}`;
    this.#repeated = false;
    this.#transmit();
  }

  #transmit(): void {
    this.#tell(`send reader ${this.#text}`);
    this.#timer = systemWorld().clock.schedule(REPEAT_MS, () => {
      this.#repeated = true;
      this.#transmit();
    });
  }

  #tell(line: string): void {
    this.#endpoint?.send(this.#server, new TextEncoder().encode(line));
  }
}

const REPEAT_MS = 400;

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => systemWorld().clock.schedule(ms, resolve));
}
