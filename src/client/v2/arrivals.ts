import { decodeDatagram, type Packet, type PeerPacket, type ServerPacket } from "../../protocol/v2/index.ts";
import { WireError } from "../../protocol/wire-error.ts";

/** One record of a datagram, as far as it is for a client. */
export type Arrival =
  | { readonly of: "server"; readonly packet: ServerPacket }
  | { readonly of: "peer"; readonly packet: PeerPacket }
  /** It is to be passed over. */
  | { readonly of: "nobody"; readonly reason: string };

/**
 * What a datagram says, and in whose name that is to be believed. The server's records count only after its stamp, but for the
 * challenge: whoever forges the server's address does not know what it shares with the client.
 *
 * @param isServer it came from the server's address.
 * @param isStamp whether that is the stamp of the session, or of a registration under way.
 */
export function arrivalsIn(
  bytes: Uint8Array,
  isServer: boolean,
  isStamp: (stamp: string) => boolean,
): readonly Arrival[] {
  const arrivals: Arrival[] = [];
  let isStamped = false;
  for (const packet of decodeDatagram(bytes)) {
    if (packet instanceof WireError) arrivals.push({ of: "nobody", reason: packet.code });
    else if (packet.kind === "message" || packet.kind === "ack") arrivals.push({ of: "peer", packet });
    else if (!isServer || !isOfServer(packet)) arrivals.push({ of: "nobody", reason: "NOT_FOR_CLIENT" });
    else if (packet.kind === "for") isStamped = isStamp(packet.stamp);
    else if (isStamped || packet.kind === "challenge") arrivals.push({ of: "server", packet });
    else arrivals.push({ of: "nobody", reason: "NOT_STAMPED" });
  }
  return arrivals;
}

function isOfServer(packet: Packet): packet is ServerPacket | Extract<Packet, { kind: "for" }> {
  return packet.kind === "registered" || (packet.kind !== "register" && !("session" in packet));
}
