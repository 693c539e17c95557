import { type ChatClient, ClientError } from "../client/api.ts";
import { type Clock, NetworkError } from "../net/network.ts";

export interface RegistrationPolicy {
  /** Waits while the nickname is online elsewhere. */
  readonly standby: boolean;
  /** Waits while no server answers, or nobody knows where it is. */
  readonly patient: boolean;
}

/** How soon a free nickname is noticed; the server asks its holder each time. */
const STANDBY_MS = 2_000;
const SILENT_MS = 5_000;

/**
 * Opens a client and registers its nickname, with the patience of whoever keeps a bot online for a year: a machine that
 * has just started may know neither server nor names yet.
 *
 * @param open is called again where it was waited for
 * @param onWait told once for each reason to wait
 * @throws {ClientError | NetworkError} what is not waited for
 * @throws the signal's reason when it aborts
 */
export async function registerPatiently<Client extends Pick<ChatClient, "register">>(
  open: () => Promise<Client>,
  clock: Pick<Clock, "schedule">,
  policy: RegistrationPolicy,
  onWait: (reason: string) => void,
  signal: AbortSignal,
): Promise<Client> {
  let client: Client | undefined;
  let lastCode: string | undefined;
  for (;;) {
    try {
      client ??= await open();
      signal.throwIfAborted();
      await client.register({ signal });
      return client;
    } catch (error) {
      const waitMs = waitMsAfter(error, policy);
      if (waitMs === undefined || !isCoded(error)) throw error;
      if (error.code !== lastCode) onWait(error.message);
      lastCode = error.code;
      signal.throwIfAborted();
      await pause(clock, waitMs, signal);
    }
  }
}

function isCoded(error: unknown): error is ClientError | NetworkError {
  return error instanceof ClientError || error instanceof NetworkError;
}

/** `undefined`: it is not waited for. */
function waitMsAfter(error: unknown, { standby, patient }: RegistrationPolicy): number | undefined {
  if (!isCoded(error)) return undefined;
  if (error.code === "NICK_IN_USE") return standby ? STANDBY_MS : undefined;
  const isNobodyThere = error.code === "SERVER_NOT_RESPONDING" || error.code === "UNKNOWN_HOST";
  return isNobodyThere && patient ? SILENT_MS : undefined;
}

function pause(clock: Pick<Clock, "schedule">, ms: number, signal: AbortSignal): Promise<void> {
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
