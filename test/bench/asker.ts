import type { Network } from "../../src/net/network.ts";
import type { Address } from "../../src/protocol/address.ts";
import {
  introductionText,
  type MessagePacket,
  type Packet,
  type PeerPacket,
} from "../../src/protocol/v2/index.ts";
import { CROWD_IDENTITY, Speaker } from "./speaker.ts";

/** Loopback loses nothing by itself; where a buffer was full, what was lost is said again. */
const REPEAT_MS = 500;

/**
 * Asks an echo bot one question after the other, and does no more for it than the protocol wants of a client: shows whose it is until
 * that is known, waits for the acknowledgement and the answer, and acknowledges that in one datagram with its next question.
 */
export class Asker {
  readonly #nick: string;
  readonly #bot: string;
  readonly #address: Address;
  readonly #speaker: Speaker;
  #isIntroduced = false;
  #question: MessagePacket;
  #isAcknowledged = true;
  #isAnswered = true;
  #asksOn: () => boolean = () => false;
  #onEnd: () => void = () => {};

  private constructor(nick: string, bot: string, address: Address, speaker: Speaker) {
    this.#nick = nick;
    this.#bot = bot;
    this.#address = address;
    this.#speaker = speaker;
    this.#question = this.#ask(0);
  }

  /** Registered, and with the bot's address. */
  static async open(
    network: Network,
    { nick, bot, server }: { readonly nick: string; readonly bot: string; readonly server: Address },
    cleanUp: AsyncDisposableStack,
  ): Promise<Asker> {
    let asker: Asker | undefined;
    const speaker = await Speaker.open(network, {
      nick,
      identity: CROWD_IDENTITY,
      server,
      onRow: () => {},
      onPeer: (packet) => asker?.handle(packet),
    });
    cleanUp.defer(() => speaker.close());
    await speaker.register();
    asker = new Asker(nick, bot, await speaker.lookUp(bot), speaker);
    const repeat = setInterval(() => asker?.repeat(), REPEAT_MS);
    cleanUp.defer(() => clearInterval(repeat));
    return asker;
  }

  /** @param asksOn asked before each question. Resolves when it has said no. */
  ask(asksOn: () => boolean): Promise<void> {
    this.#asksOn = asksOn;
    return new Promise((resolve) => {
      this.#onEnd = resolve;
      this.#next([]);
    });
  }

  handle(packet: PeerPacket): void {
    const told: Packet[] = [];
    const waited = !this.#isAcknowledged || !this.#isAnswered;
    if (packet.kind === "ack") {
      this.#isIntroduced = true;
      this.#isAcknowledged ||= packet.id.seq === this.#question.id.seq;
    } else {
      const [text] = packet.texts;
      // Another is a copy of the one before, whose acknowledgement was lost.
      this.#isAnswered ||= this.#question.texts[0] === `say ${text}`;
      told.push({ kind: "ack", id: packet.id });
    }
    if (waited && this.#isAcknowledged && this.#isAnswered) this.#next(told);
    else this.#tell(told);
  }

  repeat(): void {
    if (!this.#isAcknowledged) this.#tell([this.#question]);
  }

  #next(told: readonly Packet[]): void {
    if (this.#asksOn()) {
      this.#question = this.#ask(this.#question.id.seq + 1);
      this.#isAcknowledged = false;
      this.#isAnswered = false;
      this.#tell([...told, this.#question]);
    } else {
      this.#tell(told);
      this.#onEnd();
    }
  }

  #tell(packets: readonly Packet[]): void {
    this.#speaker.tell(this.#address, ...packets);
  }

  #ask(seq: number): MessagePacket {
    const id = { epoch: 1, seq };
    const texts = [`say a message of ordinary length ${seq}`];
    const signature = this.#isIntroduced
      ? undefined
      : CROWD_IDENTITY.sign(introductionText(this.#nick, this.#bot, id.epoch));
    return { kind: "message", id, from: this.#nick, to: this.#bot, auto: false, signature, texts };
  }
}
