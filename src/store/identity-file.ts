import { linkSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Identity, identityFrom } from "../net/keys.ts";
import { makeFolder } from "./folder.ts";
import { StoreError } from "./store-error.ts";
import { userFolder } from "./user-folder.ts";

/**
 * The identity in a file: the key that owns one's nicknames. The file is made on first use, for its owner only, as one
 * line of text.
 *
 * @param newSeed gives the 32 random bytes of a new one.
 * @throws {StoreError} `DAMAGED` when the file is none of these, or others may read it; `UNAVAILABLE` when it can be neither read nor made.
 */
export function identityInFile(file: string, newSeed: () => Uint8Array): Identity {
  const seed = readSeed(file) ?? makeSeed(file, newSeed());
  return identityFrom(seed);
}

/** Where the user's own identity is unless he says otherwise: in his state directory (XDG Base Directory Specification). */
export function userIdentityFile(env: Readonly<Record<string, string | undefined>>): string {
  return join(userFolder("state", env), "identity");
}

function readSeed(file: string): Uint8Array | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new StoreError("UNAVAILABLE", `the identity ${file} cannot be read: ${textOf(error)}`, {
      cause: error,
    });
  }
  const mode = statSync(file).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    throw new StoreError(
      "DAMAGED",
      `the identity ${file} can be read by others (mode ${mode.toString(8)}): run chmod 600 on it, or name another file`,
    );
  }
  const seed = LINE.exec(text)?.[1];
  if (seed === undefined)
    throw new StoreError("DAMAGED", `${file} is no identity of udpchat: name another file`);
  return Buffer.from(seed, "base64url");
}

function makeSeed(file: string, seed: Uint8Array): Uint8Array {
  try {
    makeFolder(dirname(file), 0o700);
    // Whole or not at all: another program may look for it at this moment.
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, `udpchat-identity ${Buffer.from(seed).toString("base64url")}\n`, { mode: 0o600 });
    try {
      linkSync(draft, file);
    } finally {
      unlinkSync(draft);
    }
    return seed;
  } catch (error) {
    // Another program of the same user was faster.
    const made = codeOf(error) === "EEXIST" ? readSeed(file) : undefined;
    if (made !== undefined) return made;
    throw new StoreError("UNAVAILABLE", `the identity ${file} cannot be made: ${textOf(error)}`, {
      cause: error,
    });
  }
}

const LINE = /^udpchat-identity ([\w-]{43})\n$/;

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
