/**
 * The inside of the sandbox: bundled in front of every bot's script, it runs first and makes the world that the script sees.
 * The runner hands in one JSON text at a time through `__dispatch`.
 */

import type { BotDefinition } from "../../bot/api.ts";
import { type BotPorts, BotRuntime } from "../../bot/runtime.ts";
import type { Receipt } from "../../client/api.ts";
import { type Handed, timerLabel } from "../pipe/messages.ts";
import { start, tell } from "./host-calls.ts";
import { installConsole, log } from "./log.ts";
import { installPromise } from "./promise.ts";
import { callSite, faultOf, installStackTraces } from "./stack.ts";
import { callTimer, installTime, moveTo, nowMs } from "./time.ts";

/** So many messages may wait for their receipts at once. */
const SENDS_MAX = 1_000;

installStackTraces();
installPromise((reason) => {
  tell({ type: "fault", fault: faultOf(reason), handler: "a promise that nobody awaited" });
});
installTime();
installConsole();

const receipts = new Map<number, (receipt: Receipt) => void>();
let lastSend = 0;

const ports: BotPorts = {
  nick: start.nick,
  nowMs,
  log,
  callSite,
  send(to, text, event) {
    if (receipts.size >= SENDS_MAX)
      throw new RangeError(`more than ${SENDS_MAX} messages wait for their receipts`);
    const id = ++lastSend;
    tell({ type: "send", id, to, text, ...(event !== undefined && { event }) });
    return new Promise((resolve) => receipts.set(id, resolve));
  },
  handling(event, handler) {
    tell({ type: "handling", event, handler });
  },
  failed(error, handler, event) {
    tell({ type: "fault", fault: faultOf(error), handler, event });
  },
};
const runtime = new BotRuntime(ports);

/** Called at the end of the bundle with everything the script exports. */
export function run(script: { readonly default?: unknown }): void {
  Object.assign(globalThis, { __dispatch: dispatch });
  const definition = script.default;
  if (!isDefinition(definition)) {
    const message = "the script has to export a bot: export default defineBot((bot) => { … })";
    tell({ type: "start-failed", fault: { name: "TypeError", message, stack: "" } });
    return;
  }
  runtime.setUp(definition).then(
    () => tell({ type: "ready" }),
    (error: unknown) => tell({ type: "start-failed", fault: faultOf(error) }),
  );
}

function dispatch(json: string): void {
  const handed = JSON.parse(json) as Handed;
  moveTo(handed.dateMs);
  switch (handed.type) {
    case "input":
      runtime.handle(handed.input).then(() => tell({ type: "handled", event: handed.input.event }));
      return;
    case "receipt":
      receipts.get(handed.id)?.(handed.receipt);
      receipts.delete(handed.id);
      return;
    case "timer":
      callTimer(handed.id, (error, place) => {
        tell({ type: "fault", fault: faultOf(error), handler: timerLabel(place) });
      });
      return;
    case "start":
      return;
  }
}

function isDefinition(value: unknown): value is BotDefinition {
  return typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === "udpchat bot";
}
