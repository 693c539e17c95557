import type { ServerEvent } from "./api.ts";
import type { ServerCounts } from "./server-counts.ts";

/** Counts what a server does. */
export class ServerCounters implements ServerCounts {
  datagramsReceived = 0;
  bytesReceived = 0;
  datagramsSent = 0;
  bytesSent = 0;
  registrations = 0;
  deregistrations = 0;
  vanished = 0;
  messagesSaved = 0;
  messagesDelivered = 0;
  readonly refused = new Map<string, number>();
  readonly dropped = new Map<string, number>();
  readonly faults = new Map<string, number>();

  countReceived(bytes: Uint8Array): void {
    this.datagramsReceived += 1;
    this.bytesReceived += bytes.length;
  }

  countSent(bytes: Uint8Array): void {
    this.datagramsSent += 1;
    this.bytesSent += bytes.length;
  }

  countEvent(event: ServerEvent): void {
    switch (event.kind) {
      case "registered":
        this.registrations += 1;
        return;
      case "deregistered":
        this.deregistrations += 1;
        return;
      case "vanished":
        this.vanished += 1;
        return;
      case "saved":
        this.messagesSaved += 1;
        return;
      case "mail-delivered":
        this.messagesDelivered += event.count;
        return;
      case "refused":
        increment(this.refused, `${event.request} ${event.reason}`);
        return;
      case "dropped":
        increment(this.dropped, event.reason);
        return;
      case "fault":
        increment(this.faults, codeOf(event.error));
    }
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
