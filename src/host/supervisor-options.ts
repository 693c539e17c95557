import type { ClientOptions } from "../client/api.ts";
import type { World } from "../net/network.ts";
import type { Address } from "../protocol/address.ts";
import type { BotJournal } from "../store/journal.ts";
import type { BotEvent } from "./bot-event.ts";
import type { BotLimits } from "./host-config.ts";
import type { BotVersion } from "./life.ts";
import type { RestartPolicy } from "./restarts.ts";

/**
 * `standby`: ready, and its nickname is not to be had yet. `restarting`: between two processes. `failed`: it crashed too
 * often; it is not started again.
 */
export type BotCondition =
  | "starting"
  | "standby"
  | "running"
  | "restarting"
  | "failed"
  | "closing"
  | "closed";

export interface SupervisorOptions extends Pick<ClientOptions, "identity" | "protocol"> {
  readonly nick: string;
  readonly server: Address;
  readonly bind?: { readonly host?: string; readonly port?: number };
  /** Whether this process may end while the bot's is alive. Default false. */
  readonly background?: boolean;
  readonly world: World;
  readonly journal: BotJournal;
  readonly version: BotVersion;
  readonly limits: Pick<BotLimits, "flood" | "output">;
  readonly restart: RestartPolicy;
  readonly standby: boolean;
  /** Waits for a server that does not answer. */
  readonly patient: boolean;
  /** How long handlers may go on when the bot is closed or replaced. */
  readonly stopMs: number;
  readonly onEvent: (event: BotEvent) => void;
}
