import { readFile } from "node:fs/promises";
import type { BotManifest } from "../bot/ports.ts";
import { systemWorld } from "../net/system-world.ts";
import { BotError } from "./bot-error.ts";
import { type BotGrant, DEFAULT_GRANT, DEFAULT_LIMITS } from "./host-config.ts";
import { loadVersion } from "./load-version.ts";
import { BotSession } from "./session.ts";
import { codeFrame, SourceText } from "./source-place.ts";
import { checkTypes, type TypeMistake } from "./type-check.ts";

export interface CheckBotOptions {
  readonly script: string;
  readonly settings: unknown;
  readonly grant: Partial<BotGrant>;
  readonly roles: Readonly<Record<string, readonly string[]>>;
}

/** What there is to say of a script before anybody runs it. */
export interface BotCheck {
  /** `undefined`: there is no compiler to ask. */
  readonly types: readonly (TypeMistake & { readonly codeFrame: string | undefined })[] | undefined;
  /** What it is, and how long it took to start; or why it does not. */
  readonly start: { readonly manifest: BotManifest; readonly tookMs: number } | BotError;
  /** Of the bundle; empty when there is none. */
  readonly sizes: readonly (readonly [from: string, bytes: number])[];
}

/** Type-checks a script and starts it in its sandbox as if all that it needs were granted, without a network. */
export async function checkBot(options: CheckBotOptions): Promise<BotCheck> {
  const mistakes = checkTypes(options.script);
  mistakes.catch(() => {});
  const { start, sizes } = await tryToStart(options);
  const types = (await mistakes)?.map(async (mistake) => {
    const source = await readFile(mistake.file, "utf8").catch(() => "");
    return { ...mistake, codeFrame: codeFrame(new SourceText(source), mistake) };
  });
  return { types: types && (await Promise.all(types)), start, sizes };
}

async function tryToStart({
  script,
  settings,
  grant,
  roles,
}: CheckBotOptions): Promise<Pick<BotCheck, "start" | "sizes">> {
  const world = systemWorld();
  const startedMs = performance.now();
  let sizes: BotCheck["sizes"] = [];
  try {
    const config = { script, settings, grant: { ...DEFAULT_GRANT, ...grant }, roles, limits: DEFAULT_LIMITS };
    const version = await loadVersion(config, world);
    sizes = version.bundle.sizes;
    const session = new BotSession({
      nick: "check",
      bundle: version.bundle,
      command: version.command,
      world,
      start: { ...version.start, isTrial: true, state: { entries: [], timers: [] } },
      http: version.http,
      onEvent: () => {},
      send: async () => ({ kind: "failed", reason: "NOT_REGISTERED", detail: "a trial", attempts: 0 }),
      commit: () => {},
      onEnd: () => {},
    });
    try {
      const manifest = await session.ready;
      return { start: { manifest, tookMs: Math.round(performance.now() - startedMs) }, sizes };
    } finally {
      await session.kill();
    }
  } catch (error) {
    if (error instanceof BotError) return { start: error, sizes };
    throw error;
  }
}
