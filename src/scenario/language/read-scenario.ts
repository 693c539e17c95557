import { statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { type Cast, checkNames } from "./cast.ts";
import type { NameUse } from "./conform.ts";
import { SERVER_NAME } from "./grammar/names.ts";
import { scenarioSchema } from "./grammar/scenario.ts";
import type { BotSpec, Scenario } from "./model.ts";
import { read } from "./read.ts";
import { entryOf, type MapEntry, type MapNode, quote, textUnder } from "./source-node.ts";
import type { SourceText } from "./source-text.ts";
import { readSteps } from "./steps.ts";

/**
 * Reads one case of a file whose variables have been put in. What is wrong is reported; what is returned holds only
 * when nothing was.
 *
 * @param label tells this case of a matrix from the others; empty where its name does
 */
export function readScenario(root: MapNode, label: string, source: SourceText): Scenario | undefined {
  const { value, names } = read(scenarioSchema, root, { start: root.start, end: root.start }, source);
  const list = entryOf(root, "steps")?.value;
  const { steps, names: stepNames } = list?.kind === "list" ? readSteps(list, source) : NO_STEPS;
  const cast = castOf(root, [...names, ...stepNames], source);
  if (cast !== undefined) checkNames([...names, ...stepNames], cast, source);
  const bots = readBots(root, source);
  if (value === undefined) return undefined;

  const placeOf = ({ keyRange }: MapEntry) => ({ place: source.placeAt(keyRange.start) });
  const nameEntry = entryOf(root, "name");
  const serverEntry = entryOf(root, "server");
  const place = source.placeAt(nameEntry?.keyRange.start ?? root.start);
  const name = value.name ?? basename(source.file).replace(/\.ya?ml$/i, "");
  const { persist } = value.server === "none" ? { persist: false } : value.server;
  const serverSpec = { ...(serverEntry === undefined ? { place } : placeOf(serverEntry)), persist };
  return {
    name: label === "" ? name : `${name} [${label}]`,
    place,
    tags: value.tags,
    timeoutMs: value.timeout,
    net: value.net ?? { seed: undefined, links: [] },
    server: value.server === "none" ? undefined : serverSpec,
    clients: new Map(entriesUnder(root, "clients").map((entry) => [entry.key, placeOf(entry)])),
    bots,
    steps,
    leftovers: value.leftovers,
  };
}

const NO_STEPS = { steps: [], names: [] };

/** `undefined` when `clients` or `bots` are too broken to tell who takes part. */
function castOf(root: MapNode, names: readonly NameUse[], source: SourceText): Cast | undefined {
  for (const key of ["clients", "bots"]) {
    const value = entryOf(root, key)?.value;
    if (value !== undefined && (value.kind !== "map" || value.incomplete)) return undefined;
  }
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
  };
}

/** The bots whose scripts are there. */
function readBots(root: MapNode, source: SourceText): ReadonlyMap<string, BotSpec> {
  const bots = new Map<string, BotSpec>();
  for (const { key, keyRange, value } of entriesUnder(root, "bots")) {
    const path = textUnder(value, "script");
    if (path === undefined || path === "") continue;
    const script = resolve(dirname(source.file), path);
    if (isFile(script)) {
      const nick = textUnder(value, "nick") ?? key;
      bots.set(key, { place: source.placeAt(keyRange.start), script, nick });
    } else {
      const range = entryOf(value, "script")?.value ?? keyRange;
      const hint = "paths count from the folder of this file";
      source.report("FILE_NOT_FOUND", range, `there is no file ${quote(path)}`, hint);
    }
  }
  return bots;
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function entriesUnder(root: MapNode, key: string): readonly MapEntry[] {
  const value = entryOf(root, key)?.value;
  return value?.kind === "map" ? value.entries : [];
}
