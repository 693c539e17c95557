import { type ChatClient, ClientError } from "../client/api.ts";
import type { Clock } from "../net/network.ts";

export interface RegistrationPolicy {
  /** Waits while the nickname is online elsewhere. */
  readonly standby: boolean;
  /** Waits while no server answers. */
  readonly patient: boolean;
}

/** How soon a free nickname is noticed; the server asks its holder each time. */
const STANDBY_MS = 2_000;
const SILENT_MS = 5_000;

/**
 * Registers a nickname, with the patience of whoever keeps a bot online for a year.
 *
 * @param onWait told once for each reason to wait
 * @throws {ClientError} what is not waited for
 * @throws the signal's reason when it aborts
 */
export async function registerPatiently(
  client: ChatClient,
  clock: Clock,
  { standby, patient }: RegistrationPolicy,
  onWait: (reason: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let lastCode: string | undefined;
  for (;;) {
    try {
      await client.register({ signal });
      return;
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      const { code, message } = error;
      const waits = (code === "NICK_IN_USE" && standby) || (code === "SERVER_NOT_RESPONDING" && patient);
      if (!waits) throw error;
      if (code !== lastCode) onWait(message);
      lastCode = code;
      await pause(clock, code === "NICK_IN_USE" ? STANDBY_MS : SILENT_MS, signal);
    }
  }
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      timer.cancel();
      reject(signal.reason);
    };
    const timer = clock.schedule(ms, () => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
    signal.addEventListener("abort", abort, { once: true });
  });
}
