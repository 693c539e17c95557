/** The native dialect, udpchat/2: JSON records with ids, sessions and versions. Its specification: SPECIFICATION.md. */
export { decodeDatagram, isV2 } from "./decode.ts";
export { encodePacket, encodePackets, encodeStamped, STAMP_BYTES, stamped } from "./encode.ts";
export {
  type ClientPacket,
  introductionText,
  type KnownRow,
  type MessagePacket,
  type Packet,
  type PacketId,
  type PeerPacket,
  type RefusalCode,
  registrationText,
  type ServerPacket,
  type TableRow,
} from "./packets.ts";
