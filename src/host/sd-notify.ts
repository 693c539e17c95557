/**
 * Tells systemd how the host is (sd_notify(3)): `READY=1` once it is up, `WATCHDOG=1` while it is alive, `STOPPING=1` at
 * the end. Node.js opens no datagram sockets in the file system, so systemd's own tool carries the message.
 */
import { execFile } from "node:child_process";

export interface ServiceManager {
  notify(...states: readonly string[]): void;
  /** Signs of life as often as systemd asked for them; `isWell` is asked each time. Returns a function that ends it. */
  keepAlive(isWell: () => boolean): () => void;
}

/**
 * @param environment as systemd sets it: `NOTIFY_SOCKET`, and `WATCHDOG_USEC` where the unit has `WatchdogSec=`
 * @param send how a message is carried; for tests
 * @returns `undefined` when it was not systemd that started us.
 */
export function serviceManager(
  environment: Readonly<Record<string, string | undefined>>,
  send: (states: readonly string[]) => void = systemdNotify,
): ServiceManager | undefined {
  if (!environment["NOTIFY_SOCKET"]) return undefined;
  const watchdogMs = Number(environment["WATCHDOG_USEC"]) / 1_000;
  return {
    notify: (...states) => send(states),
    keepAlive(isWell) {
      if (!(watchdogMs > 0)) return () => {};
      const timer = setInterval(() => {
        if (isWell()) send(["WATCHDOG=1"]);
      }, watchdogMs / 3);
      return () => clearInterval(timer);
    },
  };
}

/** `NotifyAccess=all` in the unit lets a child speak for the host. */
function systemdNotify(states: readonly string[]): void {
  execFile("systemd-notify", [`--pid=${process.pid}`, ...states], () => {});
}
