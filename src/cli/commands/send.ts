import type { ClientOptions, Receipt, ReceivedMessage } from "../../client/api.ts";
import { openClient } from "../../client/client.ts";
import { printable } from "../../client/interactive/printable.ts";
import { systemWorld } from "../../net/system-world.ts";
import type { Address } from "../../protocol/address.ts";
import { TEXT_BYTES_MAX, textFault } from "../../protocol/limits.ts";
import { Complaint } from "../complaint.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { catchInterruption } from "../interruption.ts";
import { registerOrComplain } from "../registration.ts";
import { printJson, printLine, printNote } from "../terminal-output.ts";

export interface SendCommandOptions extends Pick<ClientOptions, "identity" | "protocol"> {
  readonly nick: string;
  readonly to: string;
  readonly text: string;
  readonly server: Address;
  readonly json: boolean;
}

/** Comes online, sends one message, says what became of it and goes offline. */
export async function runSendCommand({
  nick,
  to,
  text,
  server,
  json,
  ...who
}: SendCommandOptions): Promise<ExitCode> {
  refuseUnsendable(nick, to, text);
  using interruption = catchInterruption();
  const { signal } = interruption;
  const world = systemWorld();
  await using client = await openClient({ nick, server, ...who }, world);
  const received: ReceivedMessage[] = [];
  client.subscribe((event) => {
    if (event.kind === "message") received.push(event);
  });

  await registerOrComplain(client, server, signal);
  const receipt = await client.send(to, text, { signal });
  await client.deregister().catch(() => printNote(`note: the server did not confirm that ${nick} left`));

  if (json) {
    printJson({ ...receipt, from: nick, to, received });
  } else {
    printLine(receiptSentence(to, receipt));
    // Being online for a moment, one gets one's mail; it would be lost if it were not shown.
    for (const message of received) printLine(`${message.from}: ${printable(message.text)}`);
  }
  return exitCodeOf(receipt);
}

function refuseUnsendable(nick: string, to: string, text: string): void {
  if (nick === to) throw new Complaint(EXIT.usage, "nobody can send a message to oneself");
  const fault = textFault(text);
  if (fault === "TEXT_EMPTY") throw new Complaint(EXIT.usage, "there is no text to send");
  if (fault !== undefined) {
    throw new Complaint(EXIT.usage, `the text is longer than ${TEXT_BYTES_MAX.toLocaleString("en")} bytes`, {
      advice: ["Send it in parts."],
    });
  }
}

function receiptSentence(to: string, receipt: Receipt): string {
  switch (receipt.kind) {
    case "delivered":
      return `delivered to ${to} in ${receipt.roundTripMs.toFixed(1)} ms`;
    case "saved":
      return `saved: ${to} is away, the server keeps the message`;
    case "failed": {
      const perhaps = receipt.attempts > 0 ? "; it may have arrived all the same" : "";
      return `failed: ${printable(receipt.detail)} (${receipt.reason})${perhaps}`;
    }
  }
}

function exitCodeOf(receipt: Receipt): ExitCode {
  if (receipt.kind === "delivered") return EXIT.ok;
  if (receipt.kind === "saved") return EXIT.saved;
  return receipt.reason === "SERVER_NOT_RESPONDING" ? EXIT.environment : EXIT.failed;
}
