/** Signatures that say whose a nickname is, and hashes that say whom a cookie was given to, and who knows a secret. */
import { createHash, createHmac, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";

/** An Ed25519 key pair (RFC 8032): who has it owns the nicknames that were registered with it. */
export interface Identity {
  /** 32 bytes as base64url. */
  readonly publicKey: string;
  /** The key from which the pair was made, to be kept secret: 32 bytes. */
  readonly seed: Uint8Array;
  /** The signature over a text's UTF-8: 64 bytes as base64url. */
  sign(text: string): string;
}

/** The key pair that belongs to 32 bytes: random ones for a new identity. @throws {TypeError} when they are not 32. */
export function identityFrom(seed: Uint8Array): Identity {
  if (seed.length !== 32) throw new TypeError(`an Ed25519 key is made of 32 bytes, not ${seed.length}`);
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_HEAD, seed]),
    format: "der",
    type: "pkcs8",
  });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return {
    publicKey: spki.subarray(SPKI_HEAD.length).toString("base64url"),
    seed,
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString("base64url"),
  };
}

/** True when the owner of the key signed the text. False as well for what is no key or no signature. */
export function isSignedBy(publicKey: string, signature: string, text: string): boolean {
  const raw = Buffer.from(publicKey, "base64url");
  // Other spellings of the same key would be other owners.
  if (raw.length !== 32 || raw.toString("base64url") !== publicKey) return false;
  try {
    const key = createPublicKey({ key: Buffer.concat([SPKI_HEAD, raw]), format: "der", type: "spki" });
    return verify(null, Buffer.from(text), key, Buffer.from(signature, "base64url"));
  } catch {
    return false;
  }
}

/**
 * The stamp of a secret that two share, by which one knows that a datagram is of the other: the first 48 bits of its SHA-256
 * (FIPS 180-4), as base64url. Who cannot read what passes between the two would have to guess it.
 */
export function stampOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url").slice(0, 8);
}

/** HMAC-SHA256 (RFC 2104): who does not have the key cannot make it for another text. */
export function keyedHash(key: Uint8Array, text: string): Uint8Array {
  return createHmac("sha256", key).update(text).digest();
}

/** What comes before the 32 bytes of a private and of a public Ed25519 key in DER (RFC 8410 §4 and §7). */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_HEAD = Buffer.from("302a300506032b6570032100", "hex");
