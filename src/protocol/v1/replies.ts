/** What a v1 server sends to a client. Exact bytes: the original prints most of these lines as they come. */
import type { Address } from "../address.ts";
import { V1_TABLE_ROWS_MAX } from "../limits.ts";
import { WireError } from "../wire-error.ts";
import { CTIME_PATTERN, formatCtime, parseCtime } from "./ctime.ts";
import type { Reply } from "./packets.ts";
import { decodeText, encodeText } from "./text.ts";

const LINES = {
  new: ">>> [Welcome, You are registered.]\n>>>",
  back: ">>> [Welcome back]\n>>>",
  "nick-in-use": ">>> [Welcome, You have not been registered. Username is already connected.]\n>>>",
  deregistered: ">>> [You are Offline. Bye.]\n>>>",
  saved: "[Messages received by the server and saved.]\n>>> ",
  ping: "ping",
  "mail-notice": "[You have messages.]\n",
} as const;

/** A row is four datagrams, everything else one. */
export function encodeReply(reply: Reply): Uint8Array[] {
  switch (reply.kind) {
    case "registered":
      return [encodeText(LINES[reply.outcome])];
    case "nick-in-use":
    case "deregistered":
    case "saved":
    case "ping":
    case "mail-notice":
      return [encodeText(LINES[reply.kind])];
    case "online":
      return [encodeText(`>>> [Client ${reply.nick} exists.]\n>>> `)];
    case "unknown-nick":
      return [encodeText(`>>> [Client ${reply.nick} is not registered.]\n>>> `)];
    case "refused":
      return [encodeText(`>>> [${reply.detail}]\n>>> `)];
    case "mail-count":
      return [encodeText(String(reply.count))];
    case "mail":
      return [encodeText(`${reply.from}: ${formatCtime(reply.savedAtLocalMs)}  ${reply.text}`)];
    case "table":
      return [encodeText(String(reply.rows))];
    case "row": {
      const { nick, address, online } = reply;
      return [nick, address.host, String(address.port), online ? "yes" : "no"].map(encodeText);
    }
  }
}

const CONTROL = new Map<string, Reply>([
  ["[Welcome, You are registered.]", { kind: "registered", outcome: "new" }],
  ["[Welcome back]", { kind: "registered", outcome: "back" }],
  ["[Welcome, You have not been registered. Username is already connected.]", { kind: "nick-in-use" }],
  ["[You are Offline. Bye.]", { kind: "deregistered" }],
  ["[Messages received by the server and saved.]", { kind: "saved" }],
  ["[You have messages.]", { kind: "mail-notice" }],
  ["ping", { kind: "ping" }],
]);
const ONLINE = /^\[Client (\S+) exists(?:\.|!!)\]$/;
const UNKNOWN_NICK = /^\[Client (\S+) is not registered\.\]$/;
const MAIL = new RegExp(`^(\\S{1,64}): (${CTIME_PATTERN}) (.*)$`, "s");
const NUMBER = /^\d{1,7}$/;
const IP = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]+)$/i;
const NO_NICK_IN_DOUBT = /^(?:\d+|yes|no)$/;
const WORD = /^\S{1,64}$/;

/** True when a server answers a registration in v1. Not all that is no v2 does: the first byte of a datagram can be damaged. */
export function answersRegistration(bytes: Uint8Array): boolean {
  const reply = new ReplyDecoder().decode(bytes);
  if (reply === undefined || reply instanceof WireError) return false;
  return reply.kind === "registered" || reply.kind === "nick-in-use" || reply.kind === "refused";
}

/**
 * Decodes what one v1 server sends to one client. It has to remember where in a table it is: the
 * four datagrams of a row say neither that they are a row's nor which field they are. A field that was
 * lost shows in one that is out of place; decoding then goes on with the next that can begin a row.
 */
export class ReplyDecoder {
  /** Fields of the row under way: nickname, IP, port. */
  #fields: string[] = [];
  #rowsLeft = 0;
  /** Something of this table is missing or out of order: what could be a field or a flag is no nickname then. */
  #doubtful = false;
  #mailCountExpected = false;
  /** The count of saved messages, while nothing has come since. */
  #mailCount: string | undefined;

