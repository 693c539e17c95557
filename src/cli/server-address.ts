import type { World } from "../net/network.ts";
import type { Address } from "../protocol/address.ts";

/** Where a client must listen to reach a server: a port on 127.0.0.1 hears nothing from other machines. */
export interface Route {
  readonly server: Address;
  readonly bind: { readonly host: string; readonly port: number };
}

/**
 * @param port to listen on; default any free one.
 * @throws {NetworkError} `UNKNOWN_HOST`.
 */
export async function routeTo({ host, port }: Address, { network }: World, ownPort = 0): Promise<Route> {
  const ip = await network.lookup(host);
  return { server: { host: ip, port }, bind: { host: listeningHost(ip), port: ownPort } };
}

function listeningHost(serverIp: string): string {
  if (serverIp === "::1" || serverIp.startsWith("127.")) return serverIp.includes(":") ? "::1" : "127.0.0.1";
  return serverIp.includes(":") ? "::" : "0.0.0.0";
}
