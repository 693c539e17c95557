import { type Identity, identityFrom } from "../../src/net/keys.ts";
import type { Endpoint, Network } from "../../src/net/network.ts";
import type { Address } from "../../src/protocol/address.ts";
import { encodeRequest } from "../../src/protocol/v1/index.ts";
import {
  type ClientPacket,
  decodeDatagram,
  encodePackets,
  type Packet,
  type PeerPacket,
  registrationText,
} from "../../src/protocol/v2/index.ts";
import { WireError } from "../../src/protocol/wire-error.ts";

/**
 * No more of a v2 client than a server notices: registers, answers pings, and says which version of the table it has, but keeps no
 * table: thousands of those would not fit the process that measures.
 */
export class Speaker {
  readonly nick: string;
  readonly #identity: Identity;
  readonly #server: Address;
  readonly #onRow: (nick: string) => void;
  readonly #onPeer: (packet: PeerPacket) => void;
  #endpoint: Endpoint | undefined;
  #cookie: string | undefined;
  #session: string | undefined;
  #version = 0;
  #onRegistered: () => void = () => {};
  #onLookedUp: (address: Address) => void = () => {};

  private constructor(options: SpeakerOptions) {
    this.nick = options.nick;
    this.#identity = options.identity;
    this.#server = options.server;
    this.#onRow = options.onRow;
    this.#onPeer = options.onPeer ?? (() => {});
  }

  static async open(network: Network, options: SpeakerOptions): Promise<Speaker> {
    const speaker = new Speaker(options);
    speaker.#endpoint = await network.bind({
      onDatagrams: (datagrams) => {
        for (const { bytes } of datagrams) speaker.#handle(bytes);
      },
    });
    return speaker;
  }

  /** Resolves once the server says so. What is lost on the way is asked again by {@link repeat}. */
  register(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onRegistered = resolve;
    this.repeat();
    return promise;
  }

  /** Asks again, where it is not registered yet. */
  repeat(): void {
    if (this.#session !== undefined) return;
    const cookie = this.#cookie;
    if (cookie === undefined) {
      this.#endpoint?.send(
        this.#server,
        encodeRequest({ kind: "register", nick: this.nick, offersV2: true }),
      );
    } else {
      const { publicKey } = this.#identity;
      const signature = this.#identity.sign(registrationText(this.nick, cookie));
      this.#tellServer({ kind: "register", nick: this.nick, cookie, publicKey, signature, epoch: 1 });
    }
  }

  /** Where somebody is who is online. */
  lookUp(nick: string): Promise<Address> {
    const session = this.#session ?? "";
    return new Promise((resolve) => {
      this.#onLookedUp = resolve;
      this.#tellServer({ kind: "lookup", session, nick });
    });
  }

  tell(to: Address, ...packets: readonly Packet[]): void {
    for (const bytes of encodePackets(packets)) this.#endpoint?.send(to, bytes);
  }

  async close(): Promise<void> {
    await this.#endpoint?.close();
  }

  #handle(bytes: Uint8Array): void {
    for (const packet of decodeDatagram(bytes)) {
      if (packet instanceof WireError) continue;
      if (packet.kind === "message" || packet.kind === "ack") {
        this.#onPeer(packet);
        continue;
      }
      const session = this.#session;
      if (packet.kind === "challenge") {
        this.#cookie = packet.cookie;
        this.repeat();
      } else if (packet.kind === "registered") {
        this.#session = packet.session;
        this.#version = Math.max(this.#version, packet.tableVersion);
        this.#onRegistered();
      } else if (session === undefined) {
      } else if (packet.kind === "ping") {
        this.#tellServer({ kind: "pong", session, haveVersion: this.#version });
      } else if (packet.kind === "delta") {
        this.#version = Math.max(this.#version, packet.to);
        for (const { nick } of packet.rows) this.#onRow(nick);
        this.#tellServer({ kind: "delta-ack", session, version: this.#version });
      } else if (packet.kind === "row" && "address" in packet.row) {
        this.#onLookedUp(packet.row.address);
      }
    }
  }

  #tellServer(packet: ClientPacket): void {
    this.tell(this.#server, packet);
  }
}

export interface SpeakerOptions {
  readonly nick: string;
  readonly identity: Identity;
  readonly server: Address;
  /** Told of each row of the table that comes as a change. */
  readonly onRow: (nick: string) => void;
  /** Told of what other clients say. Default: they are not listened to. */
  readonly onPeer?: (packet: PeerPacket) => void;
}

/** One key owns them all: to make thousands would measure that. */
export const CROWD_IDENTITY = identityFrom(new Uint8Array(32).fill(7));
