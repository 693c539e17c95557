/** The end of every world: all heals, everybody comes back, and what must be so then is looked at. */
import type { Contact } from "../../../src/client/api.ts";
import type { Clock } from "../../../src/net/network.ts";
import { formatAddress } from "../../../src/protocol/address.ts";
import { untilQuiet } from "../../../src/scenario/run/waiting.ts";
import type { Breach } from "./breach.ts";
import type { Participant } from "./participant.ts";
import { SERVER } from "./program.ts";
import type { Stage } from "./stage.ts";

/** How often somebody tries to register when nothing is in the way any more, and the pause between. */
const REGISTRATIONS_MAX = 10;
const PAUSE_MS = 2_000;

/** More than any delay that a program sets. */
const DRAIN_MS = 5_000;

/** Longer than a client spares a way that is broken. */
const BROKEN_WAY_MS = 65_000;

/** By then every receipt has come, and everything has come to rest. */
const REST_MS_MAX = 600_000;
const QUIET_MS = 2_000;

/** Returns what is not as it must be. Stops at the first thing without which the rest makes no sense. */
export async function comeBack(stage: Stage): Promise<readonly Breach[]> {
  const { sim, server, participants } = stage;
  stage.tell("all heals, and everybody comes back");
  sim.faults.apply({ kind: "heal" });
  const link = { from: "*", to: "*" };
  sim.faults.apply({
    kind: "faults",
    faults: [{ link, loss: 0, duplicate: 0, reorder: 0, corrupt: 0, delayMs: { min: 1, max: 1 } }],
  });
  // What is under way still has its delay; a v1 server cannot know a late goodbye from a new one.
  await pause(sim.world(SERVER).clock, DRAIN_MS);
  await server.start();
  for (const participant of participants) await participant.start("other");

  const away = (await Promise.all(participants.map((one) => isBack(one, stage)))).filter(
    (name) => name !== "",
  );
  if (away.length > 0) return [breach("back", "everybody can register when all has healed", away)];
  if (!(await rests(stage))) return [restless(stage)];

  // A client that found a way broken tries it again after a while.
  await pause(sim.world(SERVER).clock, BROKEN_WAY_MS);
  stage.tell("each calls the next");
  const unheard = await rollCall(participants);
  if (unheard.length > 0) return [breach("back", "a message gets through when all has healed", unheard)];
  if (!(await rests(stage))) return [restless(stage)];

  return [...tables(stage), ...mailboxes(stage)];
}

/** Everybody says goodbye; nothing may be left of them. */
export async function leave(stage: Stage): Promise<readonly Breach[]> {
  stage.tell("everybody leaves");
  await Promise.all(stage.participants.map((one) => one.deregister()));
  return (await rests(stage)) ? leftovers(stage) : [restless(stage)];
}

/** @returns the empty text, or who could not. */
async function isBack(one: Participant, { sim }: Stage): Promise<string> {
  const { clock } = sim.world(SERVER);
  for (let attempt = 1; attempt <= REGISTRATIONS_MAX; attempt += 1) {
    if (await one.register()) return "";
    await pause(clock, PAUSE_MS);
  }
  const errors = one.ledger.entries.filter(({ seen }) => seen.kind === "error");
  const last = errors.at(-1)?.seen;
  return `${one.name} tried ${REGISTRATIONS_MAX} times: ${last?.kind === "error" ? last.text : "no error"}`;
}

async function rests({ sim, server, participants }: Stage): Promise<boolean> {
  const { clock } = sim.world(SERVER);
  const busy = (): boolean =>
    sim.inFlight > 0 ||
    server.running?.busy === true ||
    participants.some(({ client, awaited }) => awaited > 0 || client?.busy === true);
  const network = {
    clock,
    busy,
    get lastDatagramMs() {
      return sim.lastDatagramMs;
    },
  };
  return await untilQuiet(network, { quietMs: QUIET_MS, maxMs: REST_MS_MAX, signal: NEVER });
}

const NEVER = new AbortController().signal;

