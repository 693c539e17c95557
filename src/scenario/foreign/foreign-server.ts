import type { World } from "../../net/network.ts";
import type { Address } from "../../protocol/address.ts";
import type { ServerCommand } from "../language/actions.ts";
import { type Implementation, seesTakenPorts } from "../language/program-spec.ts";
import type { Ledger } from "../run/ledger.ts";
import type { ServerParticipant } from "../run/participant.ts";
import { waitFor } from "../run/waiting.ts";
import { timedExec } from "../timed-match.ts";
import { type LeasedPort, leasePort, untilTaken } from "./ports.ts";
import { ProgramError } from "./program.ts";
import { ScreenedProgram } from "./screened-program.ts";

/** A virtual machine on a busy computer needs seconds. */
const READY_MS_MAX = 15_000;

/** A server that was asked to stop. */
const STOP_MS_MAX = 2_000;

const HOST = "127.0.0.1";

/** The scenario's server, a program of somebody else's: one port for the whole scenario, whether it runs or not. */
export class ForeignServer implements ServerParticipant {
  readonly ledger: Ledger;
  readonly #implementation: Implementation;
  readonly #world: World;
  #lease: Promise<LeasedPort> | undefined;
  #program: ScreenedProgram | undefined;
  #starting: Promise<ScreenedProgram> | undefined;
  #paused = false;
  #forgotAtMs: number | undefined;

  constructor(options: {
    readonly implementation: Implementation;
    readonly world: World;
    readonly ledger: Ledger;
  }) {
    this.#implementation = options.implementation;
    this.#world = options.world;
    this.ledger = options.ledger;
  }

  get running(): boolean {
    return this.#program !== undefined;
  }

  /** Nobody sees whether it will transmit something. */
  get busy(): boolean {
    return false;
  }

  get forgotAtMs(): number | undefined {
    return this.#forgotAtMs;
  }

  objection(command: ServerCommand): string | undefined {
    if (command === "silence") return undefined;
    if (command === "start") return this.running ? "it runs already" : undefined;
    if (!this.running) return "it does not run";
    if (command === "resume") return this.#paused ? undefined : "it does not stand still";
    return this.#paused && command !== "kill" ? "it stands still" : undefined;
  }

  async address(): Promise<Address> {
    this.#lease ??= leasePort(this.#world);
    return { host: HOST, port: (await this.#lease).port };
  }

  /** Resolves when it is ready: says so, if its driver knows how, or has its port. @throws {ProgramError} */
  async start(): Promise<void> {
    const { ready } = this.#implementation.driver.server;
    if (ready === undefined && !seesTakenPorts()) {
      const why = `nobody can see on ${process.platform} whether it has its port`;
      throw new ProgramError(
        "NOT_READY",
        `${why}: its driver has to say what it writes when it is ready, with \`ready\` under \`server\``,
      );
    }
    const { host, port } = await this.address();
    const { clock } = this.#world;
    this.#starting = ScreenedProgram.start({
      implementation: this.#implementation,
      mode: "server",
      values: { host, port, serverPort: port },
      nicks: [],
      clock,
      ledger: this.ledger,
      nick: "server",
    });
    const program = await this.#starting;
    this.#program = program;
    const isReady =
      ready === undefined
        ? untilTaken(port, READY_MS_MAX, () => program.exit !== undefined)
        : waitFor({
            probe: () =>
              program.exit ??
              (this.ledger.entries.some(
                ({ seen }) => seen.kind === "line" && timedExec(ready, seen.text) !== null,
              ) ||
                undefined),
            watch: (changed) => this.ledger.watch(changed),
            clock,
            withinMs: READY_MS_MAX,
          }).then((found) => found === true);
    if (await isReady) return;
    const how =
      program.exit !== undefined
        ? "it ended at once"
        : ready === undefined
          ? `it did not take UDP port ${port} within ${READY_MS_MAX / 1_000} s`
          : `it did not say so within ${READY_MS_MAX / 1_000} s`;
    throw new ProgramError("NOT_READY", `the server is not ready: ${how}${this.#lastWords()}`);
  }

  /** As an operator would. */
  async stop(): Promise<void> {
    const program = this.#program;
    if (program === undefined) return;
    program.interrupt();
    await program.untilExit(STOP_MS_MAX);
    await this.kill();
  }

  async kill(): Promise<void> {
    // Also when it is just being started.
    const program = this.#program ?? (await this.#starting?.catch(() => undefined));
    this.#program = undefined;
    this.#starting = undefined;
    this.#paused = false;
    program?.signal("SIGKILL");
    await program?.end();
    // Whether it keeps anything on a disk nobody knows.
    if (program !== undefined) this.#forgotAtMs = this.ledger.entries.at(-1)?.atMs ?? 0;
  }

  pause(): void {
    this.#paused = true;
    this.#program?.signal("SIGSTOP");
  }

  resume(): void {
    this.#paused = false;
    this.#program?.signal("SIGCONT");
  }

  async close(): Promise<void> {
    await this.kill();
    // Without a free port it had none to give back.
    const lease = await this.#lease?.catch(() => undefined);
    lease?.[Symbol.dispose]();
    this.#lease = undefined;
  }

  #lastWords(): string {
    const lines = this.ledger.entries.flatMap(({ seen }) => (seen.kind === "line" ? [seen.text] : []));
    return lines.length === 0 ? "" : `; it wrote: ${lines.slice(-LAST_WORDS).join(" / ")}`;
  }
}

const LAST_WORDS = 3;
