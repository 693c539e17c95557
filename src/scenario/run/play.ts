import { ClientError } from "../../client/api.ts";
import { BotError } from "../../host/bot-error.ts";
import { formatPlace } from "../../host/source-place.ts";
import { NetworkError } from "../../net/network.ts";
import { counted } from "../counted.ts";
import { ProgramError } from "../foreign/program.ts";
import type { Step } from "../language/actions.ts";
import { SERVER_NAME } from "../language/grammar/names.ts";
import type { Scenario } from "../language/model.ts";
import { everyStepOf, stepsIn } from "../language/walk-steps.ts";
import { EndlessMatch } from "../timed-match.ts";
import { Cast, nicksIn } from "./cast.ts";
import { factsOf } from "./facts.ts";
import { viewOf } from "./failures.ts";
import { type Evidence, missing, type Violation, violations } from "./invariants.ts";
import { Memory } from "./memory.ts";
import { performAll, performLast } from "./perform.ts";
import { possibleFaults } from "./possible-faults.ts";
import type { Failure, LedgerView, NetKind, StepProgress } from "./result.ts";
import type { Scene } from "./scene.ts";
import type { Stage } from "./stage.ts";
import { stageQuiet } from "./verbs/time.ts";
import { settlesWithin, unlessAborted, waitFor } from "./waiting.ts";
import { describeObservation, describeStep, formatMs } from "./wording.ts";

/** Silence after the last step in which a surplus copy would still show. Virtual time costs nothing. */
const END_QUIET_MS: Readonly<Record<NetKind, number>> = { real: 50, sim: 1_000 };
const END_QUIET_MAX_MS = 5_000;

/** Saved mail that is owed at the end may be retransmitted a few times. */
const OWED_WITHIN_MS = 10_000;

/** What `finally` gets: as long as the scenario itself; when somebody waits at the keyboard after Ctrl+C, this. */
const LAST_INTERRUPTED_MS = 5_000;

/** A bot gets five seconds to finish what it does. */
const TEAR_DOWN_MS_MAX = 10_000;

/** One scenario on one stage, from raising the curtain to closing every port. */
export class Play {
  readonly #scenario: Scenario;
  readonly #stage: Stage;
  readonly #cast: Cast;
  readonly #interrupted: AbortSignal;
  readonly #timeUp = new AbortController();
  readonly #signal: AbortSignal;
  readonly #scene: Scene;
  readonly #beganMs: number;
  /** Steps that have begun and not ended well, the innermost last. */
  readonly #underWay = new Set<Step>();
  readonly #background: Promise<unknown>[] = [];
  /** Failures after which it went on. */
  readonly #noted: Failure[] = [];
  #ending = false;
  #tooLate: Failure | undefined;

  constructor(
    scenario: Scenario,
    stage: Stage,
    interrupted: AbortSignal,
    onStep: (progress: StepProgress) => void,
  ) {
    this.#scenario = scenario;
    this.#stage = stage;
    this.#interrupted = interrupted;
    this.#signal = AbortSignal.any([interrupted, this.#timeUp.signal]);
    this.#beganMs = stage.clock.nowMs();
    this.#cast = new Cast(scenario, stage, () => this.nowMs());
    for (const { ledger } of this.#cast.clients.values()) stage.recorder.follow(ledger);
    const seen = new Set<string>();
    const of = everyStepOf(scenario).filter(isLeaf).length;
    let number = 0;
    const nicks = new Set(nicksIn(scenario));
    this.#scene = {
      cast: this.#cast,
      names: namesOf(scenario, nicks),
      noteNick: (nick) => nicks.add(nick),
      stage,
      facts: factsOf(stage.net, scenario),
      memory: new Memory(scenario.values),
      note: (failure) => this.#noted.push(failure),
      lastSignal: () => this.#lastSignal(),
      onStep: (step) => {
        this.#underWay.add(step);
        // What is repeated, or left out, does not move the end away.
        if (isLeaf(step) && !seen.has(formatPlace(step.place))) number = Math.min(of, number + 1);
        seen.add(formatPlace(step.place));
        onStep({ scenario, label: step.name ?? describeStep(step), number, of });
        stage.recorder.stepBegan(step);
        return () => {
          this.#underWay.delete(step);
          stage.recorder.stepEnded(step);
        };
      },
      inBackground: (send) => {
        // Looked at when the steps are over; until then a rejection is nobody's fault.
        send.catch(() => {});
        this.#background.push(send);
      },
    };
  }

  /** Milliseconds since it began, on its clock. */
  nowMs(): number {
    return this.#stage.clock.nowMs() - this.#beganMs;
  }

