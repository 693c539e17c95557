/** Verbs of people at their clients: they come, go and write. */
import { z } from "zod";
import { TEXT_BYTES_MAX, textFault } from "../../../../protocol/limits.ts";
import { complain, fieldsOf } from "../annotations.ts";
import { clientName, newNick, recipient } from "../names.ts";
import { anyText } from "../scalars.ts";
import { verb } from "../verb.ts";
import { captureOf } from "./captures.ts";

export const register = verb({
  about: "A client registers its nickname with the server; the step waits for the outcome, and checks it.",
  examples: ["register: alice", "register: {client: mallory, as: alice, result: refused}"],
  schema: z
    .union([
      clientName,
      fieldsOf(
        {
          client: clientName,
          as: newNick.exactOptional(),
          result: z.enum(["ok", "refused", "timeout"]).describe("`ok`, `refused` or `timeout`").default("ok"),
        },
        {
          client: "Who registers.",
          as:
            "Under which nickname, if not its own. It is a new client on a new port then, with the same ledger. A nickname that was " +
            'captured is written to in the same words: `to: "${who}"`.',
          result:
            "What comes of it: `ok` (the default), `refused`, or `timeout` when the server does not answer.",
        },
      ),
    ])
    .describe("a client's name, or a map such as `{client: alice, result: refused}`")
    .transform((given) => {
      if (typeof given === "string")
        return { verb: "register", client: given, as: undefined, result: "ok" } as const;
      return { verb: "register", client: given.client, as: given.as, result: given.result } as const;
    }),
});

export const deregister = verb({
  about: "A client leaves in good order; the step waits until the server confirms it.",
  examples: ["deregister: bob"],
  schema: clientName.transform((client) => ({ verb: "deregister", client }) as const),
});

export const send = verb({
  about:
    "A client sends a message. With `result` or `capture` the step waits for the receipt; without, the next step begins at once, and the " +
    "scenario waits for the receipt at its end.",
  examples: [
    "send: {from: alice, to: bob, text: hi, result: delivered}",
    "send: {from: alice, to: bob, text: hi, capture: outcome}",
  ],
  schema: fieldsOf(
    {
      from: clientName,
      to: recipient,
      text: anyText,
      result: z
        .enum(["delivered", "saved", "failed"])
        .describe("`delivered`, `saved` or `failed`")
        .exactOptional(),
      capture: captureOf(["result", "attempts", "roundTripMs", "reason"], "result").exactOptional(),
    },
    {
      from: "Who sends.",
      to: "The recipient's nickname; with `result: failed` it may be nobody's.",
      text: "What is sent, at most 1,000 bytes.",
      result: "What becomes of it: `delivered` to the recipient, `saved` by the server, or `failed`.",
      capture:
        "Keeps the result under a variable's name, or fields of the receipt: `{outcome: result, tries: attempts, took: roundTripMs, why: reason}`.",
    },
  )
    .superRefine(checkSendable)
    .describe("a map such as `{from: alice, to: bob, text: hi}`")
    .transform(
      ({ from, to, text, result, capture = [] }) =>
        ({ verb: "send", from, to, text, result, captures: capture }) as const,
    ),
});

/** What cannot be sent is an error, unless the step says that it is meant to fail. */
function checkSendable(
  { from, to, text, result }: { from: string; to: string; text: string; result?: string },
  context: z.core.$RefinementCtx,
): void {
  if (result === "failed") return;
  const hint = "write `result: failed` if the failure is what you look for";
  if (from === to) {
    const message = `\`${from}\` sends to itself`;
    complain(context, { code: "BAD_VALUE", message, hint, path: ["to"] });
  }
  const fault = textFault(text);
  if (fault === undefined) return;
  const message =
    fault === "TEXT_EMPTY" ? "an empty text is not sent" : `a text has at most ${TEXT_BYTES_MAX} bytes`;
  complain(context, { code: "BAD_VALUE", message, hint, path: ["text"] });
}
