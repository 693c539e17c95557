import type { Contact } from "../api.ts";

/** Remembers who was shown online, to tell who came and who left. */
export class Presence {
  #online: ReadonlySet<string> | undefined;

  /** The line about a table that came; `undefined` when nobody is in it, or it is not the first and nobody came or left. */
  update(contacts: readonly Contact[]): string | undefined {
    const before = this.#online;
    const now = new Set(contacts.filter(({ online }) => online).map(({ nick }) => nick));
    this.#online = now;
    const came = [...now].filter((nick) => before?.has(nick) !== true);
    const left = [...(before ?? [])].filter((nick) => !now.has(nick));
    const news = [...came.map((nick) => `${nick} online`), ...left.map((nick) => `${nick} offline`)];
    if (news.length === 0) return before === undefined && contacts.length > 0 ? TABLE_UPDATED : undefined;
    const more = news.length > NEWS_MAX ? ` and ${news.length - NEWS_MAX} more` : "";
    return `${TABLE_UPDATED} -- ${news.slice(0, NEWS_MAX).join(", ")}${more}`;
  }
}

const TABLE_UPDATED = "[Client table updated.]";

/** What fits a line or two. */
const NEWS_MAX = 8;
