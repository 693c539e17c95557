import type { RunningServer } from "../server/api.ts";

/** What a server did so far, as lines for people: a figure and what it counts. */
export function statsLines({ counts, population }: RunningServer): string[] {
  const rows: (readonly [number, string])[] = [
    [population.online, `clients online, of ${population.known} known`],
    [counts.datagramsReceived, `datagrams received (${counts.bytesReceived} bytes)`],
    [counts.datagramsSent, `datagrams sent (${counts.bytesSent} bytes)`],
    [counts.registrations, "registrations"],
    [counts.deregistrations, "deregistrations"],
    [counts.vanished, "clients that did not answer any more"],
    [counts.messagesSaved, "messages saved"],
    [counts.messagesDelivered, "saved messages delivered"],
    ...[...counts.refused].map(([reason, count]) => [count, `refused: ${reason}`] as const),
    ...[...counts.dropped].map(([reason, count]) => [count, `dropped: ${reason}`] as const),
    ...[...counts.faults].map(([code, count]) => [count, `faults: ${code}`] as const),
  ];
  const width = Math.max(...rows.map(([count]) => String(count).length));
  return rows.map(([count, what]) => `${String(count).padStart(width)} ${what}`);
}
