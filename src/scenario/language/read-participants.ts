import { dirname, resolve } from "node:path";
import type { CastNames } from "./cast.ts";
import type { NameUse } from "./conform.ts";
import { closed } from "./driver/closed.ts";
import { GENERIC_DRIVER, loadDriverFile } from "./driver/load.ts";
import type { Driver } from "./driver/model.ts";
import { SERVER_NAME } from "./grammar/names.ts";
import type { BotFields, ClientFields, ServerFields } from "./grammar/participants.ts";
import type { BotSpec, ClientSpec, ServerSpec } from "./model.ts";
import type { Place } from "./place.ts";
import { type ProgramSpec, seesTakenPorts } from "./program-spec.ts";
import { isFile, reportNoFile } from "./source-files.ts";
import { entriesUnder, entryOf, type MapNode, quote, type SourceNode, textUnder } from "./source-node.ts";
import type { Range, SourceText } from "./source-text.ts";

/** Who takes part; `undefined` when `clients` or `bots` are too broken to tell. */
/** @param later where a nickname is known only as the scenario runs, in words */
export function castOf(
  root: MapNode,
  names: readonly NameUse[],
  later: string | undefined,
  source: SourceText,
): CastNames | undefined {
  for (const key of ["clients", "bots"]) {
    const value = entryOf(root, key)?.value;
    if (value !== undefined && (value.kind !== "map" || value.incomplete)) return undefined;
  }
  if (root.incomplete) return undefined;
  const clients = new Set(entriesUnder(root, "clients").map(({ key }) => key));
  const bots = entriesUnder(root, "bots");
  for (const { key, keyRange } of bots) {
    if (!clients.has(key)) continue;
    source.report(
      "DUPLICATE_NAME",
      keyRange,
      `${quote(key)} is a client already`,
      "give the bot another name",
    );
  }
  const botNames = bots.map(({ key }) => key);
  const botNicks = bots.map((bot) => textUnder(bot.value, "nick") ?? bot.key);
  const borrowed = names.filter(({ role }) => role === "as").map(({ text }) => text);
  return {
    clients,
    bots: new Set(botNames),
    nicks: new Set([...clients, ...botNicks, ...borrowed]),
    ends: new Set([...clients, ...botNames, SERVER_NAME]),
    ...(later !== undefined && { later }),
  };
}

export function readServer(
  fields: ServerFields,
  root: MapNode,
  place: Place,
  source: SourceText,
): ServerSpec | undefined {
  if (fields === "none") return undefined;
  const entry = entryOf(root, "server");
  const where = entry === undefined ? place : source.placeAt(entry.keyRange.start);
  if (fields === "silent") return { kind: "silent", place: where };
  if ("process" in fields) {
    const program = readProgram(fields.process, entry?.value, where, source);
    const { implementation } = program;
    if (
      implementation !== undefined &&
      implementation.driver.server.ready === undefined &&
      !seesTakenPorts()
    ) {
      const message = `on ${process.platform} nobody can see whether a program has its port`;
      const hint = "say what it writes when it is ready: `ready: {stdout: listening}`";
      source.report("MISSING", entry?.keyRange ?? ANYWHERE, message, hint);
    }
    return program;
  }
  if ("address" in fields) return { kind: "external", place: where, ...fields.address };
  return { kind: "native", place: where, persist: fields.persist };
}

export function readClients(
  fields: Readonly<Record<string, ClientFields>>,
  root: MapNode,
  source: SourceText,
): ReadonlyMap<string, ClientSpec> {
  return new Map(
    entriesUnder(root, "clients").map(({ key, keyRange, value }): [string, ClientSpec] => {
      const place = source.placeAt(keyRange.start);
      const own = fields[key] ?? { protocol: "auto" };
      return [
        key,
        "process" in own
          ? readProgram(own.process, value, place, source)
          : { kind: "native", place, protocol: own.protocol },
      ];
    }),
  );
}

type ProcessFields = Extract<ServerFields, { process: unknown }>["process"];

/** The driver's mistakes are told at the place that names it. */
function readProgram(
  fields: ProcessFields,
  holder: SourceNode | undefined,
  place: Place,
  source: SourceText,
): ProgramSpec {
  const folder = dirname(source.file);
  const { command, arguments: own, pty, cwd, env, ready } = fields;
  const at = (key: string) => entryOf(entryOf(holder, "process")?.value, key)?.value ?? holder ?? ANYWHERE;
  if (command === undefined) {
    for (const key of ["driver", "pty", "cwd", "env", "ready"] as const) {
      if (fields[key] === undefined) continue;
      const message = `\`${key}\` is of a program that has a \`command\` here`;
      source.report("BAD_VALUE", at(key), message, "the implementation under test has a driver of its own");
    }
    return { kind: "program", place, implementation: undefined, arguments: own };
  }
  const driver = readDriver(
    fields.driver === undefined ? GENERIC_DRIVER : resolve(folder, fields.driver),
    at("driver"),
    source,
  );
  if (driver === undefined)
    return { kind: "program", place, implementation: undefined, arguments: undefined };
  const whole: Driver = {
    ...driver,
    name: fields.driver === undefined ? "program" : driver.name,
    terminal: pty ?? driver.terminal,
    env: { ...driver.env, ...env },
    server: {
      ...driver.server,
      command: undefined,
      arguments: own ?? [],
      ready: ready?.stdout ?? driver.server.ready,
    },
    client: { ...driver.client, command: undefined, arguments: own ?? [] },
  };
  const implementation = {
    driver: whole,
    command,
    cwd: resolve(folder, cwd ?? "."),
    profile: closed(driver),
  };
  return { kind: "program", place, implementation, arguments: undefined };
}

const ANYWHERE: Range = { start: 0, end: 0 };

function readDriver(path: string, range: Range, source: SourceText): Driver | undefined {
  const { driver, problems } = loadDriverFile(path);
  const [first] = problems;
  if (first === undefined) return driver;
  const { line, column } = first.place;
  const where = first.code === "UNREADABLE" ? "" : ` at ${line}:${column}`;
  source.report("BAD_VALUE", range, `the driver has a mistake${where}: ${first.message}`, first.hint);
  return undefined;
}

/**
 * The bots whose scripts are there.
 *
 * @param fields What is known of them where the file has no mistakes.
 */
export function readBots(
  root: MapNode,
  source: SourceText,
  fields: Readonly<Record<string, BotFields>>,
): ReadonlyMap<string, BotSpec> {
  const bots = new Map<string, BotSpec>();
  for (const { key, keyRange, value } of entriesUnder(root, "bots")) {
    const path = textUnder(value, "script");
    if (path === undefined || path === "") continue;
    const script = resolve(dirname(source.file), path);
    if (isFile(script)) {
      const nick = textUnder(value, "nick") ?? key;
      const { settings = {}, grant = { http: [], secrets: {} }, roles = {} } = fields[key] ?? {};
      bots.set(key, { place: source.placeAt(keyRange.start), script, nick, settings, grant, roles });
    } else {
      const range = entryOf(value, "script")?.value ?? keyRange;
      reportNoFile(path, range, source);
    }
  }
  return bots;
}
