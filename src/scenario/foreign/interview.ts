import type { World } from "../../net/network.ts";
import type { Showing } from "../language/driver/model.ts";
import type { Implementation } from "../language/program-spec.ts";
import { waitFor } from "../run/waiting.ts";
import { detectProfile } from "./detect.ts";
import type { ForeignClient } from "./foreign-client.ts";
import { Trial } from "./trial.ts";

/** What a line should have come within, after what it belongs to. */
const LINE_MS_MAX = 4_000;

/** With a time in front of everything, a message looks like a saved one. */
const ALIKE: Readonly<Partial<Record<Showing, Showing>>> = { message: "savedMessage" };

/** One thing that was asked, and whether the driver understood what it showed. */
export interface Finding {
  readonly showing: Showing;
  /** What was done that should have led to it. */
  readonly after: string;
  readonly understood: boolean;
  /** All lines that came instead. */
  readonly lines: readonly string[];
}

export interface Interview {
  readonly profile: Implementation["profile"];
  readonly findings: readonly Finding[];
}

/**
 * Starts a program and asks it a few things: two clients register, write to each other, one leaves and comes back.
 *
 * @throws as `detectProfile` does.
 */
export async function interview(
  implementation: Implementation,
  world: World,
  signal: AbortSignal,
): Promise<Interview> {
  const profile = await detectProfile(implementation, world, signal);
  const [x, y] = ["anna", "bert"] as const;
  await using trial = await Trial.start({ ...implementation, profile }, world, [x, y]);
  const anna = trial.client(x);
  const bert = trial.client(y);
  const findings: Finding[] = [];
  const ask = async (
    client: ForeignClient,
    showings: readonly Showing[],
    after: string,
    act: () => Promise<unknown>,
  ) => {
    const from = client.ledger.entries.length;
    await act();
    for (const showing of showings) {
      const lines = () =>
        client.ledger.entries.slice(from).flatMap(({ seen }) => (seen.kind === "line" ? [seen] : []));
      const found = await waitFor({
        probe: () => lines().some(({ shows }) => shows === showing || shows === ALIKE[showing]) || undefined,
        watch: (changed) => client.ledger.watch(changed),
        clock: world.clock,
        withinMs: LINE_MS_MAX,
        signal,
      });
      findings.push({ showing, after, understood: found === true, lines: lines().map(({ text }) => text) });
    }
  };
  await ask(bert, ["registered"], `registering ${y}`, () => bert.register(y, signal));
  await ask(bert, ["table"], `registering ${x} beside ${y}`, () => anna.register(x, signal));
  await ask(bert, ["message"], `${x}: send ${y} good morning`, async () => {
    await ask(anna, ["delivered"], `${x}: send ${y} good morning`, () =>
      anna.send(y, "good morning", undefined, signal),
    );
  });
  await ask(bert, ["deregistered"], `${y}: dereg ${y}`, () => bert.deregister(signal));
  await ask(anna, ["saved"], `${x}: send ${y} good night, while ${y} is away`, () =>
    anna.send(y, "good night", undefined, signal),
  );
  await ask(bert, ["mail", "savedMessage"], `${y}: reg ${y}, with a message waiting`, () =>
    bert.register(y, signal),
  );
  await bert.stop();
  await trial.server.kill();
  await ask(anna, ["silent", "exiting"], `${x}: dereg ${x}, without a server`, () => anna.deregister(signal));
  return { profile, findings };
}
