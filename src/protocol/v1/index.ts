/** The dialect of the original UdpChat: plain text, one thing said a datagram. */
export { decodePeerPacket, encodePeerPacket } from "./peer.ts";
export { encodeReply, ReplyDecoder } from "./replies.ts";
export { decodeRequest, encodeRequest } from "./requests.ts";
