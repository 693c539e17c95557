/** Verbs of the network. */
import { z } from "zod";
import type { ExactFault } from "../../../../net/faults.ts";
import { PACKET_KINDS } from "../../../../protocol/packet-kind.ts";
import { datagramOfParts } from "../../../../protocol/v2/index.ts";
import { complain, fieldsOf, withOneOf } from "../annotations.ts";
import { clientName, endName, linkText, parseLink } from "../names.ts";
import { netChange } from "../network.ts";
import { duration } from "../quantities.ts";
import { anyText } from "../scalars.ts";
import { verb } from "../verb.ts";

export const net = verb({
  about: "Changes the network from now on: what befalls datagrams of a link at random, or who reaches whom.",
  examples: [
    'net: {link: "alice->bob", loss: 20%, delay: 5ms..40ms}',
    "net: {partition: [[alice], [bob, server]]}",
    "net: {heal: true}",
  ],
  schema: netChange.transform((change) => ({ verb: "net", change }) as const),
});

const FAULT_KINDS = ["drop", "delay", "duplicate", "corrupt"] as const;

const DELAY_MS = 100;

const wholeNumber = z.int().min(1).max(1_000_000).describe("a whole number from 1");

const targetShape = {
  link: linkText.default("*"),
  kind: z.enum(PACKET_KINDS).describe("a kind of packet such as `message`").exactOptional(),
  nth: wholeNumber.default(1),
  times: wholeNumber.default(1),
};

const targetDocs = {
  link: 'Only datagrams of this link, such as `"alice->bob"`. Default: every link.',
  kind: `Only packets of this kind: ${PACKET_KINDS.map((kind) => `\`${kind}\``).join(", ")}. Default: any.`,
  nth: "The how manieth of them from now on. Default 1: the next one.",
  times: "How many of them, from that one on. Default 1.",
};

const target = fieldsOf(targetShape, targetDocs).describe('a map such as `{link: "alice->bob", kind: ack}`');

const lateTarget = fieldsOf(
  { ...targetShape, by: duration.default(DELAY_MS) },
  { ...targetDocs, by: "How much later it arrives; what is sent behind it may go past it. Default 100ms." },
).describe('a map such as `{link: "alice->bob", kind: message, by: 2s}`');

export const fault = verb({
  about:
    "Does something to exactly these datagrams, from now on. Several `fault` steps are in force together; of two that befall one datagram the " +
    "first decides.",
  examples: [
    'fault: {drop: {link: "bob->alice", kind: ack, times: 2}}',
    'fault: {delay: {link: "server->*", kind: table, nth: 3, by: 2s}}',
  ],
  schema: withOneOf(
    fieldsOf(
      {
        drop: target.exactOptional(),
        delay: lateTarget.exactOptional(),
        duplicate: target.exactOptional(),
        corrupt: target.exactOptional(),
      },
      {
        drop: "They vanish.",
        delay: "They arrive later.",
        duplicate: "They arrive twice.",
        corrupt: "One byte of them is changed.",
      },
    ),
    "a fault",
    FAULT_KINDS,
  )
    .describe('a map such as `{drop: {link: "alice->bob", kind: ack}}`')
    .transform((given) => {
      const kind = FAULT_KINDS.find((name) => name in given) ?? "drop";
      const { link, kind: packet, nth, times } = given[kind] ?? NEXT;
      const byMs = given.delay?.by ?? 0;
      const fault: ExactFault = { kind, links: parseLink(link), packet, nth, times, byMs };
      return { verb: "fault", fault } as const;
    }),
});

const NEXT = { link: "*", kind: undefined, nth: 1, times: 1 };

/** What one UDP datagram over IPv4 can hold. */
const DATAGRAM_BYTES_MAX = 65_507;

export const raw = verb({
  about:
    "Sends any datagram at all from a client's port, past its program: to see what others make of it. What that client's name stands for is not " +
    "held against the invariants any more.",
  examples: [
    "raw: {from: mallory, to: server, text: reg nobody}",
    'raw: {from: mallory, to: bob, hex: "00 ff fe"}',
    'raw: {from: mallory, to: bob, text: "\\u001e[\\"ping\\",7]\\n", checksum: true}',
  ],
  schema: withOneOf(
    fieldsOf(
      {
        from: clientName,
        to: endName,
        text: anyText.exactOptional(),
        hex: z.string().describe('bytes such as `"00 ff"`').exactOptional(),
        checksum: z.literal(true).describe("`true`").exactOptional(),
      },
      {
        from: "The client from whose port it goes out. It need not be registered.",
        to: "To whose port: a client's, a bot's, or `server`.",
        text: "What it holds, in UTF-8.",
        hex: "What it holds, in hexadecimal digits, two a byte; blanks may part them.",
        checksum: "Ends it in the checksum that datagrams of v2 have: without it they are not read.",
      },
    ),
    "a datagram",
    ["text", "hex"],
  )
    .describe("a map such as `{from: mallory, to: server, text: hi}`")
    .transform(({ from, to, text, hex = "", checksum = false }, context) => {
      const content = text === undefined ? hexBytes(hex) : new TextEncoder().encode(text);
      if (content === undefined) {
        const message = `${hex.length > 40 ? "this" : `\`${hex}\``} is not bytes in hexadecimal`;
        const hint = 'write two digits a byte, such as `"00 ff"`';
        return complain(context, { code: "BAD_VALUE", message, hint, path: ["hex"] });
      }
      const bytes = checksum ? datagramOfParts([content]) : content;
      if (bytes.length > DATAGRAM_BYTES_MAX) {
        const message = `a datagram holds at most ${DATAGRAM_BYTES_MAX} bytes`;
        return complain(context, { code: "TOO_LARGE", message, path: [text === undefined ? "hex" : "text"] });
      }
      return { verb: "raw", from, to, bytes } as const;
    }),
});

function hexBytes(text: string): Uint8Array | undefined {
  const digits = text.replaceAll(/\s+/g, "");
  return /^(?:[\da-f]{2})*$/i.test(digits) ? Uint8Array.from(Buffer.from(digits, "hex")) : undefined;
}
