import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Cast } from "./cast.ts";
import type { NameUse } from "./conform.ts";
import { SERVER_NAME } from "./grammar/names.ts";
import type { ServerFields } from "./grammar/participants.ts";
import type { BotSpec, ClientSpec, ServerSpec } from "./model.ts";
import type { Place } from "./place.ts";
import { entryOf, type MapEntry, type MapNode, quote, textUnder } from "./source-node.ts";
import type { SourceText } from "./source-text.ts";

/** Who takes part; `undefined` when `clients` or `bots` are too broken to tell. */
export function castOf(root: MapNode, names: readonly NameUse[], source: SourceText): Cast | undefined {
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
  if ("address" in fields) return { kind: "external", place: where, ...fields.address };
  return { kind: "native", place: where, persist: fields.persist };
}

export function readClients(root: MapNode, source: SourceText): ReadonlyMap<string, ClientSpec> {
  return new Map(
    entriesUnder(root, "clients").map(({ key, keyRange }) => {
      return [key, { kind: "native", place: source.placeAt(keyRange.start) }];
    }),
  );
}

/** The bots whose scripts are there. */
export function readBots(root: MapNode, source: SourceText): ReadonlyMap<string, BotSpec> {
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