  /** `undefined` while a row is incomplete. */
  decode(bytes: Uint8Array): Reply | WireError | undefined {
    const text = decodeText(bytes);
    if (text instanceof WireError) return text;

    const line = withoutPrompts(text);
    const mailCount = this.#mailCount;
    this.#mailCount = undefined;
    const reply = decodeLine(text, line);
    if (reply !== undefined) {
      this.#mailCountExpected ||= reply.kind === "mail-notice";
      return reply;
    }
    if (this.#mailCountExpected && NUMBER.test(line)) {
      this.#mailCountExpected = false;
      this.#mailCount = line;
      return { kind: "mail-count", count: Number(line) };
    }
    // Taken for the count of a table it would say that no saved messages follow.
    if (line === mailCount) return new WireError("OUT_OF_PLACE", "a copy of the count of saved messages");
    return WORD.test(line)
      ? this.#decodeField(line)
      : new WireError("UNKNOWN_TYPE", "not a line of a v1 server's");
  }

  /** Gives up the table and the mail count under way, after a silence that shows that the rest was lost. */
  reset(): void {
    this.#fields = [];
    this.#rowsLeft = 0;
    this.#mailCountExpected = false;
  }

  #decodeField(word: string): Reply | WireError | undefined {
    const fields = this.#fields;
    switch (fields.length) {
      case 0:
        if (this.#rowsLeft === 0) return NUMBER.test(word) ? this.#beginTable(word) : this.#doubt();
        if (IP.test(word)) return this.#doubt();
        if (this.#doubtful && NO_NICK_IN_DOUBT.test(word)) return this.#restart(word);
        fields.push(word);
        return undefined;
      case 1: {
        if (IP.test(word)) {
          fields.push(word);
          return undefined;
        }
        // The number was no nickname: the last table's end was lost and a new table begins.
        const [previous = ""] = fields;
        if (NUMBER.test(previous)) {
          const table = this.#beginTable(previous);
          this.#decodeField(word);
          return table;
        }
        return this.#restart(word);
      }
      case 2:
        if (!NUMBER.test(word) || Number(word) > 65_535) return this.#restart(word);
        fields.push(word);
        return undefined;
      default:
        return word === "yes" || word === "no" ? this.#endRow(word === "yes") : this.#restart(word);
    }
  }

  #beginTable(count: string): Reply | WireError {
    this.#fields = [];
    const rows = Number(count);
    if (rows > V1_TABLE_ROWS_MAX) return new WireError("TOO_LONG", `a table of ${rows} rows`);
    this.#rowsLeft = rows;
    this.#doubtful = false;
    return { kind: "table", rows };
  }

  #endRow(online: boolean): Reply {
    const [nick = "", host = "", port = ""] = this.#fields;
    const address: Address = { host, port: Number(port) };
    this.#fields = [];
    this.#rowsLeft -= 1;
    return { kind: "row", nick, address, online };
  }

  #restart(word: string): Reply | WireError {
    this.#fields = [];
    this.#rowsLeft = Math.max(0, this.#rowsLeft - 1);
    // A port is above the bound on rows, so it is not taken for the next table's count.
    if (NUMBER.test(word) && Number(word) <= V1_TABLE_ROWS_MAX) return this.#beginTable(word);
    if (!IP.test(word) && !NO_NICK_IN_DOUBT.test(word)) this.#fields.push(word);
    return this.#doubt();
  }

  #doubt(): WireError {
    this.#doubtful = true;
    return new WireError("OUT_OF_PLACE", "a field of a table that does not fit where it came");
  }
}

/** The prompts around a line are there to be printed; regular expressions for them could take quadratic time. */
function withoutPrompts(text: string): string {
  const PROMPT = ">>>";
  const start = text.startsWith(PROMPT) ? text.slice(PROMPT.length).trim() : text.trim();
  return start.endsWith(PROMPT) ? start.slice(0, -PROMPT.length).trimEnd() : start;
}

function decodeLine(text: string, line: string): Reply | undefined {
  const control = CONTROL.get(line);
  if (control !== undefined) return control;

  const mail = MAIL.exec(text);
  if (mail !== null) {
    const [, from = "", stamp = "", rest = ""] = mail;
    const savedAtLocalMs = parseCtime(stamp);
    if (savedAtLocalMs === undefined) return undefined;
    return { kind: "mail", from, savedAtLocalMs, text: rest.startsWith(" ") ? rest.slice(1) : rest };
  }
  if (!line.startsWith("[")) return undefined;
  const online = ONLINE.exec(line)?.[1];
  if (online !== undefined) return { kind: "online", nick: online };
  const unknown = UNKNOWN_NICK.exec(line)?.[1];
  if (unknown !== undefined) return { kind: "unknown-nick", nick: unknown };
  return line.endsWith("]") ? { kind: "refused", detail: line.slice(1, -1) } : undefined;
}
