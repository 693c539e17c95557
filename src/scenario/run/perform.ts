/** What each verb does. A step that finds what it asks for returns nothing, else a failure; only an abort is thrown. */
import type { Receipt } from "../../client/api.ts";
import type { EventPattern, Step } from "../language/model.ts";
import type { Cast } from "./cast.ts";
import type { CommandEnd } from "./client-role.ts";
import { expectationFailed, viewOf, whatCameInstead } from "./failures.ts";
import type { Ledger } from "./ledger.ts";
import { compare, differingRows } from "./pattern.ts";
import type { Failure } from "./result.ts";
import type { Stage } from "./stage.ts";
import { unlessAborted, untilQuiet, waitFor } from "./waiting.ts";
import {
  count,
  describeCheck,
  describeObservation,
  describePattern,
  describeReceipt,
  formatMs,
} from "./wording.ts";

export interface Scene {
  readonly cast: Cast;
  readonly stage: Stage;
  /** Told before each step; call the result when it has ended. */
  readonly onStep: (step: Step) => () => void;
  /** Sends whose receipts no step waits for. */
  readonly inBackground: (send: Promise<unknown>) => void;
}

/** Performs steps one after the other, to the first failure. @throws the signal's reason when it aborts. */
export async function performAll(
  steps: readonly Step[],
  scene: Scene,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  for (const step of steps) {
    signal.throwIfAborted();
    const ended = scene.onStep(step);
    const failure = await perform(step, scene, signal);
    // An abort tears a step down in the middle; what it found then says nothing.
    signal.throwIfAborted();
    if (failure !== undefined) return failure;
    ended();
  }
  return undefined;
}

type Of<Verb extends Step["verb"]> = Extract<Step, { verb: Verb }>;

async function perform(step: Step, scene: Scene, signal: AbortSignal): Promise<Failure | undefined> {
  const { cast, stage } = scene;
  switch (step.verb) {
    case "register": {
      const role = cast.client(step.client);
      return ended(step, step.result, await role.register(step.as ?? step.client, signal), role.ledger);
    }
    case "deregister": {
      const role = cast.client(step.client);
      return ended(step, "ok", await role.deregister(signal), role.ledger);
    }
    case "send":
      return await send(step, scene, signal);
    case "expect":
      return await expect(step, scene, signal);
    case "never":
      return await never(step, scene, signal);
    case "assert":
      return check(step, cast.client(step.at).ledger);
    case "settle":
      return await settle(step, scene, signal);
    case "server":
      return await changeServer(step, cast, signal);
    case "net":
      stage.network.faults.apply(step.change);
      return undefined;
    case "parallel":
      return await parallel(step, scene, signal);
  }
}

function ended(
  step: Of<"register"> | Of<"deregister">,
  asked: CommandEnd["kind"],
  end: CommandEnd,
  ledger: Ledger,
): Failure | undefined {
  if (end.kind === asked) return undefined;
  const expected = step.verb === "register" ? EXPECTED_END[step.result] : "the server confirms it";
  const found = end.kind === "ok" ? "it was registered" : end.detail;
  return expectationFailed(step, expected, [found], [viewOf(ledger)]);
}

const EXPECTED_END = {
  ok: "the server registers it",
  refused: "the server refuses it",
  timeout: "the server does not answer",
} as const;

async function send(
  step: Of<"send">,
  { cast, inBackground }: Scene,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const role = cast.client(step.from);
  const sending = role.send(step.to, step.text, step.place, signal);
  if (step.result === undefined) {
    inBackground(sending);
    return undefined;
  }
  const receipt: Receipt = await sending;
  if (receipt.kind === step.result) return undefined;
  const recipient = cast.clients.get(step.to);
  const ledgers = [role, ...(recipient === undefined ? [] : [recipient])].map(({ ledger }) => viewOf(ledger));
  return expectationFailed(step, `the message is ${step.result}`, [describeReceipt(receipt)], ledgers);
}

async function expect(
  step: Of<"expect">,
  { cast, stage: { clock } }: Scene,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const { pattern, withinMs } = step;
  const { ledger } = cast.client(step.at);
  const probe: () => unknown =
    pattern.kind === "table"
      ? () => tableIs(ledger, pattern.rows) || undefined
      : () => ledger.take(pattern, step.place);
  const found = await waitFor({
    probe,
    watch: (changed) => ledger.watch(changed),
    clock,
    withinMs,
    signal,
  });
  if (found !== undefined) return undefined;
  const expected = `${describePattern(pattern)}, at ${step.at} within ${formatMs(withinMs)}`;
  const views = [viewOf(ledger, pattern), ...senders(pattern, cast).map((sender) => viewOf(sender))];
  return expectationFailed(step, expected, whatCameInstead(ledger, pattern), views);
}

