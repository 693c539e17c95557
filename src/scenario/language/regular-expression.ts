import { messageOf } from "../../host/error-message.ts";

/** Compiles what stands in a file. Returns what is wrong with it, in words, instead of throwing. */
export function compile(source: string, flags: string): RegExp | string {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    // "Invalid regular expression: /(/u: Unterminated group": the pattern itself is shown anyway.
    return messageOf(error).replace(/^.*: /su, "").toLowerCase();
  }
}
