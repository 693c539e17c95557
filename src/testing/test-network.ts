import { type Duration, readDuration } from "../bot/duration.ts";
import type { FaultPlan } from "../net/faults.ts";

/** The network between everybody, which is perfect unless told otherwise. */
export interface TestNetwork {
  /** From now on, of all datagrams. Fractions are from 0 to 1; what is left out is as it should be. */
  faults(faults: {
    readonly loss?: number;
    readonly duplicate?: number;
    readonly reorder?: number;
    readonly delay?: Duration;
  }): void;
  /** Nothing reaches these any more, nor comes from them: users, the bot's nickname, or `server`. */
  cut(...names: readonly string[]): void;
  /** Ends all of it. */
  heal(): void;
}

const EVERYWHERE = { from: "*", to: "*" };

export function testNetwork(plan: FaultPlan, latencyMs: number): TestNetwork {
  return {
    faults: ({ loss = 0, duplicate = 0, reorder = 0, delay }) => {
      const ms = delay === undefined ? latencyMs : readDuration(delay);
      const faults = { link: EVERYWHERE, loss, duplicate, reorder, delayMs: { min: ms, max: ms } };
      plan.apply({ kind: "faults", faults: [faults] });
    },
    cut: (...names) => plan.apply({ kind: "partition", groups: names.map((name) => [name]) }),
    heal: () => {
      plan.apply({ kind: "heal" });
      const delayMs = { min: latencyMs, max: latencyMs };
      const faults = { link: EVERYWHERE, loss: 0, duplicate: 0, reorder: 0, delayMs };
      plan.apply({ kind: "faults", faults: [faults] });
    },
  };
}
