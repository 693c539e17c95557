/**
 * A scenario as the runner sees it: checked, with every variable put in that is known before it runs, and every unit
 * turned into milliseconds or a fraction. One file with a `matrix` gives several. `load.ts` makes it from YAML.
 */
import type { LinkFaults } from "../../net/faults.ts";
import type { Story } from "./actions.ts";
import type { Facts } from "./patterns.ts";
import type { Place } from "./place.ts";
import type { ProgramSpec, UnderTest } from "./program-spec.ts";

export type { Place } from "./place.ts";

export interface Scenario extends Story {
  /** With the matrix's variables put in, so it is unique within a file. */
  readonly name: string;
  readonly place: Place;
  readonly tags: readonly string[];
  /** What it checks: sections of a specification, addresses of documents. */
  readonly spec: readonly string[];
  /** Setup and steps together, on the clock they run on. Default 60 s. */
  readonly timeoutMs: number;
  readonly net: NetSpec;
  /** `undefined`: the scenario starts no server by itself. */
  readonly server: ServerSpec | undefined;
  readonly clients: ReadonlyMap<string, ClientSpec>;
  readonly bots: ReadonlyMap<string, BotSpec>;
  readonly requires: Requirements;
  readonly skip: Exemption | undefined;
  readonly expectFail: Exemption | undefined;
  readonly leftovers: "fail" | "allow";
  /** The standing invariants that are not held against it, each with the reason. */
  readonly invariantsOff: ReadonlyMap<InvariantName, string>;
  /** What `process: {}` stands for. `undefined`: our own programs. The caller sets it; a file cannot. */
  readonly underTest: UnderTest | undefined;
}

export interface NetSpec {
  /** `undefined`: the runner's own. */
  readonly seed: number | undefined;
  readonly links: readonly LinkFaults[];
}

export type ServerSpec = NativeServerSpec | ExternalServerSpec | SilentServerSpec | ProgramSpec;

export interface NativeServerSpec {
  readonly kind: "native";
  readonly place: Place;
  /** Keeps its data over `kill` and `start`. */
  readonly persist: boolean;
}

/** One that runs already, wherever it is; nobody here starts or ends it. */
export interface ExternalServerSpec {
  readonly kind: "external";
  readonly place: Place;
  readonly host: string;
  readonly port: number;
  /** Not the file names it, but who had the scenario run. */
  readonly fromCaller?: boolean;
}

/** A port at which everything is heard and nothing is answered. */
interface SilentServerSpec {
  readonly kind: "silent";
  readonly place: Place;
}

/** Told apart by `kind`, so that other kinds of clients can be added. */
export type ClientSpec = NativeClientSpec | ProgramSpec;

/** One of ours, in this process. */
export interface NativeClientSpec {
  readonly kind: "native";
  readonly place: Place;
  readonly protocol: "auto" | 1 | 2;
}

export interface BotSpec {
  readonly place: Place;
  /** Absolute path of the TypeScript file. */
  readonly script: string;
  readonly nick: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly grant: {
    readonly http: readonly string[];
    readonly secrets: Readonly<Record<string, string>>;
  };
  /** The nicknames that have a role. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
}

/** What must be there, or else the scenario is skipped. */
export interface Requirements {
  readonly place: Place | undefined;
  readonly facts: Facts;
  /** Programs that must be found in `PATH`. */
  readonly commands: readonly string[];
  /** Environment variables that must be set. */
  readonly env: readonly string[];
}

/** Why a scenario is not run, or is expected to fail. */
export interface Exemption {
  readonly place: Place;
  /** It holds only where all of these agree. */
  readonly when: Facts;
  readonly reason: string | undefined;
  /** Where that is discussed. */
  readonly issue: string | undefined;
}

/**
 * What holds in every run:
 * - `arrival`: what was reported delivered or saved reaches its recipient
 * - `once`: and not more often than it was sent
 * - `order`: the messages of one sender in the order in which they were sent
 * - `silence`: nothing reaches a client that has deregistered
 */
export const INVARIANTS = ["arrival", "once", "order", "silence"] as const;
export type InvariantName = (typeof INVARIANTS)[number];
