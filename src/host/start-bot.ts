import type { Antiloop } from "../bot/ports.ts";
import type { ClientOptions } from "../client/api.ts";
import type { World } from "../net/network.ts";
import type { Address } from "../protocol/address.ts";
import type { BotJournal } from "../store/journal.ts";
import { SqliteJournal } from "../store/sqlite-journal.ts";
import type { BotEvent } from "./bot-event.ts";
import { type BotGrant, DEFAULT_GRANT, DEFAULT_LIMITS, DEFAULT_STOP_MS } from "./host-config.ts";
import type { HttpTransport } from "./http-requests.ts";
import { loadVersion } from "./load-version.ts";
import type { RestartPolicy } from "./restarts.ts";
import { Supervisor } from "./supervisor.ts";
import type { BotCondition } from "./supervisor-options.ts";

export interface StartBotOptions extends Pick<ClientOptions, "identity" | "protocol"> {
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
  /** What its owner lets it have. Default: no hosts, no secrets, 1 MiB to keep. */
  readonly grant?: Partial<BotGrant>;
  /** The nicknames that have a role. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  /**
   * What outlives its processes: messages that are not handled, what it sent, its store, its timers. A bot that is started with
   * the journal of an earlier one goes on where that one was. Default: one of its own in memory, which ends with it.
   */
  readonly journal?: BotJournal;
  /** How long a handler may take that sets no time of its own. Default 30 s. */
  readonly handlerMs?: number;
  /** When repetition between the bot and somebody else is taken for a loop of two programs; `false`: never. */
  readonly antiloop?: Antiloop | false;
  /** Makes the requests that are granted. Default: the real network. */
  readonly http?: HttpTransport;
  /** Whether this process may end by itself while the bot is alive, as tests do that leave it behind. Default false. */
  readonly background?: boolean;
  /** Waits while the nickname is online elsewhere. Default false. */
  readonly standby?: boolean;
  /** Told of everything worth a log line. It must not throw. */
  readonly onEvent?: (event: BotEvent) => void;
}

export interface RunningBot extends AsyncDisposable {
  readonly nick: string;
  readonly address: Address;
  readonly state: BotCondition;
  /** As a client is: the network between it and others is not at rest. Timers and handlers of the bot's do not count. */
  readonly busy: boolean;
  /**
   * Bundles the script anew and replaces the process by one of the new version, without a message lost or handled twice.
   *
   * @throws {BotError} when the new version does not start; the old one goes on.
   */
  reload(): Promise<void>;
  /** Ends the bot's process as a crash would; another is started. Resolves when it is gone. For tests. */
  crash(): Promise<void>;
  /**
   * Takes no more messages, gives running handlers five seconds to finish, deregisters and ends the process. Never
   * rejects; calling it again waits for the same end.
   */
  close(): Promise<void>;
}

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
  const { nick, server, world, bind, restart = {}, standby = false, onEvent = () => {} } = options;
  const config = configOf(options);
  const load = () => loadVersion(config, world, options.http);
  const version = await load();
  if (version.command.missing !== undefined) warnOnce(version.command.missing, onEvent);
  const supervisor = new Supervisor({
    nick,
    server,
    ...(bind && { bind }),
    ...(options.identity && { identity: options.identity }),
    ...(options.protocol && { protocol: options.protocol }),
    background: options.background ?? false,
    world,
    journal: options.journal ?? new SqliteJournal(undefined).bot(nick),
    version,
    limits: config.limits,
    restart,
    standby,
    patient: false,
    stopMs: DEFAULT_STOP_MS,
    onEvent,
  });
  await supervisor.start();
  const close = () => supervisor.close();
  return {
    nick,
    address: supervisor.address,
    get state() {
      return supervisor.state;
    },
    get busy() {
      return supervisor.busy;
    },
    reload: async () => supervisor.reload(await load()),
    crash: () => supervisor.crash(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function configOf({ script, settings, grant, roles = {}, handlerMs, antiloop }: StartBotOptions) {
  return {
    script,
    settings,
    grant: { ...DEFAULT_GRANT, ...grant },
    roles,
    limits: {
      ...DEFAULT_LIMITS,
      ...(handlerMs !== undefined && { handlerMs }),
      ...(antiloop !== undefined && { antiloop: antiloop === false ? undefined : antiloop }),
    },
  };
}

const warned = new Set<string>();

function warnOnce(text: string, onEvent: (event: BotEvent) => void): void {
  if (warned.has(text)) return;
  warned.add(text);
  onEvent({ kind: "warning", text });
}
