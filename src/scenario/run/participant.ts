import type { Receipt } from "../../client/api.ts";
import type { Address } from "../../protocol/address.ts";
import type { ClientCommand, InputCommand, ServerCommand } from "../language/actions.ts";
import type { Place } from "../language/place.ts";
import type { Ledger } from "./ledger.ts";

/** How a registration or deregistration ended; with `detail` when not well. */
export interface CommandEnd {
  readonly kind: "ok" | "refused" | "timeout" | "failed";
  readonly detail: string;
}

/**
 * One client of the scenario, whatever kind of program it is. Everything it sees is in its ledger. The methods that take a
 * signal throw its reason when it aborts.
 */
export interface Participant {
  /** In the scenario. */
  readonly name: string;
  readonly ledger: Ledger;
  /** Whether what it says of itself is held against the invariants. A screen that is read loosely is no evidence. */
  readonly isEvidence: boolean;
  /** Messages on their way whose receipt is awaited: more of them may be transmitted at any time. */
  readonly pendingSends: number;
  /** Whether it will transmit something before long without being told to. */
  readonly busy: boolean;
  /** Its port; one is opened when there is none. */
  address(): Promise<Address>;
  register(nick: string, signal: AbortSignal): Promise<CommandEnd>;
  deregister(signal: AbortSignal): Promise<CommandEnd>;
  /** Resolves when there is a receipt; it is in the ledger then, and in the log of what was sent. */
  send(
    to: string,
    text: string,
    place: Place,
    signal: AbortSignal,
    options?: {
      /** `false`: no step will look at the receipt, so who has no receipt of his own need not wait for one. */
      readonly awaited: boolean;
    },
  ): Promise<Receipt>;
  /**
   * Types a line, or ends the input. With a command, the line is what stands behind its word. Returns why that cannot be done; nothing
   * when it was.
   */
  input(line: string | undefined, signal: AbortSignal, command?: InputCommand): Promise<string | undefined>;
  /** Sends a datagram from its port, past the program. */
  sendRaw(to: Address, bytes: Uint8Array): Promise<void>;
  /** Treats it as the program it is. Returns why that cannot be done now; nothing when it was. */
  control(command: ClientCommand, signal: AbortSignal): Promise<string | undefined>;
  close(): Promise<void>;
}

/** The scenario's server, whatever kind of program it is: one address for the whole scenario, whether it runs or not. */
export interface ServerParticipant {
  readonly running: boolean;
  /** Whether it will transmit something before long without being told to. */
  readonly busy: boolean;
  /** When it last lost what it had promised to keep. */
  readonly forgotAtMs: number | undefined;
  /** What it said of itself, where it is somebody else's. */
  readonly ledger?: Ledger;
  address(): Promise<Address>;
  start(): Promise<void>;
  /** Ends it as an operator would. */
  stop(): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Kills it, and gives back what it has: it has no address any more. */
  close(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Why a command makes no sense now; `undefined` when it does. */
  objection(command: ServerCommand): string | undefined;
}
