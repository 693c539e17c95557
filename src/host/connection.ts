import type { ChatClient, ClientOptions, ReceivedMessage } from "../client/api.ts";
import { openClient } from "../client/client.ts";
import type { World } from "../net/network.ts";
import type { Address } from "../protocol/address.ts";
import { messageOf } from "./error-message.ts";
import { Presence, type PresenceChange } from "./presence.ts";
import { type RegistrationPolicy, registerPatiently } from "./registration.ts";

export interface ConnectionOptions extends RegistrationPolicy, Pick<ClientOptions, "identity" | "protocol"> {
  readonly nick: string;
  readonly server: Address;
  readonly bind: { readonly host?: string; readonly port?: number } | undefined;
  readonly world: World;
  /** A message came. If it throws, the message is not acknowledged. */
  readonly onMessage: (message: ReceivedMessage) => void;
  /** Makes durable what a turn brought, before it is acknowledged. */
  readonly commit: () => Promise<void> | undefined;
  /** Calls whenever messages can be taken again after they could not. @returns what ends that */
  readonly onWritable: (listener: () => void) => () => void;
  readonly onNews: (change: PresenceChange) => void;
  /** The registration is waited for. */
  readonly onWait: (reason: string) => void;
}

/** How long to wait, once registered, for the table of who was there before; on a bad network it can take longer. */
const FIRST_TABLE_MS_MAX = 250;

/** One nickname's place on the network: opened, registered, and asked who is there. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #presence = new Presence();
  #client: ChatClient | undefined;
  #isServerLost = false;
  #renewal: AbortController | undefined;
  #stopRenewing: () => void = () => {};

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get client(): ChatClient | undefined {
    return this.#client;
  }

  /**
   * Opens a port and registers.
   *
   * @throws {ClientError} when it cannot be registered. {NetworkError} when no port can be opened.
   * @throws the signal's reason when it aborts.
   */
  async open(signal: AbortSignal): Promise<ChatClient> {
    const { world, onWait } = this.#options;
    return registerPatiently(() => this.#open(), world.clock, this.#options, onWait, signal);
  }

  async #open(): Promise<ChatClient> {
    const {
      nick,
      server,
      bind,
      identity,
      protocol = "auto",
      world,
      onMessage,
      onNews,
      onWritable,
      commit,
    } = this.#options;
    const client = await openClient(
      { nick, server, protocol, ...(bind && { bind }), ...(identity && { identity }) },
      world,
    );
    this.#client = client;
    client.subscribe((event) => {
      if (event.kind === "server-lost") this.#isServerLost = true;
      else if (event.kind === "server-back") this.#isServerLost = false;
      else if (event.kind === "table")
        for (const change of this.#presence.update(event.contacts)) onNews(change);
      else if (event.kind === "message") onMessage(event);
    });
    client.beforeTransmit(commit);
    this.#stopRenewing();
    this.#stopRenewing = onWritable(() => void this.#renew(client));
    return client;
  }

  /**
   * Registers again at once. Whoever could not take what came to it is shown away; a ping that brings it back would come
   * late, or not at all.
   */
  async #renew(client: ChatClient): Promise<void> {
    if (!client.registered || this.#renewal !== undefined) return;
    this.#renewal = new AbortController();
    try {
      await client.register({ signal: this.#renewal.signal });
    } catch {
      // A server that is silent is asked again by the client itself.
    } finally {
      this.#renewal = undefined;
    }
  }

  /** Settles who was there before: whoever the first table names, or the client knows of by then. */
  async settlePresence(): Promise<void> {
    const client = this.#client;
    if (client === undefined || this.#presence.hasStarted) return;
    const { clock } = this.#options.world;
    await new Promise<void>((resolve) => {
      const done = () => {
        timer.cancel();
        unsubscribe();
        resolve();
      };
      const timer = clock.schedule(FIRST_TABLE_MS_MAX, done);
      const unsubscribe = client.subscribe(({ kind }) => kind === "table" && done());
    });
    if (!this.#presence.hasStarted) this.#presence.update([...client.contacts.values()]);
  }

  contacts(): readonly (readonly [nick: string, online: boolean])[] {
    return [...(this.#client?.contacts.values() ?? [])].map(({ nick, online }) => [nick, online] as const);
  }

  /** @returns why the server did not take it, if it did not */
  async deregister(): Promise<string | undefined> {
    this.#stopRenewing();
    if (this.#client?.registered !== true) return undefined;
    this.#renewal?.abort(new TypeError("the nickname is given up"));
    const noWait = new AbortController();
    try {
      const told = this.#client.deregister({ signal: noWait.signal });
      // A server that has been silent for long is told once, in case that it hears.
      if (this.#isServerLost) noWait.abort(new TypeError("the server is silent"));
      await told;
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  async close(): Promise<void> {
    this.#stopRenewing();
    await this.#client?.close();
  }
}
