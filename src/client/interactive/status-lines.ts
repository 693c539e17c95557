/**
 * What the interactive client shows, word for word what people know from the original. Lines come without the `>>> `
 * in front and may hold what others wrote: whoever prints them makes them printable.
 */
import { formatCtime } from "../../protocol/v1/ctime.ts";
import type { ClientError, ClientEvent, Receipt } from "../api.ts";

/** That the server does not answer; `EXITING` follows when that is the end. */
export const SERVER_SILENT = "[Server not responding]";
export const EXITING = "[Exiting]";

/** @param utcOffsetMs what to add to UTC for the clock on the user's wall at that time. */
export function eventLines(event: ClientEvent, utcOffsetMs: (dateMs: number) => number): string[] {
  switch (event.kind) {
    case "message": {
      const { from, text, saved, sentAtMs } = event;
      if (!saved) return [`${from} :  ${text}`];
      return [`${from}: ${formatCtime(sentAtMs + utcOffsetMs(sentAtMs))}  ${text}`];
    }
    case "registered":
      return [event.outcome === "new" ? "[Welcome, You are registered.]" : "[Welcome back]"];
    case "deregistered":
      return ["[You are Offline. Bye.]"];
    case "table":
      // The original says nothing of a table without rows.
      return event.contacts.length > 0 ? ["[Client table updated.]"] : [];
    case "mail":
      return ["[You have messages.]"];
    case "notice":
      return [`[${event.text}]`];
    case "unacknowledged":
      return [`[No ACK from ${event.to} , message sent to server.]`];
    case "server-lost":
      return [SERVER_SILENT];
    case "server-back":
      return ["[Server is back]"];
    case "ignored":
      return [];
  }
}

/** What became of a message, after what the events about it said already. */
export function receiptLines(to: string, receipt: Receipt): string[] {
  switch (receipt.kind) {
    case "delivered":
      return [`[Message received by ${to} ]`];
    case "saved":
      return ["[Messages received by the server and saved.]"];
    case "failed":
      return failureLines(to, receipt);
  }
}

function failureLines(
  to: string,
  { reason, detail, attempts }: Extract<Receipt, { kind: "failed" }>,
): string[] {
  const perhaps = attempts > 0 ? " It may have arrived all the same." : "";
  switch (reason) {
    case "UNKNOWN_RECIPIENT":
      return [`[Client ${to} is not registered.]`];
    case "NO_ACKNOWLEDGEMENT":
      return [`[Client ${to} exists.]`, `[No ACK from ${to} .${perhaps}]`];
    case "SERVER_NOT_RESPONDING":
      return [SERVER_SILENT];
    default:
      return [`[Message not sent: ${detail}.${perhaps}]`];
  }
}

/** Why a registration or deregistration did not happen. */
export function refusalLines({ code, message }: ClientError): string[] {
  switch (code) {
    case "NICK_IN_USE":
      return ["[Welcome, You have not been registered. Username is already connected.]"];
    case "NICK_OWNED":
      return ["[Welcome, You have not been registered. Username belongs to somebody else.]"];
    case "SERVER_NOT_RESPONDING":
      return [SERVER_SILENT];
    case "BUSY":
      return ["[The command before this one is still under way.]"];
    default:
      return [`[${message}]`];
  }
}
