/** What users of the client library see: receipts, events, errors. The library itself is `client.ts`. */
import type { Identity } from "../net/keys.ts";
import type { Address } from "../protocol/address.ts";

/** What became of a message. It tells the truth: `delivered` and `saved` were acknowledged by somebody. */
export type Receipt =
  /** The recipient's program acknowledged it. `roundTripMs` is that of the acknowledged transmission. */
  | { readonly kind: "delivered"; readonly roundTripMs: number; readonly attempts: number }
  /** The server keeps it until the recipient is back. */
  | { readonly kind: "saved"; readonly attempts: number }
  | {
      readonly kind: "failed";
      readonly reason: FailureReason;
      readonly detail: string;
      /** How often the text was transmitted all the same: above 0 it may have arrived without our knowing. */
      readonly attempts: number;
    };

export type FailureReason =
  | "NOT_REGISTERED"
  | "UNKNOWN_RECIPIENT"
  | "TEXT_EMPTY"
  | "TEXT_TOO_LONG"
  | "REFUSED_BY_SERVER"
  | "NO_ACKNOWLEDGEMENT"
  | "SERVER_NOT_RESPONDING"
  | "ABORTED"
  | "CLOSED";

/** How a registration ended well. */
export interface Registration {
  /** `new`: the nickname was unknown to the server; `back`: it was known. */
  readonly outcome: "new" | "back";
}

/** A row of the table of clients; one's own row is not in it. */
export interface Contact {
  readonly nick: string;
  readonly address: Address;
  readonly online: boolean;
  /** What it speaks. In v1 the table does not say so: 1. */
  readonly protocol: 1 | 2;
  /** Of the key that owns the nickname: Ed25519, 32 bytes as base64url. Absent when none does. */
  readonly publicKey?: string;
}

export interface ReceivedMessage {
  readonly kind: "message";
  readonly from: string;
  readonly text: string;
  /** True when the server kept it while this client was away. */
  readonly saved: boolean;
  /** When it was sent, in milliseconds since 1970: of a saved message as the server noted it (whole seconds in v1). */
  readonly sentAtMs: number;
  /** True when a program wrote it, so that programs do not answer it (RFC 3834 §2). v1 cannot say so: always false there. */
  readonly auto: boolean;
  /**
   * The same for each copy of the message, and no other message of this sender has it, over all time. What was
   * handled under it needs no handling again. `undefined` where the wire has no ids (v1).
   */
  readonly id?: string;
}

/** How a message is told from every other of its sender to the same recipient; see `ChatClient.newMessageId`. */
export interface MessageId {
  /** Which start of the sender's client it is of: a random number of 48 bits. */
  readonly epoch: number;
  /** Counts the messages to one recipient, from 1. */
  readonly seq: number;
}

export interface SendOptions {
  /** Gives up: the send resolves to `failed`, reason `ABORTED`. */
  readonly signal?: AbortSignal;
  /** A program wrote it, and programs are not to answer it. Default false. v1 cannot say so and leaves it out. */
  readonly auto?: boolean;
  /**
   * From `newMessageId` for this recipient, perhaps of an earlier run: who wrote it down with the text before sending can send the same
   * again after a crash, and the recipient is shown it once. Such repetitions must come before anything new to the same
   * recipient. Default: a new one. v1 has no ids and leaves it out.
   */
  readonly id?: MessageId;
}

export type ClientEvent =
  | ReceivedMessage
  | { readonly kind: "registered"; readonly outcome: Registration["outcome"] }
  | { readonly kind: "deregistered" }
  /**
   * The table came, or a row of it changed. The whole table as it now stands, by nickname. The first comes soon after each
   * registration, also when nobody else is in it.
   */
  | { readonly kind: "table"; readonly contacts: readonly Contact[] }
  /** The recipient did not acknowledge a message in time; the server is asked to save it. Once for each message. */
  | { readonly kind: "unacknowledged"; readonly to: string }
  /** The server does not answer any more. The client asks it again and again, and keeps its registration if it can. */
  | { readonly kind: "server-lost" }
  /** A server that was lost answers again. */
  | { readonly kind: "server-back" }
  /** The server announced this many saved messages; they follow as `message` events. */
  | { readonly kind: "mail"; readonly count: number }
  /** A line of the server's that is not part of the protocol, such as a refusal. */
  | { readonly kind: "notice"; readonly text: string }
  /** Something arrived that was not acted on. `reason` is a stable word. */
  | { readonly kind: "ignored"; readonly reason: string; readonly from: Address };

