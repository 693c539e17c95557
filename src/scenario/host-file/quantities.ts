import { z } from "zod";
import { parseAddress } from "../../protocol/address.ts";
import { complain } from "../language/grammar/annotations.ts";

/** Powers of 1024, under the names that people give them. */
const UNIT_BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1_024,
  kib: 1_024,
  mb: 1_048_576,
  mib: 1_048_576,
  gb: 1_073_741_824,
  gib: 1_073_741_824,
};

/** `64MB`, `512KB`; gives bytes. */
export const size = z
  .string()
  .describe("a size such as `64MB`")
  .transform((text, context) => {
    const [, number = "", unit] = /^(\d+(?:\.\d+)?)\s*([a-z]+)?$/i.exec(text) ?? [];
    const factor = UNIT_BYTES[unit?.toLowerCase() ?? ""];
    if (number !== "" && unit === undefined) {
      const hint = `write a unit, such as \`${number}MB\` or \`${number}KB\``;
      return complain(context, { code: "MISSING_UNIT", message: "a size needs a unit", hint });
    }
    if (number === "" || factor === undefined) {
      const hint = "write a number and one of `KB`, `MB`, `GB`, such as `64MB`";
      return complain(context, { code: "BAD_VALUE", message: `\`${text}\` is not a size`, hint });
    }
    return Math.round(Number(number) * factor);
  });

const UNIT_S: Readonly<Record<string, number>> = { s: 1, min: 60, m: 60, h: 3_600 };

/** `1/s`, `5/min`; gives how many a second. */
export const rate = z
  .string()
  .describe("a rate such as `1/s` or `5/min`")
  .transform((text, context) => {
    const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*\/\s*([a-z]+)$/.exec(text) ?? [];
    const seconds = UNIT_S[unit];
    if (number === undefined || seconds === undefined || Number(number) === 0) {
      const hint = "write a number above 0 and `/s`, `/min` or `/h`, such as `5/min`";
      return complain(context, { code: "BAD_VALUE", message: `\`${text}\` is not a rate`, hint });
    }
    return Number(number) / seconds;
  });

/** `127.0.0.1:10000`, `chat.example.org:10000`, `[::1]:10000`. */
export const endpoint = z
  .string()
  .describe("an address such as `127.0.0.1:10000`")
  .transform((text, context) => {
    const address = parseAddress(text);
    if (address !== undefined) return address;
    const hint = /^[\w.-]+$/.test(text)
      ? `write \`${text}:10000\``
      : "write `host:port`, such as `127.0.0.1:10000`";
    return complain(context, { code: "BAD_VALUE", message: `\`${text}\` is not an address`, hint });
  });
