/** Plays a program in a simulated world, brings everybody back at the end, and holds the standing invariants against it all. */
import { REORDER_HOLD_MS } from "../../../src/net/faults.ts";
import { Simulation } from "../../../src/net/sim/simulation.ts";
import type { TraceEntry, TraceKind } from "../../../src/net/trace.ts";
import type { PossibleFaults } from "../../../src/scenario/run/possible-faults.ts";
import { SentLog } from "../../../src/scenario/run/sent.ts";
import { AmplificationWatch } from "./amplification.ts";
import type { Breach } from "./breach.ts";
import { CrashingStore } from "./crashing-store.ts";
import { comeBack, leave } from "./ending.ts";
import { judge, judgeSilence } from "./judge.ts";
import { Participant } from "./participant.ts";
import { type Action, castOf, describeAction, type Program, SERVER } from "./program.ts";
import { SoakServer } from "./soak-server.ts";
import type { Stage } from "./stage.ts";

export interface PlayOptions {
  /** Another disk for the server than {@link CrashingStore}, with a bug planted in it. */
  readonly store?: (nowMs: () => number) => CrashingStore;
  readonly onTrace?: (entry: TraceEntry) => void;
  /** Told of what is done and seen, in words. */
  readonly onLine?: (atMs: number, line: string) => void;
}

export interface PlayResult {
  readonly program: Program;
  readonly breaches: readonly Breach[];
  readonly participants: readonly Participant[];
  readonly figures: Figures;
  readonly traceHash: string;
}

export interface Figures {
  readonly virtualMs: number;
  readonly datagrams: number;
  /** What befell datagrams, and who crashed, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  readonly sent: number;
  readonly shown: number;
}

/** Never rejects: whatever goes wrong is a breach. */
export async function play(program: Program, options: PlayOptions = {}): Promise<PlayResult> {
  const watch = new AmplificationWatch();
  const befell = new Map<string, number>();
  const count = (kind: string): unknown => befell.set(kind, (befell.get(kind) ?? 0) + 1);
  const sim = new Simulation({
    seed: program.seed,
    onTrace: (entry) => {
      count(entry.kind);
      watch.note(entry);
      options.onTrace?.(entry);
    },
  });
  const faults = possibleFaults(program);
  const sent = new SentLog(faults);
  const server = new SoakServer(sim.world(SERVER), options.store ?? ((nowMs) => new CrashingStore(nowMs)));
  const tell = (line: string): void => options.onLine?.(sim.world(SERVER).clock.nowMs(), line);
  const participants = castOf(program).map(
    (spec) => new Participant({ spec, world: sim.world(spec.name), server: server.address, sent, tell }),
  );
  const stage: Stage = { sim, server, participants, sent, count, tell };

  const breaches: Breach[] = [];
  try {
    await sim.run(async () => {
      await perform(program.actions, stage);
      breaches.push(...(await comeBack(stage)));
      breaches.push(...judge({ participants, sent, kept: server.store.kept, faults }));
      breaches.push(...(await leave(stage)), ...judgeSilence(participants));
      for (const participant of participants) await participant.close();
      await server.close();
    });
    if (sim.pendingTimers > 0) {
      breaches.push(
        breach("leak", "no timer outlives those who set it", `${sim.pendingTimers} timers are left`),
      );
    }
  } catch (error) {
    breaches.push(breach("defect", "the program has no defect", detailOf(error)));
  }
  for (const fault of server.faults)
    breaches.push(breach("defect", "the server has no error of its own", detailOf(fault)));
  if (watch.breach !== undefined)
    breaches.push(
      breach("amplification", "a stranger draws at most three times what it sends", watch.breach),
    );
  return {
    program,
    breaches,
    participants,
    figures: figuresOf(stage, befell),
    traceHash: sim.traceHash,
  };
}

async function perform(actions: readonly Action[], stage: Stage): Promise<void> {
  const { sim, server, participants } = stage;
  const { clock } = sim.world(SERVER);
  await server.start();
  for (const participant of participants) await participant.start("other");
  for (const action of actions) {
    const waitMs = action.atMs - clock.nowMs();
    if (waitMs > 0) await new Promise<void>((resolve) => void clock.schedule(waitMs, resolve));
    stage.tell(describeAction(action));
    await performOne(action, stage);
  }
}

/** Begins it; what takes time goes on beside what follows. */
async function performOne({ id, deed }: Action, { sim, server, participants, count }: Stage): Promise<void> {
  const find = (name: string): Participant | undefined => participants.find((one) => one.name === name);
  switch (deed.kind) {
    case "register":
      void find(deed.client)?.register();
      return;
    case "deregister":
      void find(deed.client)?.deregister();
      return;
    case "send":
      void find(deed.from)?.send(deed.to, deed.text, id);
      return;
    case "crash":
      count("client crash");
      await find(deed.client)?.crash();
      return;
    case "start":
      await find(deed.client)?.start(deed.port);
      return;
    case "crash-server":
      count("server crash");
      await server.crash(deed.when);
      return;
    case "start-server":
      await server.start();
      return;
    case "net":
      if (deed.change.kind === "partition") count("partition");
      sim.faults.apply(deed.change);
      return;
    case "jump":
      count("clock jump");
      sim.jumpDate(deed.who, deed.byMs);
      return;
  }
}

function possibleFaults({ actions }: Program): PossibleFaults {
  const links = actions.flatMap(({ deed }) =>
    deed.kind === "net" && deed.change.kind === "faults" ? deed.change.faults : [],
  );
  const reorder = links.some((link) => (link.reorder ?? 0) > 0);
  return {
    // Only between speakers of v2, whose datagrams have a checksum: it excuses nothing.
    corrupt: false,
    reorder,
    duplicate: links.some((link) => (link.duplicate ?? 0) > 0),
    latenessMs:
      Math.max(1, ...links.map((link) => link.delayMs?.max ?? 0)) + (reorder ? REORDER_HOLD_MS.max : 0),
  };
}

const DATAGRAM_FAULTS: readonly TraceKind[] = ["lost", "cut", "duplicated", "reordered", "corrupted"];
const OTHER_FAULTS = ["partition", "client crash", "server crash", "clock jump"] as const;

function figuresOf({ sim, sent, participants }: Stage, befell: ReadonlyMap<string, number>): Figures {
  const faults = [...DATAGRAM_FAULTS, ...OTHER_FAULTS].map((kind) => [kind, befell.get(kind) ?? 0] as const);
  const shown = participants
    .flatMap(({ ledger }) => ledger.entries)
    .filter(({ seen }) => seen.kind === "message");
  return {
    virtualMs: sim.world(SERVER).clock.nowMs(),
    datagrams: befell.get("sent") ?? 0,
    faults: Object.fromEntries(faults),
    sent: sent.messages.length,
    shown: shown.length,
  };
}

function breach(rule: Breach["rule"], expected: string, found: string): Breach {
  return { rule, expected, found: [found] };
}

function detailOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
