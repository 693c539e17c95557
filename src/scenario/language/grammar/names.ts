import { z } from "zod";
import type { Link } from "../../../net/faults.ts";
import { isNick, NICK_CHARS_MAX } from "../../../protocol/limits.ts";
import { complain, roles, samples } from "./annotations.ts";

/** The name of the server in links and partitions. */
export const SERVER_NAME = "server";

export const clientName = z.string().describe("a client's name").register(roles, { role: "client" });
export const botName = z.string().describe("a bot's name").register(roles, { role: "bot" });
export const recipient = z.string().describe("a nickname").register(roles, { role: "recipient" });
export const senderName = z.string().describe("a nickname").register(roles, { role: "sender" });
export const rowName = z.string().describe("a nickname").register(roles, { role: "row" });

/** The name of something on a link: a client, a bot, `server`, or `*` for any. */
export const endName = z
  .string()
  .describe("the name of a client, of a bot, or `server`")
  .register(roles, { role: "end" });

/** The name of a mark that stands above. */
export const markName = z.string().describe("the name of a mark").register(roles, { role: "mark" });

/** The name of a mark that is set here. */
export const newMark = z
  .string()
  .min(1)
  .describe("a name for this moment")
  .register(roles, { role: "newMark" })
  .register(samples, { sample: "mark" });

/** The name of a variable that gets its value here. */
export const newVariable = z
  .string()
  .describe("a variable's name")
  .superRefine((text, context) => {
    if (isVariableName(text)) return;
    const message = `\`${text}\` cannot name a variable`;
    complain(context, { code: "BAD_NAME", message, hint: VARIABLE_NAME_HINT });
  })
  .register(roles, { role: "newVariable" });

const VARIABLE_NAME_HINT = "use letters, digits, `_` and `-`, a letter first";

export function isVariableName(text: string): boolean {
  return /^[A-Za-z_][\w-]*$/.test(text);
}

/** A nickname that may go over the wire. */
export const newNick = z
  .string()
  .describe("a nickname")
  .superRefine((text, context) => checkNick(text, context))
  .register(roles, { role: "as" })
  .register(samples, { sample: "nick" });

/** The key of a client or bot: its nickname, and its name in steps and links. */
export const castName = z
  .string()
  .describe("a nickname")
  .superRefine((text, context) => {
    if (text === SERVER_NAME) {
      const message = `\`${SERVER_NAME}\` is the name of the server itself`;
      complain(context, { code: "BAD_NAME", message, hint: "choose another name" });
    } else if (text.includes("--")) {
      const message = "`--` stands between the ends of a link, not in a name";
      complain(context, { code: "BAD_NAME", message, hint: `write \`${text.replaceAll(/-+/g, "-")}\`` });
    } else {
      checkNick(text, context);
    }
  });

/** `alice->bob`, `alice--bob` for both directions, `alice->*`, or `*` for every link. */
export const linkText = z
  .string()
  .describe('a link such as `"alice->bob"`, `"alice--bob"` or `"*"`')
  .superRefine((text, context) => {
    if (parseLink(text).length > 0) return;
    const arrow = /^(.*?)\s*<-+>\s*(.*)$/.exec(text);
    const back = /^(.*?)\s*<-+\s*(.*)$/.exec(text);
    let hint = `write "${text}->*" for what it sends, "*->${text}" for what it receives, "${text}--*" for both`;
    if (arrow !== null) hint = `write "${arrow[1]}--${arrow[2]}"`;
    else if (back !== null) hint = `write "${back[2]}->${back[1]}"`;
    else if (!isNick(text)) hint = 'write "alice->bob", "alice--bob", "alice->*" or "*"';
    complain(context, { code: "BAD_VALUE", message: `\`${text}\` is not a link`, hint });
  })
  .register(roles, { role: "link" })
  .register(samples, { sample: "*" });

/** The directions that a link names: one, two for `--`, none when it is no link. */
export function parseLink(text: string): readonly Link[] {
  if (text === "*") return [{ from: "*", to: "*" }];
  const [, from = "", arrow, to = ""] = /^([^\s<>]+?)\s*(->|--)\s*([^\s<>]+)$/.exec(text) ?? [];
  if (arrow === undefined) return [];
  return arrow === "->"
    ? [{ from, to }]
    : [
        { from, to },
        { from: to, to: from },
      ];
}

function checkNick(text: string, context: z.core.$RefinementCtx): void {
  if (isNick(text)) return;
  const message = `\`${text}\` cannot be a nickname`;
  const hint = `a nickname has 1 to ${NICK_CHARS_MAX} letters, digits, \`_\`, \`.\` or \`-\``;
  complain(context, { code: "BAD_NAME", message, hint });
}
