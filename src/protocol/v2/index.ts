/** The native dialect, udpchat/2: JSON records with ids, sessions and versions. Its specification: SPECIFICATION.md. */
export { CHECKSUM_BYTES, datagramOf, datagramOfParts, isIntact } from "./checksum.ts";
export { decodeDatagram, isV2 } from "./decode.ts";
export {
  encodePacket,
  encodePackets,
  encodeRecord,
  encodeStamped,
  encodeStampedRecord,
  STAMPED_RECORDS_BYTES_GOAL,
} from "./encode.ts";
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