  traceHash(): string | undefined {
    return this.#stage.traceHash();
  }

  /** Returns what went wrong; nothing also when it was interrupted. */
  async run(): Promise<readonly Failure[]> {
    const { timeoutMs } = this.#scenario;
    const timer = this.#stage.clock.schedule(timeoutMs, () => {
      // Told as it stands now: the abort ends what is under way.
      this.#tooLate = this.#outOfTime();
      this.#timeUp.abort(new Error("time is up"));
    });
    const failures: Failure[] = [];
    try {
      await this.#raise();
      const { setup, steps } = this.#scenario;
      const failure = await performAll([...setup, ...steps], this.#scene, this.#signal);
      failures.push(...this.#noted.splice(0), ...(failure === undefined ? await this.#end() : [failure]));
    } catch (error) {
      failures.push(...this.#noted.splice(0), ...this.failuresOf(error));
    }
    timer.cancel();
    this.#stage.recorder.curtain();
    failures.push(...(await this.#last()));
    if (!this.#interrupted.aborted) {
      const broken = violations(this.#evidence()).filter((violation) => this.#counts(violation));
      failures.push(...broken.map((violation) => this.#broken(violation)));
    }
    failures.push(...(await this.tearDown()));
    return failures.map((failure, index) =>
      index === 0 ? { ...failure, ledgers: [...failure.ledgers, ...this.#cast.otherViews()] } : failure,
    );
  }

  /** What a thrown error means; nothing when the play was interrupted. */
  failuresOf(error: unknown): readonly Failure[] {
    if (this.#interrupted.aborted) return [];
    if (this.#tooLate !== undefined) return [this.#tooLate];
    if (error instanceof EndlessMatch) return [this.#endless(error)];
    const isWorld =
      error instanceof NetworkError ||
      error instanceof BotError ||
      error instanceof ClientError ||
      error instanceof ProgramError;
    const text =
      error instanceof Error ? (isWorld ? error.message : (error.stack ?? error.message)) : String(error);
    return [
      this.#failure({
        kind: isWorld ? "environment" : "internal",
        expected: isWorld ? "the scenario can be set up on this machine" : "the program has no defect",
        found: isWorld ? [`${error.code}: ${text}`, ...frameOf(error)] : [text],
        ledgers: [],
      }),
    ];
  }

  /** Closes every port and ends every process, whatever happened. Returns what would not end. */
  async tearDown(): Promise<readonly Failure[]> {
    const errors: unknown[] = [];
    const leaving = this.#cast[Symbol.asyncDispose]().catch((error: unknown) => errors.push(error));
    const left = await settlesWithin(this.#stage.clock, TEAR_DOWN_MS_MAX, leaving);
    if (!left) errors.push(new Error(`not all was closed within ${formatMs(TEAR_DOWN_MS_MAX)}`));
    errors.push(...this.#cast.faults);
    return errors.map((error) => ({
      kind: "internal",
      place: this.#scenario.place,
      step: this.#scenario.name,
      expected: "the program has no defect",
      found: [detailOf(error)],
      ledgers: [],
    }));
  }

  async #raise(): Promise<void> {
    this.#stage.network.faults.apply({ kind: "faults", faults: this.#scenario.net.links });
    if (this.#scenario.server !== undefined) await unlessAborted(this.#cast.startServer(), this.#signal);
  }

  /** Whatever happened. What fails here after an interruption is nobody's fault. */
  async #last(): Promise<readonly Failure[]> {
    const failures = await performLast(this.#scenario.finally, this.#scene, (error) =>
      this.failuresOf(error),
    );
    const all = [...failures, ...this.#noted.splice(0)];
    return this.#interrupted.aborted ? [] : all;
  }

  #lastSignal(): { readonly signal: AbortSignal; readonly end: () => void } {
    const controller = new AbortController();
    const { timeoutMs } = this.#scenario;
    const ms = this.#interrupted.aborted ? Math.min(timeoutMs, LAST_INTERRUPTED_MS) : timeoutMs;
    const timer = this.#stage.clock.schedule(ms, () => {
      this.#tooLate ??= this.#outOfTime();
      controller.abort(new Error("time is up"));
    });
    return { signal: controller.signal, end: () => timer.cancel() };
  }

  /** All steps did what they should. What was sent must now also arrive, once, and be expected. */
  async #end(): Promise<readonly Failure[]> {
    this.#ending = true;
    await Promise.all(this.#background);
    this.#signal.throwIfAborted();
    const quietMs = END_QUIET_MS[this.#stage.net];
    await stageQuiet(this.#cast, this.#stage, { quietMs, maxMs: END_QUIET_MAX_MS, signal: this.#signal });
    const ledgers = [...this.#cast.clients.values()].map(({ ledger }) => ledger);
    await waitFor({
      probe: () => (this.#missing().length === 0 ? true : undefined),
      watch: (changed) => {
        const unwatch = ledgers.map((ledger) => ledger.watch(changed));
        return () => {
          for (const end of unwatch) end();
        };
      },
      clock: this.#stage.clock,
      withinMs: OWED_WITHIN_MS,
      signal: this.#signal,
    });
    return [...this.#missing().map((violation) => this.#broken(violation)), ...this.#leftovers()];
  }

  #missing(): readonly Violation[] {
    return missing(this.#evidence()).filter((violation) => this.#counts(violation));
  }

  #counts({ invariant }: Violation): boolean {
    return !this.#scenario.invariantsOff.has(invariant);
  }

  #leftovers(): readonly Failure[] {
    if (this.#scenario.leftovers === "allow") return [];
    const left = [...this.#cast.clients.values()].flatMap(({ name, ledger }) =>
      ledger.leftovers().map(({ atMs, seen }) => ({ name, atMs, seen })),
    );
    if (left.length === 0) return [];
    return [
      {
        kind: "leftover",
        place: this.#scenario.place,
        step: "the end",
        expected: "every message is expected by a step (or `leftovers: allow`)",
        found: [
          `${counted(left.length, "message")} that no step expects`,
          ...left.map(({ name, atMs, seen }) => `${name} at ${formatMs(atMs)}: ${describeObservation(seen)}`),
        ],
        ledgers: this.#views([...new Set(left.map(({ name }) => name))]),
      },
    ];
  }

  #evidence(): Evidence {
    const { sent, clients, server } = this.#cast;
    return {
      scenario: this.#scenario.place,
      ledgers: [...clients.values()].filter(({ isEvidence }) => isEvidence).map(({ ledger }) => ledger),
      sent,
      mailLostAtMs: server.running ? server.forgotAtMs : this.nowMs(),
      faults: possibleFaults(this.#scenario),
    };
  }

  #broken({ place, expected, found, witnesses }: Violation): Failure {
    return {
      kind: "invariant",
      place,
      step: "what holds in every run",
      expected,
      found,
      ledgers: this.#views([...new Set(witnesses)]),
    };
  }

  #endless({ message }: EndlessMatch): Failure {
    return this.#failure({
      kind: "expectation",
      expected: "every regular expression comes to an end",
      found: [message],
      ledgers: this.#views([...this.#cast.clients.keys()]),
    });
  }

  #outOfTime(): Failure {
    const steps = [...this.#underWay].filter(isLeaf).map(describeStep);
    const pending = counted(this.#cast.pendingSends, "message");
    return this.#failure({
      kind: "timeout",
      expected: `the scenario ends within ${formatMs(this.#scenario.timeoutMs)}`,
      found: this.#ending
        ? ["all steps are done, and the network does not come to rest", `${pending} without a receipt`]
        : [`still under way: ${steps.join("; ") || "the start"}`],
      ledgers: this.#views([...this.#cast.clients.keys()]),
    });
  }

  /** At the step that is under way. */
  #failure(failure: Omit<Failure, "place" | "step">): Failure {
    const step = [...this.#underWay].at(-1);
    return {
      ...failure,
      place: step?.place ?? this.#cast.startingAt ?? this.#scenario.place,
      step: step === undefined ? (this.#ending ? "the end" : "the start") : describeStep(step),
    };
  }

  #views(clients: readonly string[]): readonly LedgerView[] {
    return clients.flatMap((name) => {
      const role = this.#cast.clients.get(name);
      return role === undefined ? [] : [viewOf(role.ledger)];
    });
  }
}

/** The bot author's own lines, where they are to blame. */
function frameOf(error: Error): readonly string[] {
  return error instanceof BotError && error.codeFrame !== undefined ? [error.codeFrame] : [];
}

function detailOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(detailOf).join("\n");
  const cause =
    error instanceof Error && error.cause !== undefined ? `\ncaused by ${detailOf(error.cause)}` : "";
  return (error instanceof Error ? (error.stack ?? error.message) : String(error)) + cause;
}

function isLeaf(step: Step): boolean {
  return stepsIn(step).length === 0;
}

function namesOf(scenario: Scenario, nicks: ReadonlySet<string>): Scene["names"] {
  const clients = new Set(scenario.clients.keys());
  const bots = new Set(scenario.bots.keys());
  const ends = new Set([...clients, ...bots, SERVER_NAME]);
  return { clients, bots, nicks, ends };
}