function restless({ server, participants }: Stage): Breach {
  const busy = participants.filter(({ client, awaited }) => awaited > 0 || client?.busy === true);
  return breach("rest", `all comes to rest within ${REST_MS_MAX / 60_000} minutes`, [
    ...(server.running?.busy === true ? ["the server is busy"] : []),
    ...busy.map(({ name, awaited }) => `${name} is busy, ${awaited} receipts are awaited`),
  ]);
}

/** Each writes to the next, in a ring: now nothing is an excuse. */
async function rollCall(participants: readonly Participant[]): Promise<readonly string[]> {
  if (participants.length < 2) return [];
  const calls = participants.map(async (one, index) => {
    const to = participants[(index + 1) % participants.length]?.name ?? "";
    const receipt = await one.send(to, `${one.name} calls`, -1);
    return receipt?.kind === "delivered" ? "" : `from ${one.name} to ${to}: ${JSON.stringify(receipt)}`;
  });
  return (await Promise.all(calls)).filter((text) => text !== "");
}

/**
 * Every table shows all others as the server's store has them. A v1 row does not say whose fields are whose, so of
 * mixed ones a nickname may stay that nobody has; but never as somebody who is there.
 */
function tables({ server, participants }: Stage): readonly Breach[] {
  const truth = server.store.clients().map(({ nick, address, online }) => ({ nick, address, online }));
  const nicks = new Set(truth.map(({ nick }) => nick));
  return participants.flatMap(({ name, spec, client }) => {
    const expected = truth.filter(({ nick }) => nick !== name).map(lineOf);
    const found = [...(client?.contacts.values() ?? [])]
      .filter(({ nick, online }) => spec.dialect === 2 || online || nicks.has(nick))
      .map(lineOf);
    const wrong = [
      ...expected.filter((line) => !found.includes(line)).map((line) => `missing: ${line}`),
      ...found.filter((line) => !expected.includes(line)).map((line) => `wrong: ${line}`),
    ];
    return wrong.length === 0
      ? []
      : [breach("table", `the table of ${name} is what the server knows`, wrong)];
  });
}

function lineOf({ nick, address, online }: Pick<Contact, "nick" | "address" | "online">): string {
  return `${nick} ${formatAddress(address)} ${online ? "online" : "offline"}`;
}

/** All are there, so nothing is kept for anybody. */
function mailboxes({ server, participants }: Stage): readonly Breach[] {
  const full = participants.filter(({ name }) => server.store.mailboxSize(name).messages > 0);
  if (full.length === 0) return [];
  const found = full.map(({ name }) => `${server.store.mailboxSize(name).messages} are kept for ${name}`);
  return [breach("leftover", "nothing is kept for who is there", found)];
}

/** All have left in good order: the server holds what its nicknames need, and nothing of what was done. */
function leftovers({ server }: Stage): readonly Breach[] {
  const running = server.running;
  if (running === undefined) return [breach("leftover", "the server runs", ["it does not"])];
  const { population, entries } = running;
  const { nicknames, addresses, sessions, questions, tables, versions } = entries;
  const known = server.store.clients().length;
  const found = [
    ...(population.online > 0 ? [`${population.online} are online`] : []),
    ...(nicknames !== known ? [`it holds ${nicknames} nicknames and has stored ${known}`] : []),
    ...(addresses > known ? [`it holds ${addresses} addresses of ${known} nicknames`] : []),
    ...(sessions > 0 ? [`${sessions} sessions are left`] : []),
    ...(questions > 0 ? [`${questions} questions are left`] : []),
    ...(tables > 0 ? [`${tables} tables are due or under way`] : []),
    ...(versions > known + CHANGES_MAX ? [`it holds ${versions} rows and changes`] : []),
  ];
  return found.length === 0
    ? []
    : [breach("leftover", "nothing is left in the server when all have left", found)];
}

/** More than the server remembers of the table's history. */
const CHANGES_MAX = 10_000;

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.schedule(ms, resolve));
}

function breach(rule: Breach["rule"], expected: string, found: readonly string[]): Breach {
  return { rule, expected, found };
}
