import type { BotStart } from "../bot/ports.ts";
import type { World } from "../net/network.ts";
import { TEXT_BYTES_MAX } from "../protocol/limits.ts";
import { BundleCache } from "./bundle-cache.ts";
import type { BotConfig } from "./host-config.ts";
import { HttpRequests, type HttpTransport } from "./http-requests.ts";
import type { BotVersion } from "./life.ts";
import { readAhead } from "./read-ahead.ts";
import { runnerFile } from "./runner-file.ts";
import { findPrlimit, walledCommand } from "./walls.ts";

export type VersionConfig = Pick<BotConfig, "script" | "settings" | "grant" | "roles" | "limits">;

/**
 * Makes of a script and of what its owner says something that processes can be started with.
 *
 * @param transport makes the requests that are granted. Default: the real network
 * @param bundles where scripts that several bots share are bundled once. Default: bundled anew
 * @throws {BotError} when the script cannot be bundled.
 */
export async function loadVersion(
  { script, settings, grant, roles, limits }: VersionConfig,
  world: World,
  transport?: HttpTransport,
  bundles = new BundleCache(),
): Promise<BotVersion> {
  // The files are not on the clock, so it must wait for them.
  const release = world.clock.hold();
  try {
    const [bundle, runner] = await Promise.all([bundles.get(script), runnerFile()]);
    const asRead = await readAhead(bundle);
    const start: Omit<BotStart, "state"> = {
      settings,
      secrets: grant.secrets,
      http: grant.http,
      roles,
      limits: {
        storeBytes: grant.storeBytes,
        handlerMs: limits.handlerMs,
        textBytes: TEXT_BYTES_MAX,
        antiloop: limits.antiloop,
      },
    };
    const command = walledCommand(runner, findPrlimit(), limits.memoryBytes);
    return {
      bundle: { ...bundle, ...(asRead !== undefined && { asRead }) },
      command,
      start,
      http: new HttpRequests(grant.http, world.clock, transport),
      limits,
    };
  } finally {
    release();
  }
}
