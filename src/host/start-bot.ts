import type { Antiloop, BotStart } from "../bot/ports.ts";
import type { ChatClient } from "../client/api.ts";
import { openClient } from "../client/client.ts";
import type { World } from "../net/network.ts";
import type { Address } from "../protocol/address.ts";
import { TEXT_BYTES_MAX } from "../protocol/limits.ts";
import type { BotEvent } from "./bot-event.ts";
import { type BotState, MemoryBotState, STATE_BYTES_DEFAULT } from "./bot-state.ts";
import { bundleBot } from "./bundle.ts";
import { HttpRequests, type HttpTransport } from "./http-requests.ts";
import type { RestartPolicy } from "./restarts.ts";
import { runnerFile } from "./runner-file.ts";
import { type BotCondition, Supervisor } from "./supervisor.ts";
import { findPrlimit, walledCommand } from "./walls.ts";

export interface StartBotOptions {
  /** The path of the script. */
  readonly script: string;
  /** What the bot is called on the network: 1–32 letters, digits, `_`, `.` or `-`. */
  readonly nick: string;
  readonly server: Address;
  /** Network, clock and randomness; also what the bot's own time and randomness come from. */
  readonly world: World;
  /** Where the bot listens. Default: any free port on 127.0.0.1. */
  readonly bind?: { readonly host?: string; readonly port?: number };
  readonly restart?: RestartPolicy;
  /** What its owner sets, as plain data; held against the schema of the script. Default: nothing. */
  readonly settings?: unknown;
  /** What its owner lets it have. Default: nothing. */
  readonly grant?: BotGrant;
  /** The nicknames that have a role. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  /** What outlives its processes. Default: kept in memory, so it ends with this one. */
  readonly memory?: BotState;
  /** How long a handler may take that sets no time of its own. Default 30 s. */
  readonly handlerMs?: number;
  /** When repetition between the bot and somebody else is taken for a loop of two programs; `false`: never. */
  readonly antiloop?: Antiloop | false;
  /** Makes the requests that are granted. Default: the real network. */
  readonly http?: HttpTransport;
  /** Whether this process may end by itself while the bot is alive, as tests do that leave it behind. Default false. */
  readonly background?: boolean;
  /** Told of everything worth a log line. It must not throw. */
  readonly onEvent?: (event: BotEvent) => void;
}

/** What the owner of a bot lets it have. */
export interface BotGrant {
  /** Hosts that it may make requests to, such as `status.example.org` or `127.0.0.1:8080`. */
  readonly http?: readonly string[];
  /** By their names. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** How much it may keep. Default 1 MiB. */
  readonly storeBytes?: number;
}

const HANDLER_MS_DEFAULT = 30_000;
const ANTILOOP_DEFAULT: Antiloop = { repeats: 5, windowMs: 120_000 };

export interface RunningBot extends AsyncDisposable {
  readonly nick: string;
  readonly address: Address;
  readonly state: BotCondition;
  /** As a client is: the network between it and others is not at rest. Timers and handlers of the bot's do not count. */
  readonly busy: boolean;
  /** Ends the bot's process as a crash would; another is started. For tests. */
  crash(): Promise<void>;
  /**
   * Takes no more messages, gives running handlers five seconds to finish, deregisters and ends the process. Never
   * rejects; calling it again waits for the same end.
   */
  close(): Promise<void>;
}

/** How long to wait, once registered, for the table of who was there before; of nobody the client reports no table. */
const FIRST_TABLE_MS_MAX = 250;

/**
 * Starts a bot in a sandbox of its own and registers its nickname. Resolves when both are done: from then on it
 * takes messages, and whoever comes online is announced to it.
 *
 * A bot that crashes or hangs is started again; its nickname stays registered meanwhile, and messages wait.
 *
 * @throws {BotError} when the script or its process is at fault, with the author's line where there is one.
 * @throws {ClientError} when the nickname cannot be registered.
 * @throws {NetworkError} when no port can be opened.
 * @throws {TypeError} when the nickname is none.
 */
export async function startBot(options: StartBotOptions): Promise<RunningBot> {
  const { script, nick, server, world, bind, restart = {}, grant = {}, onEvent = () => {} } = options;
  const memory = options.memory ?? new MemoryBotState(grant.storeBytes);
  const http = new HttpRequests(grant.http ?? [], world.clock, options.http);
  const supervisor = await withClockHeld(world, async () => {
    const [bundle, runner] = await Promise.all([bundleBot(script), runnerFile()]);
    const command = walledCommand(runner, findPrlimit());
    if (command.missing !== undefined) warnOnce(command.missing, onEvent);
    const start = botStart(options);
    const { background = false } = options;
    return new Supervisor({
      nick,
      bundle,
      command,
      background,
      world,
      restart,
      memory,
      start,
      http,
      onEvent,
    });
  });
  let client: ChatClient | undefined;
  try {
    await supervisor.ready;
    client = await openClient({ nick, server, ...(bind && { bind }) }, world);
    supervisor.attach(client);
    await client.register();
    await firstTable(client, supervisor, world);
  } catch (error) {
    await supervisor.abandon();
    await client?.close();
    throw error;
  }
  const { address } = client;
  const close = () => supervisor.close();
  return {
    nick,
    address,
    get state() {
      return supervisor.state;
    },
    get busy() {
      return supervisor.busy;
    },
    crash: () => supervisor.crash(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function botStart({
  settings,
  grant = {},
  roles = {},
  handlerMs,
  antiloop,
}: StartBotOptions): Omit<BotStart, "state"> {
  return {
    settings,
    secrets: grant.secrets ?? {},
    http: grant.http ?? [],
    roles,
    limits: {
      storeBytes: grant.storeBytes ?? STATE_BYTES_DEFAULT,
      handlerMs: handlerMs ?? HANDLER_MS_DEFAULT,
      textBytes: TEXT_BYTES_MAX,
      antiloop: antiloop === false ? undefined : (antiloop ?? ANTILOOP_DEFAULT),
    },
  };
}

/** The files and the process of the start are not on the clock, so it must wait for them. */
async function withClockHeld<T>({ clock }: World, work: () => Promise<T>): Promise<T> {
  const release = clock.hold();
  try {
    return await work();
  } finally {
    release();
  }
}

/** Settles who was there before the bot: whoever the first table names, or the client knows of by then. */
async function firstTable(client: ChatClient, supervisor: Supervisor, { clock }: World): Promise<void> {
  if (!supervisor.knowsWhoIsThere)
    await new Promise<void>((resolve) => {
      const done = () => {
        timer.cancel();
        unsubscribe();
        resolve();
      };
      const timer = clock.schedule(FIRST_TABLE_MS_MAX, done);
      const unsubscribe = client.subscribe(({ kind }) => kind === "table" && done());
    });
  supervisor.startPresence([...client.contacts.values()]);
}

const warned = new Set<string>();

function warnOnce(text: string, onEvent: (event: BotEvent) => void): void {
  if (warned.has(text)) return;
  warned.add(text);
  onEvent({ kind: "warning", text });
}
