/**
 * Tells systemd how the host is (sd_notify(3)): `READY=1` once it is up, `WATCHDOG=1` while it is alive, `STOPPING=1` at
 * the end. Node.js opens no datagram sockets in the file system, so systemd's own tool carries the message.
 */
import { execFile } from "node:child_process";

export interface ServiceManager {
  notify(...states: readonly string[]): void;
  /** Signs of life, three times as often as systemd asked for them, while the event loop turns. Returns a function that ends it. */
  keepAlive(): () => void;
}

/** A tool that takes longer will not get through. */
const CARRY_MS_MAX = 5_000;

/**
 * @param environment as systemd sets it: `NOTIFY_SOCKET`, and `WATCHDOG_USEC` where the unit has `WatchdogSec=`
 * @param onTrouble told once, when systemd cannot be reached; that changes nothing else
 * @returns `undefined` when it was not systemd that started us.
 */
export function serviceManager(
  environment: Readonly<Record<string, string | undefined>>,
  onTrouble: (reason: string) => void,
): ServiceManager | undefined {
  if (!environment["NOTIFY_SOCKET"]) return undefined;
  const watchdogMs = Number(environment["WATCHDOG_USEC"]) / 1_000;
  let isTroubled = false;
  const notify = (...states: readonly string[]) => {
    // `NotifyAccess=all` in the unit lets a child speak for the host.
    const args = [`--pid=${process.pid}`, ...states];
    execFile("systemd-notify", args, { timeout: CARRY_MS_MAX }, (error, _stdout, stderr) => {
      if (error === null || isTroubled) return;
      isTroubled = true;
      onTrouble(stderr.trim() || error.message);
    });
  };
  return {
    notify,
    keepAlive() {
      if (!(watchdogMs > 0)) return () => {};
      const timer = setInterval(() => notify("WATCHDOG=1"), watchdogMs / 3);
      return () => clearInterval(timer);
    },
  };
}
