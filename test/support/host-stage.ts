import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import type { Receipt } from "../../src/client/api.ts";
import { openClient } from "../../src/client/client.ts";
import { askHost } from "../../src/host/control/client.ts";
import type { ControlRequest, ControlResult } from "../../src/host/control/protocol.ts";
import { ControlServer } from "../../src/host/control/server.ts";
import { Host } from "../../src/host/host.ts";
import {
  type BotLimits,
  DEFAULT_GRANT,
  DEFAULT_LIMITS,
  type HostConfig,
} from "../../src/host/host-config.ts";
import type { BotStatus } from "../../src/host/host-status.ts";
import type { LogRecord } from "../../src/host/log-record.ts";
import type { RestartPolicy } from "../../src/host/restarts.ts";
import { identityFrom } from "../../src/net/keys.ts";
import { systemWorld } from "../../src/net/system-world.ts";
import type { Address } from "../../src/protocol/address.ts";
import { startServer } from "../../src/server/start-server.ts";
import { SqliteJournal } from "../../src/store/sqlite-journal.ts";

const UNBOUNDED = { burst: 1e6, perSecond: 1e6 };

/** Whose the bots are, over all that happens to their host. */
const OWNER = identityFrom(new Uint8Array(32));

/** How long anything here may take in real time; in practice it takes a fraction. */
const DEADLINE_MS = 40_000;

/** A host with its control socket, on a real server, with alice to talk to its bots. */
export interface HostStage {
  readonly folder: string;
  readonly server: Address;
  host(): Host;
  bots(): readonly BotStatus[];
  command(request: ControlRequest): Promise<ControlResult>;
  send(bot: string, text: string): Promise<Receipt>;
  /** Sends the text and resolves to what the bot says next. */
  ask(bot: string, text: string): Promise<string>;
  /** Everything that alice heard. */
  readonly heard: readonly string[];
  until(condition: () => boolean): Promise<void>;
  /** The first line of the log of this kind, also one that came before. */
  event(kind: LogRecord["kind"]): Promise<LogRecord>;
  /** The path of a bot's script, after writing it where a text is given. */
  script(bot: string, text?: string): string;
  end(): Promise<void>;
  begin(): Promise<void>;
}

export async function stageHost(
  t: TestContext,
  scripts: Readonly<Record<string, string>>,
  {
    restart = { backoffMs: 1 },
    standby = false,
    limits = {},
    journal = {},
  }: {
    readonly restart?: RestartPolicy;
    readonly standby?: boolean;
    readonly limits?: Partial<BotLimits>;
    /** How large its journal may become, in place of a disk that is full. */
    readonly journal?: { readonly sizeBytesMax?: number };
  } = {},
  at?: Address,
): Promise<HostStage> {
  const folder = mkdtempSync(path.join(tmpdir(), "udpchat-host-"));
  const world = systemWorld();
  const own = at === undefined ? await startServer({ world }) : undefined;
  const server = at ?? own?.address ?? { host: "127.0.0.1", port: 9 };
  const script = (bot: string, text?: string): string => {
    const file = path.join(folder, `${bot}.ts`);
    if (text !== undefined) writeFileSync(file, `import { defineBot } from "udpchat/bot";\n${text}`);
    return file;
  };
  const config: HostConfig = {
    server,
    data: folder,
    metrics: undefined,
    stopMs: 2_000,
    bots: Object.entries(scripts).map(([name, text]) => ({
      name,
      nick: name,
      script: script(name, text),
      settings: undefined,
      grant: DEFAULT_GRANT,
      roles: {},
      // Alice asks as fast as she is answered.
      limits: { ...DEFAULT_LIMITS, flood: UNBOUNDED, output: UNBOUNDED, antiloop: undefined, ...limits },
      restart,
      standby,
    })),
  };
  const records: LogRecord[] = [];
  const watchers = new Set<() => void>();
  let running: Running | undefined;
  const begin = async () => {
    const note = (record: LogRecord) => {
      records.push(record);
      for (const watch of watchers) watch();
    };
    running = await Running.begin(config, journal, note);
  };
  const heard: string[] = [];
  const saidBy = new Map<string, string[]>();
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = () => {
        if (!condition()) return;
        clearTimeout(deadline);
        watchers.delete(look);
        resolve();
      };
      const deadline = setTimeout(() => {
        watchers.delete(look);
        reject(
          new Error(
            `it never came; the log: ${JSON.stringify(records.slice(-20))}; heard: ${heard.join(", ")}`,
          ),
        );
      }, DEADLINE_MS);
      watchers.add(look);
      look();
    });

  const nick = at === undefined ? "alice" : "alicia";
  const alice = await openClient({ nick, server }, world);
  alice.subscribe((event) => {
    if (event.kind !== "message") return;
    heard.push(event.text);
    saidBy.set(event.from, [...(saidBy.get(event.from) ?? []), event.text]);
    for (const watch of watchers) watch();
  });
  await alice.register();
  t.after(async () => {
    await running?.end();
    await alice.close();
    await own?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await begin();
  return {
    folder,
    server,
    heard,
    until,
    script,
    begin,
    async end() {
      const ending = running;
      running = undefined;
      await ending?.end();
    },
    host: () => running?.host ?? fail(),
    bots: () => running?.host.status().bots ?? [],
    command: (request) => askHost(folder, request),
    send: (bot, text) => alice.send(bot, text),
    async ask(bot, text) {
      const said = () => saidBy.get(bot) ?? [];
      const count = said().length;
      await alice.send(bot, text);
      await until(() => said().length > count);
      return said()[count] ?? "";
    },
    async event(kind) {
      await until(() => records.some((record) => record.kind === kind));
      return records.find((record) => record.kind === kind) ?? fail();
    },
  };
}

function fail(): never {
  throw new Error("there is no host");
}

class Running {
  readonly host: Host;
  readonly #journal: SqliteJournal;
  readonly #control: ControlServer;
  #ending: Promise<void> | undefined;

  private constructor(host: Host, journal: SqliteJournal, control: ControlServer) {
    this.host = host;
    this.#journal = journal;
    this.#control = control;
  }

  static async begin(
    config: HostConfig,
    options: { readonly sizeBytesMax?: number },
    onRecord: (record: LogRecord) => void,
  ): Promise<Running> {
    let running: Running | undefined;
    const onTrouble = (trouble: Error | undefined) => running?.host.noteJournal(trouble);
    const journal = new SqliteJournal(config.data, { ...options, onTrouble });
    const onDown = () => void running?.end();
    const host = new Host({
      config,
      world: systemWorld(),
      identity: OWNER,
      journal,
      reread: () => config,
      onRecord,
      onDown,
    });
    running = new Running(host, journal, await ControlServer.open(config.data, host));
    await host.start();
    return running;
  }

  end(): Promise<void> {
    this.#ending ??= (async () => {
      try {
        await this.host.close();
      } finally {
        await this.#control.close();
        this.#journal.close();
      }
    })();
    return this.#ending;
  }
}
