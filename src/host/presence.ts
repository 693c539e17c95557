import type { Contact } from "../client/api.ts";

export interface PresenceChange {
  readonly nick: string;
  readonly now: "online" | "offline";
}

/**
 * Who came and who went, from one table to the next. The first table is where it starts from: those in it were there
 * before the bot and are not news.
 */
export class Presence {
  #online: ReadonlySet<string> | undefined;

  get hasStarted(): boolean {
    return this.#online !== undefined;
  }

  /** First those who went, then those who came; each in the order of its table. */
  update(contacts: readonly Contact[]): PresenceChange[] {
    const before = this.#online;
    const online = new Set(contacts.filter((contact) => contact.online).map(({ nick }) => nick));
    this.#online = online;
    if (before === undefined) return [];
    const went = [...before].filter((nick) => !online.has(nick));
    const came = [...online].filter((nick) => !before.has(nick));
    return [
      ...went.map((nick) => ({ nick, now: "offline" as const })),
      ...came.map((nick) => ({ nick, now: "online" as const })),
    ];
  }
}
