/** Time passes. */

import { counted } from "../../counted.ts";
import type { Cast } from "../cast.ts";
import { expectationFailed, viewOf } from "../failures.ts";
import type { Failure } from "../result.ts";
import type { Of, Scene } from "../scene.ts";
import type { Stage } from "../stage.ts";
import { sleep, untilQuiet } from "../waiting.ts";
import { formatMs } from "../wording.ts";

export async function wait(
  step: Of<"wait">,
  { stage: { clock } }: Scene,
  signal: AbortSignal,
): Promise<undefined> {
  await sleep(clock, step.waitMs, signal);
}

export async function settle(
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
    `${counted(cast.pendingSends, "message")} without a receipt, ${counted(inFlight, "datagram")} under way`,
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
