/** The dialect of the original UdpChat: plain text, one thing said a datagram. */
export { decodePeerPacket, encodePeerPacket } from "./peer.ts";
export { answersRegistration, encodeReply, ReplyDecoder } from "./replies.ts";
export { decodeRequest, encodeRequest } from "./requests.ts";
