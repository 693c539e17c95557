import { type Address, sameAddress } from "../protocol/address.ts";
import { isNick } from "../protocol/limits.ts";
import type { RefusalReason } from "./api.ts";
import type { ServerContext } from "./context.ts";
import type { Liveness } from "./liveness.ts";
import type { Client } from "./registry.ts";
import { nativeState } from "./v2/native-state.ts";

/** Somebody who wants a nickname. */
export interface Applicant {
  readonly nick: string;
  readonly from: Address;
  /** Of one who speaks v2; that he has the key is known. */
  readonly native?: { readonly publicKey: string; readonly epoch: number };
}

/** Why somebody is not given a nickname. */
export type AdmissionRefusal = Extract<
  RefusalReason,
  "BAD_NICK" | "NICK_IN_USE" | "NICK_OWNED" | "SERVER_FULL"
>;

/** How the outcome is told, in the applicant's dialect; perhaps in a later turn. */
export interface AdmissionAnswer {
  /** Begins an operation of its own, for an outcome that comes later. */
  begin(): void;
  registered(client: Client): void;
  /** It was registered already: this is a repetition. */
  repeated(client: Client): void;
  refused(reason: AdmissionRefusal, detail: string): void;
}

/** Gives nicknames to those who register. */
export class Admission {
  readonly #context: ServerContext;
  readonly #liveness: Liveness;

  constructor(context: ServerContext, liveness: Liveness) {
    this.#context = context;
    this.#liveness = liveness;
  }

  handle(applicant: Applicant, nowMs: number, answer: AdmissionAnswer): void {
    const { nick, from } = applicant;
    const holder = this.#context.registry.byNick(nick);
    const resident = this.#context.registry.byAddress(from);
    if (applicant.native === undefined && resident?.native !== undefined && resident.presence === "online") {
      this.#askResident(resident, applicant, nowMs, answer);
    } else if (!isNick(nick)) {
      answer.refused("BAD_NICK", "That is no nickname: 1 to 32 letters, digits, _ . or -");
    } else if (holder?.native !== undefined && holder.native.publicKey !== applicant.native?.publicKey) {
      answer.refused("NICK_OWNED", `The nickname ${nick} belongs to a key, and that is not yours.`);
    } else if (holder?.presence !== "online") {
      if (holder === undefined && !this.#makeRoom(nowMs))
        answer.refused("SERVER_FULL", "The server is full.");
      else this.#admit(holder, applicant, nowMs, answer);
    } else if (isSameStart(holder, applicant)) {
      if (!sameAddress(holder.address, from)) {
        this.#admit(holder, applicant, nowMs, answer);
        return;
      }
      if (holder.native !== undefined) this.#liveness.handleRepeat(holder, nowMs);
      answer.repeated(holder);
    } else if (sameAddress(holder.address, from)) {
      // One address, one program: whoever had it before has left it.
      this.#admit(holder, applicant, nowMs, answer);
    } else if (holder.newcomer === undefined) {
      this.#contest(holder, applicant, nowMs, answer);
    } else if (!sameAddress(holder.newcomer, from)) {
      answer.refused("NICK_IN_USE", IN_USE);
    }
  }

  /** In v1 anybody may have sent this in the name of the v2 client at that address: it goes if it is gone. */
  #askResident(resident: Client, applicant: Applicant, nowMs: number, answer: AdmissionAnswer): void {
    if (resident.newcomer !== undefined) return;
    resident.newcomer = applicant.from;
    this.#liveness.ask(resident, nowMs, (alive, answeredMs) => {
      answer.begin();
      resident.newcomer = undefined;
      if (alive) answer.refused("NICK_IN_USE", "Another client answers at your address.");
      else this.handle(applicant, answeredMs, answer);
    });
  }

  /** Somebody else wants a nickname that is online: he gets it when its holder does not answer. */
  #contest(holder: Client, applicant: Applicant, nowMs: number, answer: AdmissionAnswer): void {
    holder.newcomer = applicant.from;
    this.#liveness.ask(holder, nowMs, (alive, answeredMs) => {
      answer.begin();
      holder.newcomer = undefined;
      if (alive) answer.refused("NICK_IN_USE", IN_USE);
      else this.#admit(holder, applicant, answeredMs, answer);
    });
  }

  #admit(known: Client | undefined, applicant: Applicant, nowMs: number, answer: AdmissionAnswer): void {
    const { registry, turn, waiting, tables } = this.#context;
    const { nick, from: address } = applicant;
    const previous = registry.byAddress(address);
    if (previous !== undefined && previous !== known && previous.presence !== "offline") {
      this.#liveness.leave(previous, nowMs);
    }

    const outcome = known === undefined ? "new" : "back";
    const client = known ?? registry.add({ nick, address, online: false });
    const { address: addressBefore, outcome: outcomeBefore, native: nativeBefore } = client;
    // What was under way to it in another dialect is of no use any more.
    tables.forget(client);
    registry.move(client, address);
    registry.setNative(client, this.#newSession(applicant));
    client.outcome = outcome;
    client.latestSave = undefined;
    client.saving.clear();
    turn.write(
      () => {},
      () => {
        client.mail = undefined;
        waiting.delete(client);
        tables.forget(client);
        registry.setNative(client, nativeBefore);
        if (known === undefined) registry.remove(client);
        else registry.move(client, addressBefore);
        client.outcome = outcomeBefore;
        if (previous !== undefined) registry.move(previous, previous.address);
      },
    );
    this.#context.setPresence(client, "online");
    answer.registered(client);
    this.#context.report({ kind: "registered", nick, address, outcome });
    this.#liveness.handleHeard(client, nowMs);
    this.#liveness.welcome(client, nowMs);
  }

  #newSession({ native }: Applicant) {
    if (native === undefined) return undefined;
    const { random, tables } = this.#context;
    const session = Buffer.from(random.bytes(SESSION_BYTES)).toString("base64url");
    return nativeState({ ...native, session }, tables.v2.versions.version);
  }

  /** When all nicknames are taken, forgets the one that has been away longest with nothing kept for it. */
  #makeRoom(nowMs: number): boolean {
    const { registry, limits, store, tables, turn } = this.#context;
    if (registry.size < limits.nicksMax) return true;
    let longestAway: Client | undefined;
    for (const client of registry.all()) {
      if (client.presence === "online" || store.mailboxSize(client.nick).messages > 0) continue;
      if (longestAway === undefined || client.heardMs < longestAway.heardMs) longestAway = client;
    }
    if (longestAway === undefined) return false;
    const { nick, address, native } = longestAway;
    registry.remove(longestAway);
    tables.removed(nick, nowMs);
    turn.write(
      () => store.removeClient(nick),
      () => {
        const restored = registry.add({ nick, address, online: false, ...(native && { native }) });
        tables.changed(restored, nowMs);
      },
    );
    return true;
  }
}

const IN_USE = "The nickname is registered from another address, and somebody answers there.";

/** As RFC 4086 §3 asks of what must not be guessed. */
const SESSION_BYTES = 16;

/** In v2 the start of a client is known wherever it is; in v1 all that is known is the address. */
function isSameStart({ native, address }: Client, applicant: Applicant): boolean {
  if (native === undefined || applicant.native === undefined) {
    return native === undefined && applicant.native === undefined && sameAddress(address, applicant.from);
  }
  return native.epoch === applicant.native.epoch && native.session !== "";
}