export type ClientErrorCode =
  | "REFUSED"
  | "NICK_IN_USE"
  | "NICK_OWNED"
  | "SERVER_NOT_RESPONDING"
  | "NOT_REGISTERED"
  | "BUSY"
  | "CLOSED";

/** A registration or deregistration that did not happen. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface ClientOptions {
  /** 1–32 letters, digits, `_`, `.` or `-`. */
  readonly nick: string;
  /** The server's address; a host name is looked up once. */
  readonly server: Address;
  /** Where to listen. Default: any free port, on loopback when the server is there, else on all addresses. */
  readonly bind?: { readonly host?: string; readonly port?: number };
  /**
   * What to speak with the server. Default `auto`: v2 where the server speaks it, else v1. With 2 a server that does not is refused; with peers
   * it is always what each of them speaks.
   */
  readonly protocol?: "auto" | 1 | 2;
  /** Who has it owns the nicknames that it registers in v2. Default: a new one, so that nobody can come back under the nickname. */
  readonly identity?: Identity;
}

/**
 * One nickname on the network.
 *
 * @example
 * await using alice = await openClient({ nick: "alice", server: { host: "127.0.0.1", port: 10000 } });
 * await alice.register();
 * const receipt = await alice.send("bob", "hi");
 * for await (const event of alice.events()) console.log(event);
 */
export interface ChatClient extends AsyncDisposable {
  readonly nick: string;
  readonly address: Address;
  /** The table as last heard, by nickname. */
  readonly contacts: ReadonlyMap<string, Contact>;
  readonly registered: boolean;
  /** What is spoken with the server; `undefined` until it has answered, where that is open. */
  readonly protocol: 1 | 2 | undefined;
  /**
   * True while it will transmit something before long without being told to: an answer is awaited, or part of the table or
   * of saved messages is missing. What it asks a silent server now and then does not count before it does.
   */
  readonly busy: boolean;
  /**
   * @throws {ClientError} `NICK_IN_USE`, `NICK_OWNED` (by another key), `REFUSED`, `SERVER_NOT_RESPONDING` (six tries, 3 s; with `protocol: 2` ten), `BUSY`, `CLOSED`.
   * @throws the signal's reason when it aborts.
   */
  register(options?: { readonly signal?: AbortSignal }): Promise<Registration>;
  /**
   * Sends one message: straight to the recipient while the table shows him online, else through the server.
   * Messages to one recipient keep their order. Resolves, never rejects, to what became of it.
   */
  send(to: string, text: string, options?: SendOptions): Promise<Receipt>;
  /**
   * An id for the next message to somebody, for {@link SendOptions.id}. Each call gives another. They are to be sent in the
   * order in which they were given out: whoever has the message of a later one takes that of an earlier one for given up, and a server
   * that keeps a later one refuses an earlier one (`REFUSED_BY_SERVER`).
   */
  newMessageId(to: string): MessageId;
  /** @throws {ClientError} `NOT_REGISTERED`, `REFUSED`, `SERVER_NOT_RESPONDING`, `BUSY`, `CLOSED`. */
  deregister(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Events from now on, until the client is closed; each call has a queue of its own. */
  events(): AsyncIterableIterator<ClientEvent>;
  /**
   * Calls at once with each event, in the turn in which its datagram arrived and before it is acknowledged:
   * what the listener makes durable is durable before the sender hears of it, and if it throws the message is not
   * acknowledged. Returns a function that ends it.
   */
  subscribe(listener: (event: ClientEvent) => void): () => void;
  /**
   * Calls once in each turn that brought events, after all listeners and before anything goes out, acknowledgements
   * included: what came in one turn can be made durable at once. If it throws, nothing of the turn goes out, and
   * nobody else is told of it. If it returns a promise, what the turn sends goes out when that resolves, and later turns go on meanwhile; when it rejects, nothing goes out
   * any more, for nobody knows what of the messages is still there. Returns a function that ends it.
   */
  beforeTransmit(commit: () => Promise<void> | undefined): () => void;
  /** Closes the port without deregistering, as a vanished client would. Pending sends resolve to `failed`, `CLOSED`. */
  close(): Promise<void>;
}