/** Why a message did not come is seen at its sender. */
function senders(pattern: EventPattern, { clients }: Cast): readonly Ledger[] {
  if (pattern.kind !== "message" || pattern.from?.operator !== "equals") return [];
  const sender = clients.get(String(pattern.from.value));
  return sender === undefined ? [] : [sender.ledger];
}

async function never(
  step: Of<"never">,
  { cast, stage: { clock } }: Scene,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const { pattern, forMs } = step;
  const { ledger } = cast.client(step.at);
  const probe =
    pattern.kind === "table"
      ? () => (tableIs(ledger, pattern.rows) ? ["the table says so"] : undefined)
      : () =>
          nonEmpty(
            ledger
              .unconsumed(pattern)
              .map(({ atMs, seen }) => `at ${formatMs(atMs)}: ${describeObservation(seen)}`),
          );
  const found = await waitFor({
    probe,
    watch: (changed) => ledger.watch(changed),
    clock,
    withinMs: forMs ?? 0,
    signal,
  });
  if (found === undefined) return undefined;
  const expected = `never ${describePattern(pattern)}, at ${step.at}${forMs === undefined ? "" : ` for ${formatMs(forMs)}`}`;
  return expectationFailed(step, expected, found, [viewOf(ledger, pattern)]);
}

function check(step: Of<"assert">, ledger: Ledger): Failure | undefined {
  const expected = `at ${step.at}, ${describeCheck(step.check)}`;
  if (step.check.kind === "table") {
    const { rows } = step.check;
    if (tableIs(ledger, rows)) return undefined;
    return expectationFailed(step, expected, whatCameInstead(ledger, { kind: "table", rows }), [
      viewOf(ledger),
    ]);
  }
  const { pattern, is } = step.check;
  const number = ledger.count(pattern);
  if (compare(number, is)) return undefined;
  return expectationFailed(step, expected, [`it is ${number}`], [viewOf(ledger, pattern)]);
}

async function settle(
  step: Of<"settle">,
  { cast, stage }: Scene,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const { quietMs, maxMs } = step;
  if (await stageQuiet(cast, stage, { quietMs, maxMs, signal })) return undefined;
  const { inFlight } = stage.network;
  const expected = `nothing is under way for ${formatMs(quietMs)}, within ${formatMs(maxMs)}`;
  const { busy } = cast;
  const found = [
    `${count(cast.pendingSends, "message")} without a receipt, ${count(inFlight, "datagram")} under way`,
    ...(busy.length === 0 ? [] : [`not at rest: ${busy.join(", ")}`]),
  ];
  return expectationFailed(
    step,
    expected,
    found,
    [...cast.clients.values()].map(({ ledger }) => viewOf(ledger)),
  );
}

/**
 * Waits for quiet: for `quietMs` without a break no datagram was sent, arrived or was under way, no message awaited its
 * receipt, and nobody would transmit something before long: the server a table that is due or saved messages whose
 * arrival is not confirmed, a client what it asks for again.
 *
 * Not looked at are timers of a bot's own, and the pings and questions that begin only after long silence. In simulation that
 * is all there is. On the real network there are also datagrams that the system holds and bots that compute, which
 * nobody can see: `quietMs` has to be longer than either takes.
 */
export function stageQuiet(
  cast: Cast,
  { network, clock }: Stage,
  options: { readonly quietMs: number; readonly maxMs: number; readonly signal: AbortSignal },
): Promise<boolean> {
  const watched = {
    clock,
    busy: () => network.inFlight > 0 || cast.pendingSends > 0 || cast.busy.length > 0,
    get lastDatagramMs() {
      return network.lastDatagramMs;
    },
  };
  return untilQuiet(watched, options);
}

async function changeServer(
  step: Of<"server">,
  cast: Cast,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const starts = step.do === "start";
  if (cast.server.running === starts) {
    const found = starts ? "it runs already" : "it does not run";
    return expectationFailed(step, starts ? "a server that is down" : "a server that runs", [found], []);
  }
  if (starts) await unlessAborted(cast.startServer(), signal);
  else if (step.do === "stop") await cast.server.stop();
  else await cast.server.kill();
  return undefined;
}

async function parallel(
  step: Of<"parallel">,
  scene: Scene,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const branches = new AbortController();
  const both = AbortSignal.any([signal, branches.signal]);
  let first: { readonly failure: Failure } | { readonly error: unknown } | undefined;
  const end = (how: NonNullable<typeof first>) => {
    first ??= how;
    branches.abort(new Error("another branch failed"));
  };
  await Promise.all(
    step.branches.map(async (steps) => {
      try {
        const failure = await performAll(steps, scene, both);
        if (failure !== undefined) end({ failure });
      } catch (error) {
        end({ error });
      }
    }),
  );
  if (first === undefined) return undefined;
  if ("error" in first) throw first.error;
  return first.failure;
}

function tableIs(ledger: Ledger, rows: Parameters<typeof differingRows>[1]): boolean {
  const table = ledger.table();
  return table !== undefined && differingRows(table, rows).length === 0;
}

function nonEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}
