/**
 * The inside of the sandbox: it runs first and makes the world that the author's script sees. The script comes in through
 * `__begin`, and then what happens: for each JSON text that is to be taken `dispatch` is called.
 */

import type { BotDefinition } from "../../bot/api.ts";
import type { HttpOutcome } from "../../bot/http.ts";
import * as botApi from "../../bot/index.ts";
import type { BotPorts } from "../../bot/ports.ts";
import { BotRuntime } from "../../bot/runtime.ts";
import type { Receipt } from "../../client/api.ts";
import { LABEL_CHARS_MAX, REQUESTS_MAX, SENDS_MAX } from "../pipe/bounds.ts";
import { timerLabel } from "../pipe/messages.ts";
import { installFromAsync } from "./from-async.ts";
import { collect, entered, enterUnnamed, nextCron, start, takeHanded, tell } from "./host-calls.ts";
import { runToEnd, scopes } from "./jobs.ts";
import { installConsole, log } from "./log.ts";
import { installPromise, newPromise, settle } from "./promise.ts";
import { callSite, faultOf, installStackTraces } from "./stack.ts";
import { callTimer, installTime, moveTo, nowMs, schedule } from "./time.ts";

installStackTraces();
installPromise((reason) => runtime.fault(reason, "a promise that nobody awaited"));
installFromAsync();
installTime();
installConsole();

const receipts = new Map<number, Promise<Receipt>>();
const requests = new Map<number, Promise<HttpOutcome>>();
let lastId = 0;

/** What the runner calls; they take nothing and return texts. */
export interface SandboxCalls {
  dispatch(): string;
  entered(): string;
}

const ports: BotPorts = {
  nick: start.nick,
  nowMs,
  log,
  callSite,
  schedule,
  nextCron,
  scopes,
  send(to, text, tag) {
    if (receipts.size >= SENDS_MAX) {
      const detail = `more than ${SENDS_MAX} messages wait for their receipts`;
      return Promise.resolve({ kind: "failed", reason: "ABORTED", detail, attempts: 0 });
    }
    const id = ++lastId;
    tell({ type: "send", id, to, text, ...tag });
    return awaited(receipts, id);
  },
  handling(event, handler) {
    tell({ type: "handling", event, handler: handler.slice(0, LABEL_CHARS_MAX) });
  },
  matching: enterUnnamed,
  failed(error, handler, event) {
    const where = handler.slice(0, LABEL_CHARS_MAX);
    tell({ type: "fault", fault: faultOf(error), handler: where, ...(event !== undefined && { event }) });
  },
  commit(changes, events) {
    const [event] = events;
    for (const change of changes) tell({ type: "change", change, ...(event !== undefined && { event }) });
    if (events.length > 0) tell({ type: "handled", events });
  },
  http(request) {
    if (requests.size >= REQUESTS_MAX) {
      const message = `more than ${REQUESTS_MAX} requests are under way`;
      return Promise.resolve({ kind: "error", code: "TOO_MANY", message });
    }
    const id = ++lastId;
    tell({ type: "http", id, request });
    return awaited(requests, id);
  },
};
const runtime = new BotRuntime(ports, start.start);

/** The author's bundle (bundle.ts), as a function of what it needs of ours that returns what the script exports. */
type Bundle = (promise: unknown, api: typeof botApi) => { readonly default?: unknown };

/** Hands these to the runner alone, before any of the author's code runs (runner-file.ts). */
declare const __setCalls: (calls: SandboxCalls) => void;
__setCalls({ dispatch, entered });

const globals = globalThis as { __begin?: (bundle: Bundle) => void };
globals.__begin = (bundle) => {
  delete globals.__begin;
  try {
    begin(bundle(Promise, botApi).default);
  } catch (error) {
    tell({ type: "start-failed", fault: faultOf(error) });
  }
};

function begin(definition: unknown): void {
  if (!isDefinition(definition)) {
    const message = "the script has to export a bot: export default defineBot((bot) => { … })";
    tell({ type: "start-failed", fault: { name: "TypeError", message, stack: "" } });
    return;
  }
  runtime.setUp(definition).then(
    (manifest) => tell({ type: "ready", manifest }),
    (error: unknown) => tell({ type: "start-failed", fault: faultOf(error) }),
  );
}

/** Acts on what the host hands in, and returns what is to be told it. */
function dispatch(): string {
  return collect(actToEnd);
}

function actToEnd(): void {
  runToEnd(act);
}

function act(): void {
  const handed = takeHanded();
  moveTo(handed.dateMs);
  switch (handed.type) {
    case "input":
      runtime.handle(handed.input);
      return;
    case "receipt":
      arrived(receipts, handed.id, handed.receipt);
      return;
    case "http-result":
      arrived(requests, handed.id, handed.outcome);
      return;
    case "timer":
      callTimer(handed.id, (error, place) => runtime.fault(error, timerLabel(place)));
      return;
    case "stop":
      void runtime.stop().then(() => tell({ type: "stopped" }));
      return;
    case "start":
      return;
  }
}

function awaited<T>(pending: Map<number, Promise<T>>, id: number): Promise<T> {
  const promise = newPromise<T>();
  pending.set(id, promise);
  return promise;
}

function arrived<T>(pending: Map<number, Promise<T>>, id: number, value: T): void {
  const promise = pending.get(id);
  if (promise !== undefined) settle(promise, value);
  pending.delete(id);
}

function isDefinition(value: unknown): value is BotDefinition {
  return typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === "udpchat bot";
}
