import { formatAddress } from "../../protocol/address.ts";
import type { Contact } from "../api.ts";
import { printable } from "./printable.ts";
import type { Tone } from "./tone.ts";

/** The table of clients, a heading and a row a nickname, in columns. Safe to print. */
export function tableLines(contacts: Iterable<Contact>): { readonly text: string; readonly tone: Tone }[] {
  const rows = [...contacts]
    .sort((a, b) => (a.nick < b.nick ? -1 : 1))
    .map(({ nick, address, online }) => ({
      nick: printable(nick),
      address: printable(formatAddress(address)),
      status: online ? ("online" as const) : ("offline" as const),
    }));
  if (rows.length === 0) return [{ text: "nobody else is known", tone: "list" }];
  const nickWidth = widthOf("nick", ...rows.map(({ nick }) => nick));
  const addressWidth = widthOf("address", ...rows.map(({ address }) => address));
  const line = (nick: string, address: string, status: string) =>
    `${padTo(nickWidth, nick)}  ${padTo(addressWidth, address)}  ${status}`;
  return [
    { text: line("nick", "address", "status"), tone: "heading" },
    ...rows.map(({ nick, address, status }) => ({ text: line(nick, address, status), tone: status })),
  ];
}

function padTo(width: number, cell: string): string {
  return cell + " ".repeat(width - columnsOf(cell));
}

function widthOf(...cells: string[]): number {
  return Math.max(...cells.map(columnsOf));
}

/** How many columns a terminal gives to a nickname, which has letters and digits only. */
function columnsOf(cell: string): number {
  return [...cell].reduce((columns, char) => columns + (WIDE.test(char) ? 2 : 1), 0);
}

/** Letters of UAX #11 that take two columns. */
const WIDE = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\uff01-\uff60]/u;
