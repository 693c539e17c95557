/** The golden datagrams of udpchat/2. */
import { readFileSync } from "node:fs";
import type { Packet } from "../../src/protocol/v2/index.ts";

interface Vectors {
  /** How a registration is signed, with the first key of RFC 8032 §7.1. */
  readonly signature: {
    readonly seedHex: string;
    readonly publicKey: string;
    readonly text: string;
    readonly signature: string;
  };
  /** How a sender shows a recipient that an epoch is his, with the same key. */
  readonly introduction: { readonly text: string; readonly signature: string };
  /** The line of v1 with which a client of v2 begins. */
  readonly opening: { readonly text: string; readonly hex: string };
  readonly datagrams: readonly (Golden & { readonly from: Party; readonly to: Party })[];
  /** Read as these packets, though nobody of ours writes them so. */
  readonly tolerated: readonly Golden[];
  readonly malformed: readonly {
    readonly name: string;
    readonly hex: string;
    /** A code, or `packet`, for each record. */
    readonly codes: readonly string[];
  }[];
}

export interface Golden {
  readonly name: string;
  readonly packets: readonly Packet[];
  readonly text: string;
  readonly hex: string;
}

type Party = "client" | "server";

export const V2_VECTORS: Vectors = JSON.parse(
  readFileSync(new URL("../vectors/v2.json", import.meta.url), "utf8"),
);

export function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}
