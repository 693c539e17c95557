/** A client or server that is a program of somebody else's, as a scenario names it. */
import type { Driver, KnownProfile } from "./driver/model.ts";
import type { Place } from "./place.ts";

export interface ProgramSpec {
  readonly kind: "program";
  readonly place: Place;
  /** `undefined`: the implementation under test. */
  readonly implementation: Implementation | undefined;
  /** Instead of those that its driver has. */
  readonly arguments: readonly string[] | undefined;
}

/** A driver, and the command that it is started with. */
export interface Implementation {
  readonly driver: Driver;
  /** With what both modes begin. Empty where the driver has a command of its own for each mode. */
  readonly command: readonly string[];
  /** Absolute: where it is started. */
  readonly cwd: string;
  /** The driver's, with nothing left to find out. */
  readonly profile: KnownProfile;
}

/** Whether it can be looked up here which ports are taken, by whomever: Linux has a table of them. */
export function seesTakenPorts(): boolean {
  return process.platform === "linux";
}

/** Whose server and whose clients a run is about. With several implementations the clients alternate. */
export interface UnderTest {
  readonly server: Implementation;
  readonly clients: readonly [Implementation, ...Implementation[]];
}
