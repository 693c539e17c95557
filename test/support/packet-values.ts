/** Arbitrary values of what packets are made of, for properties. */
import fc from "fast-check";
import { isNick, NICK_CHARS_MAX, textFault } from "../../src/protocol/limits.ts";

/** A record with these fields; an optional one of TypeScript's has to be in the model too. */
export function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

/** Nicknames, in any script. */
export const nick: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 3, arbitrary: fc.stringMatching(new RegExp(`^[a-zA-Z0-9_.-]{1,${NICK_CHARS_MAX}}$`)) },
    {
      weight: 1,
      arbitrary: fc.string({
        unit: fc.constantFrom("ä", "ß", "я", "漢", "字", "𝔘", "٣", "-", "_", "."),
        minLength: 1,
        maxLength: NICK_CHARS_MAX,
      }),
    },
  )
  .filter((text) => isNick(text));

/** Texts of a message: anything that is Unicode, with what formats and terminals treat specially. */
export const text: fc.Arbitrary<string> = fc
  .oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 200, size: "medium" }),
    fc.string({
      unit: fc.constantFrom(
        "\x1e",
        "\n",
        "\0",
        '"',
        "\\",
        "\x1b[2J",
        "\u2028",
        "\ufeff",
        "\u200b",
        "]",
        "é",
        "😀",
      ),
      minLength: 1,
      maxLength: 40,
    }),
  )
  .filter((value) => value.isWellFormed() && textFault(value) !== "TEXT_TOO_LONG");

export const port: fc.Arbitrary<number> = fc.integer({ min: 1, max: 65_535 });
