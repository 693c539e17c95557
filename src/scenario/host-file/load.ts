/** The way from `host.yaml` to what a host runs, with the machinery of the scenario language. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import {
  type BotConfig,
  type BotGrant,
  type BotLimits,
  DEFAULT_GRANT,
  DEFAULT_LIMITS,
  DEFAULT_STOP_MS,
  type HostConfig,
} from "../../host/host-config.ts";
import type { RestartPolicy } from "../../host/restarts.ts";
import type { Problem } from "../language/problem.ts";
import { read } from "../language/read.ts";
import { isFile, openSource, parseRoot, reportNoFile } from "../language/source-files.ts";
import { entriesUnder, entryOf, type MapEntry, quote } from "../language/source-node.ts";
import type { SourceText } from "../language/source-text.ts";
import { type BotEntry, HOST_BEGINNING, hostSchema, type LimitKeys } from "./schema.ts";

export interface LoadedHost {
  /** `undefined` when there are problems. */
  readonly config: HostConfig | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Loads a host's file; paths in it count from its folder. What is wrong with it, even that there is none, is a problem
 * in the result.
 *
 * @param environment where secrets of the kind `{env: NAME}` are looked up
 */
export function loadHostFile(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): LoadedHost {
  const source = openSource(file);
  if (source.problems.length > 0) return { config: undefined, problems: source.problems };
  const config = configOf(source, environment);
  const { problems } = source;
  return { config: problems.length > 0 ? undefined : config, problems };
}

/** The JSON Schema (draft 2020-12) of `host.yaml`, for editors. */
export function hostJsonSchema(): object {
  return { title: "udpchat host.yaml", ...z.toJSONSchema(hostSchema, { io: "input" }) };
}

function configOf(
  source: SourceText,
  environment: Readonly<Record<string, string | undefined>>,
): HostConfig | undefined {
  const root = parseRoot(source, HOST_BEGINNING);
  if (root === undefined) return undefined;
  const { value } = read(hostSchema, root, { start: root.start, end: root.start }, source);
  const reader = new BotReader(source, environment);
  const folder = path.dirname(path.resolve(source.file));
  const entries = entriesUnder(root, "bots");
  const bots = entries.map((entry): BotConfig | undefined => {
    reader.checkScript(entry);
    const fields = value?.bots[entry.key];
    return value && fields && reader.read(entry, fields, value.defaults ?? {}, value.roles ?? {});
  });
  reader.checkNicks(entries);
  if (value === undefined) return undefined;
  return {
    server: value.server,
    data: path.resolve(folder, value.data),
    metrics: value.metrics,
    stopMs: value.stopTimeout ?? DEFAULT_STOP_MS,
    bots: bots.filter((bot) => bot !== undefined),
  };
}

class BotReader {
  readonly #source: SourceText;
  readonly #folder: string;
  readonly #environment: Readonly<Record<string, string | undefined>>;

  constructor(source: SourceText, environment: Readonly<Record<string, string | undefined>>) {
    this.#source = source;
    this.#folder = path.dirname(path.resolve(source.file));
    this.#environment = environment;
  }

  read(
    entry: MapEntry,
    fields: BotEntry,
    defaults: LimitKeys,
    roles: Readonly<Record<string, readonly string[]>>,
  ): BotConfig {
    return {
      name: entry.key,
      nick: fields.nick ?? entry.key,
      script: path.resolve(this.#folder, fields.script),
      settings: fields.settings,
      grant: this.#grant(entry, fields.grant ?? {}),
      roles: { ...roles, ...fields.roles },
      limits: limitsOf(defaults, fields),
      restart: restartOf(defaults.restart, fields.restart),
      standby: fields.standby ?? defaults.standby ?? false,
    };
  }

  checkScript({ value }: MapEntry): void {
    const script = entryOf(value, "script")?.value;
    if (script?.kind !== "scalar" || script.text === "") return;
    if (isFile(path.resolve(this.#folder, script.text))) return;
    reportNoFile(script.text, script, this.#source);
  }

  /** Two bots under one nickname would push each other off the network. */
  checkNicks(entries: readonly MapEntry[]): void {
    const owners = new Map<string, string>();
    for (const { key, keyRange, value } of entries) {
      const node = entryOf(value, "nick")?.value;
      const nick = node?.kind === "scalar" ? node.text : key;
      const owner = owners.get(nick);
      if (owner === undefined) owners.set(nick, key);
      else {
        const message = `${quote(nick)} is the nickname of ${quote(owner)} already`;
        this.#source.report("DUPLICATE_NAME", node ?? keyRange, message, "give one of them another `nick`");
      }
    }
  }

  #grant(entry: MapEntry, { http, secrets, store }: NonNullable<BotEntry["grant"]>): BotGrant {
    const holder = entryOf(entryOf(entry.value, "grant")?.value ?? entry.value, "secrets")?.value;
    const values = Object.entries(secrets ?? {}).map(([name, from]): [string, string] => {
      const { file, env } = from;
      const value =
        file === undefined ? this.#environment[env ?? ""] : readSecret(path.resolve(this.#folder, file));
      if (value !== undefined) return [name, value];
      const node = holder && entryOf(holder, name)?.value;
      const message =
        file === undefined
          ? `the environment has no variable ${quote(env ?? "")}`
          : `the file ${quote(file)} cannot be read`;
      this.#source.report(
        "FILE_NOT_FOUND",
        node ?? entry.keyRange,
        message,
        `the secret ${quote(name)} comes from there`,
      );
      return [name, ""];
    });
    return {
      http: http ?? DEFAULT_GRANT.http,
      secrets: Object.fromEntries(values),
      storeBytes: store ?? DEFAULT_GRANT.storeBytes,
    };
  }
}

function limitsOf(defaults: LimitKeys, own: LimitKeys): BotLimits {
  const { flood, antiloop, output } = DEFAULT_LIMITS;
  const pick = <K extends keyof LimitKeys>(key: K) => own[key] ?? defaults[key];
  const bucket = (key: "flood" | "output", standard: BotLimits["flood"]) => ({
    burst: own[key]?.burst ?? defaults[key]?.burst ?? standard.burst,
    perSecond: own[key]?.refill ?? defaults[key]?.refill ?? standard.perSecond,
  });
  return {
    ...DEFAULT_LIMITS,
    memoryBytes: pick("memory") ?? DEFAULT_LIMITS.memoryBytes,
    cpu: pick("cpu") ?? DEFAULT_LIMITS.cpu,
    handlerMs: pick("handlerTimeout") ?? DEFAULT_LIMITS.handlerMs,
    flood: bucket("flood", flood),
    antiloop: {
      repeats: own.antiloop?.repeats ?? defaults.antiloop?.repeats ?? antiloop.repeats,
      windowMs: own.antiloop?.window ?? defaults.antiloop?.window ?? antiloop.windowMs,
    },
    output: bucket("output", output),
  };
}

function restartOf(defaults: LimitKeys["restart"], own: LimitKeys["restart"]): RestartPolicy {
  const { backoff, minUptime, maxUnstable } = { ...defaults, ...own };
  return {
    ...(backoff !== undefined && { backoffMs: backoff.min, backoffMsMax: backoff.max }),
    ...(minUptime !== undefined && { minUptimeMs: minUptime }),
    ...(maxUnstable !== undefined && { maxUnstable }),
  };
}

/** Without the line break that editors put at the end. */
function readSecret(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch {
    return undefined;
  }
}
