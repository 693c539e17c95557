import type { TestContext } from "node:test";
import { openClient } from "../../src/client/client.ts";
import type { BotEvent } from "../../src/host/bot-event.ts";
import { DEFAULT_GRANT, DEFAULT_LIMITS } from "../../src/host/host-config.ts";
import { loadVersion } from "../../src/host/load-version.ts";
import { runnerFile } from "../../src/host/runner-file.ts";
import { Supervisor } from "../../src/host/supervisor.ts";
import { systemWorld } from "../../src/net/system-world.ts";
import { startServer } from "../../src/server/start-server.ts";
import { SqliteJournal } from "../../src/store/sqlite-journal.ts";
import { scriptFile } from "./bot-stage.ts";

/** How long anything here may take in real time; in practice it takes a fraction. */
const DEADLINE_MS = 30_000;

export interface BareStage {
  readonly events: readonly BotEvent[];
  readonly supervisor: Supervisor;
  send(text: string): Promise<void>;
  /** Sends the text and resolves to the next answer. */
  ask(text: string): Promise<string>;
  event<Kind extends BotEvent["kind"]>(kind: Kind): Promise<Extract<BotEvent, { kind: Kind }>>;
}

/**
 * A bot without the walls around its process: a plain Node.js runs the runner, or another program in its place.
 *
 * @param program what runs instead of the sandbox; it talks to the host over its standard streams
 */
export async function stageBare(t: TestContext, script: string, program?: string): Promise<BareStage> {
  const world = systemWorld();
  const server = await startServer({ world });
  const alice = await openClient({ nick: "alice", server: server.address }, world);
  await alice.register();
  const limits = { ...DEFAULT_LIMITS, antiloop: undefined };
  const config = {
    script: await scriptFile(t, script),
    settings: undefined,
    grant: DEFAULT_GRANT,
    roles: {},
    limits,
  };
  const version = await loadVersion(config, world);
  const args = program === undefined ? [await runnerFile()] : ["-e", program];
  const events: BotEvent[] = [];
  const watchers = new Set<() => void>();
  const supervisor = new Supervisor({
    nick: "bot",
    server: server.address,
    world,
    journal: new SqliteJournal(undefined).bot("bot"),
    version: { ...version, command: { file: process.execPath, args, missing: undefined } },
    limits,
    restart: { backoffMs: 1 },
    standby: false,
    patient: false,
    stopMs: 100,
    onEvent: (event) => {
      events.push(event);
      for (const watch of watchers) watch();
    },
  });
  t.after(async () => {
    await supervisor.close();
    await alice.close();
    await server.close();
  });
  const answers: ((text: string) => void)[] = [];
  alice.subscribe((event) => event.kind === "message" && answers.shift()?.(event.text));
  await supervisor.start();
  return {
    events,
    supervisor,
    send: async (text) => void (await alice.send("bot", text)),
    ask(text) {
      return new Promise((resolve, reject) => {
        const deadline = setTimeout(() => {
          reject(new Error(`${text} was not answered; ${JSON.stringify(events.slice(-5))}`));
        }, DEADLINE_MS);
        answers.push((answer) => {
          clearTimeout(deadline);
          resolve(answer);
        });
        void alice.send("bot", text);
      });
    },
    event(kind) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const found = events.find((event) => event.kind === kind);
          if (found === undefined) return;
          clearTimeout(deadline);
          watchers.delete(look);
          resolve(found as never);
        };
        const deadline = setTimeout(() => {
          watchers.delete(look);
          reject(new Error(`no ${kind} came; ${JSON.stringify(events.slice(-5))}`));
        }, DEADLINE_MS);
        watchers.add(look);
        look();
      });
    },
  };
}
